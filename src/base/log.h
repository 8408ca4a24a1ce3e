// The log of the process: constant text in lower case, data in fields, one line each on standard
// error.
//   log_warn("source file is shorter than its position", {{"path", path}, {"position", 12}});
// error = wrong result, loss or outage for sure; warn = unexpected but recovered; info = a normal
// change of state; debug = off unless asked for. Any thread.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace weir {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarn, kError, kOff };

struct LogField {
  std::string_view name;
  std::string value;
  LogField(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
  LogField(std::string_view n, std::string_view v) : name(n), value(v) {}
  LogField(std::string_view n, const char* v) : name(n), value(v) {}
  template <class Int>
    requires std::is_integral_v<Int>
  LogField(std::string_view n, Int v) : name(n), value(std::to_string(v)) {}
};

void set_log_level(LogLevel level);
void log_line(LogLevel level, std::string_view text, std::initializer_list<LogField> fields);

inline void log_debug(std::string_view text, std::initializer_list<LogField> fields = {}) {
  log_line(LogLevel::kDebug, text, fields);
}
inline void log_info(std::string_view text, std::initializer_list<LogField> fields = {}) {
  log_line(LogLevel::kInfo, text, fields);
}
inline void log_warn(std::string_view text, std::initializer_list<LogField> fields = {}) {
  log_line(LogLevel::kWarn, text, fields);
}
inline void log_error(std::string_view text, std::initializer_list<LogField> fields = {}) {
  log_line(LogLevel::kError, text, fields);
}

}  // namespace weir
