// Positions as printable JSON objects of texts and whole numbers:
// {"path":"a.ndjson","offset":1042}.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "connect/source.h"

namespace weir::connect {

class PositionWriter {
 public:
  PositionWriter& add(std::string_view name, int64_t value);
  PositionWriter& add(std::string_view name, std::string_view text);
  Position finish() { return text_ + "}"; }

 private:
  void name(std::string_view name);
  std::string text_ = "{";
};

class PositionReader {
 public:
  // An error where the text is no object of texts and whole numbers (kCorrupt: it is a stored one).
  static Result<PositionReader> parse(const Position& position);
  Result<int64_t> integer(const std::string& name) const;  // kCorrupt where it is not there
  Result<std::string> text(const std::string& name) const;
  bool has(const std::string& name) const {
    return integers_.count(name) > 0 || texts_.count(name) > 0;
  }

 private:
  Position position_;
  std::map<std::string, int64_t> integers_;
  std::map<std::string, std::string> texts_;
};

}  // namespace weir::connect
