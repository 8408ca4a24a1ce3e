// Verdicts over dead letters: POST /v1/letters/{name}?verdict=replay|drop, and which of them:
// number=N, reason=TEXT, since=TIME; without any, all that wait.
#include <charconv>

#include <fmt/core.h>

#include "data/text_form.h"
#include "http/api.h"
#include "http/json_writer.h"

namespace weir::http {

namespace {

Error wrong_value(const char* name, const std::string& value) {
  return Error(ErrorKind::kInvalidUsage, 1880, fmt::format("{} cannot be \"{}\"", name, value))
      .hint("verdict is replay or drop, number an integer, since a timestamp");
}

Result<engine::LetterFilter> filter_of(const Request& request) {
  engine::LetterFilter filter;
  for (const auto& [name, value] : request.query) {
    if (name == "reason") filter.reason = value;
    if (name == "since") {
      const auto time = parse_text_form(value, TypeId::kTimestamptz);
      if (!time) return wrong_value("since", value);
      filter.since = std::get<int64_t>(time->data);
    }
    if (name == "number") {
      int64_t number = 0;
      const char* end = value.data() + value.size();
      const auto parsed = std::from_chars(value.data(), end, number);
      if (parsed.ec != std::errc() || parsed.ptr != end) return wrong_value("number", value);
      filter.number = number;
    }
  }
  return filter;
}

}  // namespace

Answer judge_letters(Call& call) {
  const auto asked = call.request.query.find("verdict");
  const std::string verdict = asked == call.request.query.end() ? "" : asked->second;
  if (verdict != "replay" && verdict != "drop") return wrong_value("verdict", verdict);
  const engine::LetterFilter filter = TRY(filter_of(call.request));
  const engine::Judged judged = TRY(call.backend.judge(
      call.name, filter,
      verdict == "replay" ? engine::LetterState::kReplayed : engine::LetterState::kDropped));
  JsonWriter json;
  json.open('{').member("letters", judged.letters).member("cut", judged.cut).close('}');
  Response out;
  out.body = json.take() + "\n";
  return std::optional(std::move(out));
}

}  // namespace weir::http
