// Option values of connectors, from their text: "30s", "10MiB", "1000/s", "1.5%", "true". The
// loader has checked names and types against the registry; what is still wrong here is a clear
// error (1510).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

namespace weir::connect {

class Options {
 public:
  // `owner` names the source or sink in errors: "source positions".
  Options(const std::map<std::string, std::string>& values, std::string owner)
      : values_(values), owner_(std::move(owner)) {}

  bool has(const std::string& name) const { return values_.count(name) > 0; }
  std::string text(const std::string& name, std::string_view fallback = "") const;
  Result<int64_t> integer(const std::string& name, int64_t fallback) const;
  Result<double> number(const std::string& name, double fallback) const;
  Result<bool> boolean(const std::string& name, bool fallback) const;
  Result<Micros> duration(const std::string& name, Micros fallback) const;
  Result<uint64_t> size(const std::string& name, uint64_t fallback) const;
  Result<double> rate(const std::string& name, double fallback) const;   // a second; 0: no limit
  Result<double> share(const std::string& name, double fallback) const;  // "1%" or 0.01, in [0, 1]
  Result<double> factor(const std::string& name, double fallback) const; // "10x" or 10
  Error missing(const std::string& name) const;
  Error wrong(const std::string& name, std::string_view expected) const;

 private:
  const std::map<std::string, std::string>& values_;
  std::string owner_;
};

std::optional<Micros> parse_duration(std::string_view text);  // "100ms", "30s", "5m", "1h", "2d"
std::optional<uint64_t> parse_size(std::string_view text);    // "512", "64KiB", "10MB", "1GiB"
std::optional<double> parse_rate(std::string_view text);      // "1000/s", "60/m", "5", "10k/s"

}  // namespace weir::connect
