// An error is a value: one pointer, cheap to move, with everything a person needs to act on it.
// The kind says what a caller would do about it; SQLSTATE, exit code and HTTP status are looked up
// in tables at the edges. A bug is not an error: it ends the process (base/check.h).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/source_span.h"

namespace weir {

enum class ErrorKind : uint8_t {
  kInvalidProject,    // the user's files are wrong: exit 4
  kInvalidStatement,  // the user's SQL is wrong: exit 4
  kInvalidData,       // a value or a record is wrong: goes to the dead letters
  kInvalidUsage,      // the command line is wrong: exit 4
  kNotSupported,      // right, but weir cannot do it yet
  kNotFound,
  kAlreadyExists,
  kIo,                // an operating system call failed
  kNoSpace,           // disk full: can be freed and tried again
  kCorrupt,           // stored bytes are damaged
  kNewerFormat,       // written by a newer weir
  kLocked,            // another process owns it
  kUnavailable,       // something outside cannot be reached: exit 5
  kOutOfMemory,       // a budget is used up
  kCancelled,
  kAborted,           // a transaction or block that cannot go on
  kPermission,
  kInternal,          // an assumption of ours failed without harm
};

class [[nodiscard]] Error {
 public:
  // `code` is the stable number of `WR1203` (docs/errors.md); `primary` is short, lower case,
  // without a full stop.
  Error(ErrorKind kind, uint16_t code, std::string primary);
  Error(const Error&);
  Error& operator=(const Error&);
  Error(Error&&) noexcept;
  Error& operator=(Error&&) noexcept;
  ~Error();

  Error&& detail(std::string sentences) &&;   // what was expected, in sentences
  Error&& hint(std::string action) &&;        // one action
  Error&& at(SourceSpan span) &&;             // where, unless a place is already known
  Error&& sqlstate(std::string_view five) &&; // PostgreSQL's SQLSTATE
  Error&& caused_by(Error cause) &&;

  ErrorKind kind() const;
  uint16_t code() const;
  std::string code_text() const;  // "WR1203"
  const std::string& primary() const;
  const std::string& detail() const;
  const std::string& hint() const;
  const SourceSpan& span() const;
  const std::string& sqlstate() const;  // empty: the edge derives one from the kind
  const Error* cause() const;

  // "error[WR1203]: primary (file:3:4): detail; cause". One line, for logs and tests.
  std::string to_string() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace weir
