// Canonical jsonb taken apart without a parser: quotes and brackets are all that has to be told.
#include "data/jsonb.h"

namespace weir {

namespace {

size_t end_of_string(std::string_view text, size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

size_t end_of_value(std::string_view text, size_t at) {
  size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = end_of_string(text, at);
      if (depth == 0) return at;
      continue;
    }
    if (depth == 0 && (c == ',' || c == ']' || c == '}')) return at;
    ++at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
  return at;
}

bool take(std::string_view text, size_t* at, std::string_view what) {
  if (!text.substr(std::min(*at, text.size())).starts_with(what)) return false;
  *at += what.size();
  return true;
}

std::string_view take_value(std::string_view text, size_t* at) {
  const size_t begin = *at;
  *at = end_of_value(text, begin);
  return text.substr(begin, *at - begin);
}

}  // namespace

std::vector<std::string_view> jsonb_elements(std::string_view canonical) {
  std::vector<std::string_view> elements;
  size_t at = 1;
  if (!canonical.starts_with('[') || canonical == "[]") return elements;
  do {
    elements.push_back(take_value(canonical, &at));
  } while (take(canonical, &at, ", "));
  return elements;
}

std::vector<JsonbMember> jsonb_members(std::string_view canonical) {
  std::vector<JsonbMember> members;
  size_t at = 1;
  if (!canonical.starts_with('{') || canonical == "{}") return members;
  do {
    std::string name = jsonb_unquoted(take_value(canonical, &at));
    if (!take(canonical, &at, ": ")) break;
    members.push_back({std::move(name), take_value(canonical, &at)});
  } while (take(canonical, &at, ", "));
  return members;
}

std::string jsonb_unquoted(std::string_view canonical) {
  if (!canonical.starts_with('"')) return std::string(canonical);
  std::string out;
  for (size_t i = 1; i + 1 < canonical.size(); ++i) {
    if (canonical[i] != '\\') {
      out.push_back(canonical[i]);
      continue;
    }
    switch (canonical[++i]) {
      case 'b': out.push_back('\b'); break;
      case 'f': out.push_back('\f'); break;
      case 'n': out.push_back('\n'); break;
      case 'r': out.push_back('\r'); break;
      case 't': out.push_back('\t'); break;
      case 'u': {  // canonical text has them for control characters alone
        const std::string digits(canonical.substr(std::min(i + 3, canonical.size()), 2));
        out.push_back(static_cast<char>(std::strtoul(digits.c_str(), nullptr, 16)));
        i += 4;
        break;
      }
      default: out.push_back(canonical[i]);
    }
  }
  return out;
}

}  // namespace weir
