// Result<T>: a value or an Error, with std::expected's names. Status is Result<void>.
//
//   Result<File> open(...);
//   auto file = TRY(open(path));        // returns the error to the caller, else the value
//   TRY_VOID(file.sync());
#pragma once
#include <cstdlib>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/error.h"

namespace weir {

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : rep_(std::in_place_index<0>, std::move(value)) {}        // NOLINT
  Result(Error error) : rep_(std::in_place_index<1>, std::move(error)) {}    // NOLINT
  template <class U>
    requires(std::is_convertible_v<U &&, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error> &&
             !std::is_same_v<std::remove_cvref_t<U>, Result>)
  Result(U&& value) : rep_(std::in_place_index<0>, std::forward<U>(value)) {}  // NOLINT

  bool has_value() const { return rep_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() & { return check(), std::get<0>(rep_); }
  const T& value() const& { return check(), std::get<0>(rep_); }
  T&& value() && { return check(), std::move(std::get<0>(rep_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Error& error() & { return std::get<1>(rep_); }
  const Error& error() const& { return std::get<1>(rep_); }
  Error&& error() && { return std::move(std::get<1>(rep_)); }
  T value_or(T other) && { return has_value() ? std::move(std::get<0>(rep_)) : std::move(other); }

 private:
  void check() const {
    if (!has_value()) std::abort();
  }
  std::variant<T, Error> rep_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}  // NOLINT

  bool has_value() const { return ok_; }
  explicit operator bool() const { return ok_; }
  void value() const {
    if (!ok_) std::abort();
  }
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
  bool ok_ = true;
};

using Status = Result<void>;

}  // namespace weir

// g++ and clang both know statement expressions; the value is moved out.
#define TRY(expr)                                                 \
  ({                                                              \
    auto _weir_result = (expr);                                   \
    if (!_weir_result.has_value()) [[unlikely]]                   \
      return std::move(_weir_result).error();                     \
    std::move(_weir_result).value();                              \
  })

#define TRY_VOID(expr)                                            \
  do {                                                            \
    auto _weir_status = (expr);                                   \
    if (!_weir_status.has_value()) [[unlikely]]                   \
      return std::move(_weir_status).error();                     \
  } while (false)
