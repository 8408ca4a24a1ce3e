#include "data/jsonb.h"

#include <simdjson.h>

#include "data/decimal.h"
#include "data/text_form.h"

namespace weir {

namespace {

namespace od = simdjson::ondemand;

// Answers the reason why it is not JSON, or nullptr. simdjson bounds the depth (1,024).
template <class Value>
const char* put(Value value, std::string& out);

const char* put_object(od::object object, std::string& out) {
  std::vector<std::pair<std::string, std::string>> members;
  for (auto field : object) {
    std::string_view key;
    if (field.unescaped_key().get(key)) return "invalid member name";
    if (key.find('\0') != std::string_view::npos) return "unsupported Unicode escape sequence";
    members.emplace_back(key, std::string());
    od::value member;
    if (field.value().get(member)) return "invalid member";
    if (const char* reason = put(member, members.back().second)) return reason;
  }
  std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) {
    return a.first.size() != b.first.size() ? a.first.size() < b.first.size()
                                            : a.first < b.first;
  });
  out.push_back('{');
  bool first = true;
  for (size_t i = 0; i < members.size(); ++i) {
    if (i + 1 < members.size() && members[i + 1].first == members[i].first) continue;
    if (!first) out += ", ";
    first = false;
    append_json_string(out, members[i].first);
    out += ": ";
    out += members[i].second;
  }
  out.push_back('}');
  return nullptr;
}

const char* put_array(od::array array, std::string& out) {
  out.push_back('[');
  bool first = true;
  for (auto element : array) {
    if (!first) out += ", ";
    first = false;
    od::value value;
    if (element.get(value)) return "invalid element";
    if (const char* reason = put(value, out)) return reason;
  }
  out.push_back(']');
  return nullptr;
}

const char* put_number(std::string_view token, std::string& out) {
  while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' ||
                            token.back() == '\t')) {
    token.remove_suffix(1);
  }
  const bool plain = token.find_first_of("eE") == std::string_view::npos;
  if (plain) {
    const bool zero = token.find_first_not_of("-0.") == std::string_view::npos;
    if (zero && token[0] == '-') token.remove_prefix(1);  // numeric has no negative zero
    out += token;
    return nullptr;
  }
  const std::optional<Decimal> number = Decimal::parse(token);
  if (!number) return "number is out of range";
  out += number->to_string();
  return nullptr;
}

template <class Value>
const char* put(Value value, std::string& out) {
  od::json_type type;
  if (value.type().get(type)) return "token is invalid";
  switch (type) {
    case od::json_type::object: {
      od::object object;
      if (value.get_object().get(object)) return "object is invalid";
      return put_object(object, out);
    }
    case od::json_type::array: {
      od::array array;
      if (value.get_array().get(array)) return "array is invalid";
      return put_array(array, out);
    }
    case od::json_type::string: {
      std::string_view text;
      if (value.get_string().get(text)) return "string is invalid";
      if (text.find('\0') != std::string_view::npos) return "unsupported Unicode escape sequence";
      append_json_string(out, text);
      return nullptr;
    }
    case od::json_type::number: {
      od::number number;
      const std::string_view token = value.raw_json_token();
      if (value.get_number().get(number)) {
        // An integer beyond 64 bits is a number all the same.
        bool overflow = false;
        if (!Decimal::parse(token, &overflow)) return "token is invalid";
      }
      return put_number(token, out);
    }
    case od::json_type::boolean: {
      bool flag = false;
      if (value.get_bool().get(flag)) return "token is invalid";
      out += flag ? "true" : "false";
      return nullptr;
    }
    case od::json_type::null: {
      bool null = false;
      if (value.is_null().get(null) || !null) return "token is invalid";
      out += "null";
      return nullptr;
    }
  }
  return "token is invalid";
}

// simdjson does not step over an integer beyond 64 bits when it is the whole text.
bool is_one_number(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  text = text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
  return text.find_first_not_of("+-.0123456789eE") == std::string_view::npos;
}

}  // namespace

bool canonical_jsonb(std::string_view text, std::string& out, std::string* reason) {
  const simdjson::padded_string padded(text);
  od::parser parser;
  od::document document;
  const size_t begin = out.size();
  const char* why = nullptr;
  if (parser.iterate(padded).get(document)) {
    why = "token is invalid";
  } else {
    why = put<od::document&>(document, out);
    const bool whole = why || document.at_end() || is_one_number(text);
    if (!whole) why = "something stands behind the value";
  }
  if (!why) return true;
  out.resize(begin);
  *reason = std::string("invalid input syntax for type json: ") + why;
  return false;
}

}  // namespace weir
