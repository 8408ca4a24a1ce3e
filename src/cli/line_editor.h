// The line editor of the shell: history, and names of relations, columns and keywords to complete.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "engine/session.h"

namespace weir::cli {

class LineEditor {
 public:
  explicit LineEditor(engine::Session& session);
  ~LineEditor();
  std::optional<std::string> read(const char* prompt);  // with its line end; nullopt: the end
  void remember(const std::string& statement);

 private:
  class Terminal;
  std::unique_ptr<Terminal> terminal_;
};

}  // namespace weir::cli
