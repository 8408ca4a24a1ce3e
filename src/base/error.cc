#include "base/error.h"

#include <fmt/core.h>

namespace weir {

struct Error::Rep {
  ErrorKind kind;
  uint16_t code;
  std::string primary;
  std::string detail;
  std::string hint;
  std::string sqlstate;
  SourceSpan span;
  std::unique_ptr<Error> cause;
};

Error::Error(ErrorKind kind, uint16_t code, std::string primary)
    : rep_(std::make_unique<Rep>(Rep{kind, code, std::move(primary), {}, {}, {}, {}, nullptr})) {}

Error::Error(const Error& other)
    : rep_(std::make_unique<Rep>(Rep{
          other.rep_->kind, other.rep_->code, other.rep_->primary, other.rep_->detail,
          other.rep_->hint, other.rep_->sqlstate, other.rep_->span,
          other.rep_->cause ? std::make_unique<Error>(*other.rep_->cause) : nullptr})) {}

Error& Error::operator=(const Error& other) {
  if (this != &other) *this = Error(other);
  return *this;
}

Error::Error(Error&&) noexcept = default;
Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

Error&& Error::detail(std::string sentences) && {
  rep_->detail = std::move(sentences);
  return std::move(*this);
}

Error&& Error::hint(std::string action) && {
  rep_->hint = std::move(action);
  return std::move(*this);
}

Error&& Error::at(SourceSpan span) && {
  if (!rep_->span.known()) rep_->span = std::move(span);
  return std::move(*this);
}

Error&& Error::sqlstate(std::string_view five) && {
  rep_->sqlstate = five;
  return std::move(*this);
}

Error&& Error::caused_by(Error cause) && {
  rep_->cause = std::make_unique<Error>(std::move(cause));
  return std::move(*this);
}

ErrorKind Error::kind() const { return rep_->kind; }
uint16_t Error::code() const { return rep_->code; }
std::string Error::code_text() const { return fmt::format("WR{:04}", rep_->code); }
const std::string& Error::primary() const { return rep_->primary; }
const std::string& Error::detail() const { return rep_->detail; }
const std::string& Error::hint() const { return rep_->hint; }
const SourceSpan& Error::span() const { return rep_->span; }
const std::string& Error::sqlstate() const { return rep_->sqlstate; }
const Error* Error::cause() const { return rep_->cause.get(); }

std::string Error::to_string() const {
  std::string text = fmt::format("error[{}]: {}", code_text(), primary());
  if (span().known()) {
    text += fmt::format(" ({}:{}:{})", span().file, span().line, span().column);
  }
  if (!detail().empty()) text += ": " + detail();
  if (!hint().empty()) text += " (help: " + hint() + ")";
  if (cause()) text += "; caused by " + cause()->to_string();
  return text;
}

}  // namespace weir
