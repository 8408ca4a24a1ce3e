// What a session knows of itself, in queries only: there is one database, one schema to create in
// and one user, and nobody waits for another's recovery.
#include <unistd.h>

#include <array>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/array.h"
#include "data/calendar.h"
#include "expr/kernel.h"

namespace weir::expr {

namespace {

using enum TypeId;

constexpr int32_t kUtf8 = 6;

struct Encoding {
  int32_t id;
  std::string_view name;
  int32_t longest;  // bytes of a character
};
constexpr Encoding kEncodings[] = {{0, "SQL_ASCII", 1}, {kUtf8, "UTF8", 4}, {8, "LATIN1", 1}};

constexpr char kVersion[] = "PostgreSQL 15.0 (weir)";
constexpr char kDatabase[] = "weir";
constexpr char kUser[] = "weir";
constexpr char kSchema[] = "public";
constexpr char kEncoding[] = "UTF8";

template <const char* kWord>
ColumnPtr word(const KernelCall& c) {
  return map_text(c, [](uint32_t, Row&, std::string& out) { out = kWord; });
}

template <class T, T kValue>
ColumnPtr value(const KernelCall& c) {
  return map<T>(c, [](uint32_t, Row&) { return kValue; });
}

ColumnPtr process_id(const KernelCall& c) {
  return map<int32_t>(c, [](uint32_t, Row&) { return static_cast<int32_t>(getpid()); });
}

ColumnPtr schemas(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    ColumnBuilder names(kText);
    if (c.args[0]->value<uint8_t>(i)) names.append_text("pg_catalog");
    names.append_text(kSchema);
    out = make_flat_array(std::move(names));
  });
}

ColumnPtr encoding_name(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    for (const Encoding& one : kEncodings) {
      if (one.id == c.args[0]->value<int32_t>(i)) out = one.name;
    }
  });
}

ColumnPtr encoding_id(const KernelCall& c) {
  return map<int32_t>(c, [&](uint32_t i, Row&) {
    std::string name = lower(c.args[0]->text(i));
    std::erase_if(name, [](char ch) { return ch == '-' || ch == '_' || ch == ' '; });
    if (name == "unicode") return kUtf8;
    for (const Encoding& one : kEncodings) {
      std::string known = lower(one.name);
      std::erase(known, '_');
      if (known == name) return one.id;
    }
    return -1;
  });
}

ColumnPtr longest_character(const KernelCall& c) {
  return map<int32_t>(c, [&](uint32_t i, Row& row) {
    for (const Encoding& one : kEncodings) {
      if (one.id == c.args[0]->value<int32_t>(i)) return one.longest;
    }
    return row.null(), 0;
  });
}

ColumnPtr type_named(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const Result<Type> type = parse_type(c.args[0]->text(i));
    if (!type) return row.null();
    out = Type(type->id).name();
  });
}

// "Wed Nov 25 00:58:32.123456 2026 UTC"
ColumnPtr time_of_day(const KernelCall& c) {
  static constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  return map_text(c, [&](uint32_t, Row&, std::string& out) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t day = floor_div(now.tv_sec, 86'400);
    const int64_t second = floor_mod(now.tv_sec, 86'400);
    const CivilDate date = civil_from_days(day);
    out = fmt::format("{} {} {:02} {:02}:{:02}:{:02}.{:06} {:04} UTC",
                      kDays.substr(static_cast<size_t>(floor_mod(day + 4, 7)) * 3, 3),
                      kMonths.substr(static_cast<size_t>(date.month - 1) * 3, 3), date.day,
                      second / 3600, second / 60 % 60, second % 60, now.tv_nsec / 1000,
                      date.year);
  });
}

}  // namespace

void add_sessions(FunctionList& out) {
  const size_t first = out.size();
  FunctionGroup add(out, "session");
  add("version", {}, kText, word<kVersion>, "what server this is, as clients of PostgreSQL ask");
  add("current_database", {}, kText, word<kDatabase>, "the database");
  add("current_catalog", {}, kText, word<kDatabase>, "the database");
  add("current_schema", {}, kText, word<kSchema>, "the schema of new tables");
  add("current_schemas", {kBool}, array_id(kText), schemas, "the search path");
  for (const std::string_view name : {"current_user", "current_role", "session_user", "user"}) {
    add(name, {}, kText, word<kUser>, "the user");
  }
  add("pg_get_userbyid", {kInt8}, kText, word<kUser>, "the user");
  add("getpgusername", {}, kText, word<kUser>, "the user");
  add("pg_backend_pid", {}, kInt4, process_id, "the process of the server");
  add("pg_is_in_recovery", {}, kBool, value<uint8_t, 0>, "false");
  add("pg_is_wal_replay_paused", {}, kBool, value<uint8_t, 0>, "false");
  add("pg_jit_available", {}, kBool, value<uint8_t, 0>, "false");
  add("pg_is_other_temp_schema", {kInt8}, kBool, value<uint8_t, 0>, "false");
  add("pg_my_temp_schema", {}, kInt8, value<int64_t, 0>, "0: there are no temporary tables");
  add("pg_trigger_depth", {}, kInt4, value<int32_t, 0>, "0: there are no triggers");
  add("pg_client_encoding", {}, kText, word<kEncoding>, "UTF8");
  add("getdatabaseencoding", {}, kText, word<kEncoding>, "UTF8");
  add("pg_encoding_to_char", {kInt4}, kText, encoding_name, "the name of an encoding");
  add("pg_char_to_encoding", {kText}, kInt4, encoding_id, "the number of an encoding");
  add("pg_encoding_max_length", {kInt4}, kInt4, longest_character, "bytes of a character");
  add("to_regtype", {kText}, kText, type_named, "the type of a name, or NULL");
  for (size_t i = first; i < out.size(); ++i) out[i].volatility = Volatility::kStable;
  add("timeofday", {}, kText, time_of_day, "the time of the clock as text").changing();
}

}  // namespace weir::expr
