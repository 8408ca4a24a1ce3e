// Printing a diagnostic: the caret must stand under the right character although the line may hold
// tabs, wide characters or be a megabyte long. So the line is cut to a window around the place,
// tabs become one space, and the caret is placed by display width, not by bytes.
#include "project/diagnostic.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

namespace weir::project {

namespace {

constexpr size_t kBefore = 60;    // characters of the line shown before the place
constexpr size_t kShown = 120;    // and altogether

// The code point at `at`, which is moved behind it. Broken UTF-8 counts byte by byte.
char32_t next_code_point(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3
                        : lead >> 3 == 30 ? 4 : 1;
  if (length == 1 || at + length > text.size()) {
    ++at;
    return lead < 0x80 ? lead : 0xFFFD;
  }
  char32_t code = lead & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[at + i]) >> 6) != 2) {
      ++at;
      return 0xFFFD;
    }
  }
  for (size_t i = 1; i < length; ++i) {
    code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
  }
  at += length;
  return code;
}

// East Asian wide blocks and emoji, coarsely; combining marks take no room.
int display_width(char32_t code) {
  if (code >= 0x300 && code <= 0x36F) return 0;
  if (code == 0x200B || code == 0x200D || code == 0xFEFF) return 0;
  const bool wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                    (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                    (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                    (code >= 0x1F300 && code <= 0x1FAFF) || (code >= 0x20000 && code <= 0x3FFFD);
  return wide ? 2 : 1;
}

struct Snippet {
  std::string text;
  size_t caret_column = 0;  // display columns before the caret
  size_t caret_width = 1;
};

// Appends one character as it may be shown: never a control character, never broken UTF-8.
void append_shown(std::string& out, std::string_view line, size_t from, size_t to, char32_t code) {
  if (code < 0x20 || code == 0x7F) {
    out += ' ';
  } else if (code == 0xFFFD) {
    out += "\xEF\xBF\xBD";
  } else {
    out += line.substr(from, to - from);
  }
}

Snippet cut(const Diagnostic& d) {
  const std::string_view line = d.source_line;
  const size_t first = d.span.column > kBefore ? d.span.column - kBefore : 1;
  size_t last_marked = d.span.column;
  if (d.span.end_line == d.span.line && d.span.end_column > d.span.column) {
    last_marked = d.span.end_column - 1;
  }
  Snippet s;
  s.caret_width = 0;
  if (first > 1) {
    s.text = "...";
    s.caret_column = 3;
  }
  size_t column = d.line_column;
  for (size_t at = 0; at < line.size(); ++column) {
    const size_t from = at;
    const char32_t code = next_code_point(line, at);
    if (column < first) continue;
    if (column >= first + kShown) {
      s.text += "...";
      break;
    }
    append_shown(s.text, line, from, at, code);
    const auto width = static_cast<size_t>(display_width(code));
    if (column < d.span.column) s.caret_column += width;
    if (column >= d.span.column && column <= last_marked) s.caret_width += width;
  }
  while (!s.text.empty() && s.text.back() == ' ') s.text.pop_back();
  if (s.caret_width == 0) s.caret_width = 1;
  return s;
}

std::string_view word(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

}  // namespace

std::string Diagnostic::code_text() const { return fmt::format("WR{:04}", code); }

Diagnostic to_diagnostic(const Error& error, const SourceSpan& fallback) {
  Diagnostic d;
  d.code = error.code();
  d.message = error.primary();
  d.span = error.span().known() ? error.span() : fallback;
  if (d.span.file.empty()) d.span.file = fallback.file;
  d.expected = error.detail();
  d.help = error.hint();
  return d;
}

void keep_source_line(Diagnostic& d, std::string_view line) {
  size_t column = 1;
  size_t at = 0;
  while (at < line.size() && column + kBefore < d.span.column) {
    next_code_point(line, at);
    ++column;
  }
  d.line_column = static_cast<uint32_t>(column);
  size_t end = at;
  while (end < line.size() && column <= d.line_column + kBefore + kShown) {
    next_code_point(line, end);
    ++column;
  }
  d.source_line = line.substr(at, end - at);
}

std::string render_text(const Diagnostic& d, bool colour) {
  const char* tint = !colour ? "" : d.severity == Severity::kError ? "\x1b[1;31m" : "\x1b[1;33m";
  const char* blue = colour ? "\x1b[34m" : "";
  const char* bold = colour ? "\x1b[1m" : "";
  const char* plain = colour ? "\x1b[0m" : "";
  std::string out = fmt::format("{}{}[{}]{}{}: {}{}\n", tint, word(d.severity), d.code_text(),
                                plain, bold, d.message, plain);
  if (!d.span.file.empty()) {
    out += fmt::format("{} -->{} {}", blue, plain, d.span.file);
    if (d.span.known()) out += fmt::format(":{}:{}", d.span.line, d.span.column);
    out += '\n';
  }
  if (d.span.known() && !d.source_line.empty()) {
    const Snippet s = cut(d);
    const std::string number = std::to_string(d.span.line);
    const std::string margin(number.size(), ' ');
    out += fmt::format("{}{} |{}\n", blue, margin, plain);
    out += fmt::format("{}{} |{} {}\n", blue, number, plain, s.text);
    out += fmt::format("{}{} |{} {}{}{}{}\n", blue, margin, plain, std::string(s.caret_column, ' '),
                       tint, std::string(s.caret_width, '^'), plain);
  }
  if (!d.expected.empty()) out += fmt::format("expected: {}\n", d.expected);
  if (!d.help.empty()) out += fmt::format("help: {}\n", d.help);
  return out;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (size_t at = 0; at < text.size();) {
    const size_t from = at;
    const char32_t code = next_code_point(text, at);
    if (code == '"' || code == '\\') {
      out += '\\';
      out += static_cast<char>(code);
    } else if (code == '\n') {
      out += "\\n";
    } else if (code == '\t') {
      out += "\\t";
    } else if (code < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<uint32_t>(code));
    } else if (code == 0xFFFD) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(from, at - from);
    }
  }
  return out + '"';
}

std::string render_json(const Diagnostic& d) {
  return fmt::format(
      "{{\"severity\":\"{}\",\"code\":\"{}\",\"message\":{},\"file\":{},\"line\":{},\"column\":{},"
      "\"end_line\":{},\"end_column\":{},\"expected\":{},\"nearest\":{},\"help\":{}}}",
      word(d.severity), d.code_text(), json_string(d.message), json_string(d.span.file),
      d.span.line, d.span.column, d.span.end_line, d.span.end_column, json_string(d.expected),
      json_string(d.nearest), json_string(d.help));
}

void sort_diagnostics(std::vector<Diagnostic>& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::tie(a.span.file, a.span.line, a.span.column, a.code) <
                            std::tie(b.span.file, b.span.line, b.span.column, b.code);
                   });
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

}  // namespace weir::project
