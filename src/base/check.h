// A failed check is a bug of ours: it prints the place and ends the process, in every build type.
// Never on input from outside: that is an Error.
#pragma once

namespace weir {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace weir

#define WEIR_CHECK(condition)                                              \
  do {                                                                     \
    if (!(condition)) [[unlikely]]                                         \
      ::weir::check_failed(#condition, __FILE__, __LINE__);                \
  } while (false)

#ifdef NDEBUG
#define WEIR_DCHECK(condition) \
  do {                         \
  } while (false)
#else
#define WEIR_DCHECK(condition) WEIR_CHECK(condition)
#endif
