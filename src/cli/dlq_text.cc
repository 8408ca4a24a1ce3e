#include "cli/dlq_text.h"

#include <simdjson.h>

#include <fmt/core.h>

#include "cli/status_text.h"
#include "data/text_form.h"
#include "http/json_writer.h"

namespace weir::cli {

namespace {

using engine::LetterState;

constexpr LetterState kStates[] = {LetterState::kWaiting, LetterState::kReplayed,
                                   LetterState::kDropped, LetterState::kReadAgain};

std::string time_text(Micros time) { return text_form({TypeId::kTimestamptz, time}); }

uint64_t count_of(const engine::LetterSummary& summary, LetterState state) {
  const auto it = summary.counts.find(state);
  return it == summary.counts.end() ? 0 : it->second;
}

bool is_text(std::string_view raw) {
  if (!simdjson::validate_utf8(raw.data(), raw.size())) return false;
  return std::none_of(raw.begin(), raw.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
  });
}

std::string hex(std::string_view raw) {
  std::string out;
  for (const char c : raw) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

// Indented, so that the next letter is seen to begin.
std::string indented(std::string_view text) {
  std::string out = "    ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "    ";
  }
  return out + "\n";
}

void text_or_null(http::JsonWriter& json, std::string_view name, const std::string& text) {
  json.key(name);
  text.empty() ? json.raw("null") : json.value(text);
}

std::string head_line(const engine::Letter& letter) {
  std::string line = fmt::format("{}  {}", letter.number, time_text(letter.at));
  if (letter.id.empty()) return line + "  late";
  line += fmt::format("  {}", to_text(letter.state));
  if (!letter.position.empty()) line += "  " + letter.position;
  if (letter.partition > 0 && letter.former.empty()) {
    line += fmt::format(", partition {}", letter.partition);
  }
  return line + fmt::format("  ({}{})", letter.id,
                            letter.former.empty() ? "" : ", was " + letter.former);
}

}  // namespace

std::string summaries_text(const std::vector<engine::LetterSummary>& summaries) {
  if (summaries.empty()) return "no dead letters and no late rows\n";
  size_t width = 8;
  for (const auto& summary : summaries) width = std::max(width, summary.name.size());
  std::string out = fmt::format("{:<{}}", "NAME", width + 1);
  for (const LetterState state : kStates) out += fmt::format(" {:>10}", to_text(state));
  out += "  since, newest\n";
  for (const auto& summary : summaries) {
    out += fmt::format("{:<{}}", summary.name, width + 1);
    for (const LetterState state : kStates) {
      const uint64_t n = count_of(summary, state);
      out += fmt::format(" {:>10}", n == 0 ? "-" : short_count(static_cast<double>(n)));
    }
    if (summary.waiting() > 0) {
      out += fmt::format("  {}, {}", time_text(summary.since), time_text(summary.newest));
    }
    out += '\n';
    for (const auto& [reason, count] : summary.reasons) {
      out += fmt::format("  {:>8}  {}\n", short_count(static_cast<double>(count)), reason);
    }
  }
  return out;
}

std::string summaries_json(const std::vector<engine::LetterSummary>& summaries) {
  http::JsonWriter json;
  json.open('[');
  for (const auto& summary : summaries) {
    json.open('{').member("name", summary.name);
    json.member("waiting", count_of(summary, LetterState::kWaiting));
    json.member("replayed", count_of(summary, LetterState::kReplayed));
    json.member("dropped", count_of(summary, LetterState::kDropped));
    json.member("read_again", count_of(summary, LetterState::kReadAgain));
    text_or_null(json, "since", summary.waiting() > 0 ? time_text(summary.since) : "");
    json.member("newest", time_text(summary.newest)).key("reasons").open('[');
    for (const auto& [reason, count] : summary.reasons) {
      json.open('{').member("reason", reason).member("count", count).close('}');
    }
    json.close(']').close('}');
  }
  json.close(']');
  return json.take() + "\n";
}

std::string letters_text(const std::vector<engine::Letter>& letters) {
  std::string out;
  for (const engine::Letter& letter : letters) {
    out += head_line(letter) + "\n";
    std::string reason = letter.sqlstate.empty() ? "" : letter.sqlstate + " ";
    if (!letter.column.empty()) reason += fmt::format("column {}: ", letter.column);
    out += indented(reason + letter.reason);
    out += indented(is_text(letter.raw) ? letter.raw : "\\x" + hex(letter.raw));
  }
  return out;
}

std::string letters_json(const std::vector<engine::Letter>& letters) {
  http::JsonWriter json;
  json.open('[');
  for (const engine::Letter& letter : letters) {
    json.open('{').member("number", letter.number);
    text_or_null(json, "id", letter.id);
    json.member("at", time_text(letter.at));
    text_or_null(json, "state", letter.id.empty() ? "" : std::string(to_text(letter.state)));
    json.member("partition", letter.partition);
    text_or_null(json, "position", letter.position);
    json.member("stage", letter.stage);
    text_or_null(json, "sqlstate", letter.sqlstate);
    text_or_null(json, "column", letter.column);
    json.member("reason", letter.reason);
    text_or_null(json, "raw", is_text(letter.raw) ? letter.raw : "");
    text_or_null(json, "raw_hex", is_text(letter.raw) ? "" : hex(letter.raw));
    text_or_null(json, "former", letter.former);
    json.close('}');
  }
  json.close(']');
  return json.take() + "\n";
}

}  // namespace weir::cli
