// One SELECT with parameters. A JSON number is the narrowest of integer, bigint and numeric that
// holds it exactly; a string is an untyped literal and becomes what the statement needs.
#include <fmt/core.h>
#include <simdjson.h>

#include "data/text_form.h"
#include "http/api.h"
#include "http/result_rows.h"

namespace weir::http {

namespace {

namespace json = simdjson::ondemand;

struct Query {
  std::string sql;
  std::vector<Value> parameters;
};

Error no_query(std::string detail) {
  return Error(ErrorKind::kInvalidUsage, 1664, "the body is no query")
      .detail(std::move(detail))
      .hint("send {\"sql\": \"select ...\", \"parameters\": [...]}");
}

// Numbers by their own text: a double would change some of them.
Result<Value> number_of(std::string_view text) {
  if (text.find_first_of(".eE") == std::string_view::npos) {
    if (Result<Value> narrow = parse_text_form(text, TypeId::kInt4)) return narrow;
    if (Result<Value> wide = parse_text_form(text, TypeId::kInt8)) return wide;
  }
  return parse_text_form(text, TypeId::kNumeric);
}

std::string_view trimmed(std::string_view token) {
  return token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
}

Result<Value> parameter(json::value value) {
  switch (value.type()) {
    case json::json_type::null:
      if (!value.is_null()) return no_query("It is no JSON.");
      return Value::null(TypeId::kUnknown);
    case json::json_type::boolean: return Value::of(bool(value.get_bool()));
    case json::json_type::string:
      return Value{TypeId::kUnknown, std::string(std::string_view(value.get_string()))};
    case json::json_type::number: {
      const std::string_view text = trimmed(value.raw_json_token());
      const double checked = value.get_double();  // that it is a number at all
      (void)checked;
      return number_of(text);
    }
    default: return parse_text_form(std::string_view(value.raw_json()), TypeId::kJsonb);
  }
}

// Throws simdjson_error where the text is no JSON.
Result<Query> read_query(json::document& document) {
  Query query;
  bool has_sql = false;
  for (json::field field : document.get_object()) {
    const std::string name(std::string_view(field.unescaped_key(false)));
    if (name == "sql") {
      query.sql = std::string_view(field.value().get_string());
      has_sql = true;
    } else if (name == "parameters") {
      for (json::value one : field.value().get_array()) {
        query.parameters.push_back(TRY(parameter(one)));
      }
    } else {
      return no_query(fmt::format("\"{}\" is not known.", name));
    }
  }
  if (!document.at_end()) return no_query("There is something behind the object.");
  if (!has_sql) return no_query("\"sql\" is missing.");
  return query;
}

Result<Query> json_query(const std::string& body) {
  json::parser parser;
  const simdjson::padded_string padded(body);
  try {
    json::document document = parser.iterate(padded);
    return read_query(document);
  } catch (const simdjson::simdjson_error& e) {
    return no_query(fmt::format("As JSON it cannot be read: {}", e.what()));
  }
}

Result<Query> query_of(const Request& request) {
  const std::string_view given = request.header("content-type");
  const std::string_view type = given.substr(0, given.find(';'));
  if (type == "application/json") return json_query(request.body);
  if (type != "application/sql") {
    return Error(ErrorKind::kNotSupported, 1665,
                 fmt::format("a query cannot be sent as \"{}\"", type))
        .hint("send application/json or application/sql");
  }
  if (!simdjson::validate_utf8(request.body)) return no_query("It is not UTF-8.");
  return Query{request.body, {}};
}

}  // namespace

Answer run_query(Call& call) {
  const uint64_t limit = TRY(row_limit(call.request, kMaxRows));
  const RowForm form = TRY(row_form(call.request.header("accept")));
  const Query query = TRY(query_of(call.request));
  const engine::StatementResult result = TRY(call.backend.query(query.sql, query.parameters));
  return std::optional(rows_response(result, form, limit));
}

}  // namespace weir::http
