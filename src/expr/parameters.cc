#include "expr/parameters.h"

#include <algorithm>

namespace weir::expr {

namespace {

struct ParameterList {
  std::string_view function;
  std::string_view parameters;  // "days=0 secs": with the defaults
};

constexpr std::string_view kPath = "target path vars={} silent=false";
constexpr ParameterList kLists[] = {
    {"json_populate_record", "base from_json"},
    {"jsonb_insert", "jsonb_in path replacement insert_after=false"},
    {"jsonb_path_exists", kPath},
    {"jsonb_path_exists_tz", kPath},
    {"jsonb_path_match", kPath},
    {"jsonb_path_match_tz", kPath},
    {"jsonb_path_query", kPath},
    {"jsonb_path_query_tz", kPath},
    {"jsonb_path_query_array", kPath},
    {"jsonb_path_query_array_tz", kPath},
    {"jsonb_path_query_first", kPath},
    {"jsonb_path_query_first_tz", kPath},
    {"jsonb_populate_record", "base from_json"},
    {"jsonb_set", "jsonb_in path replacement create_if_missing=true"},
    {"jsonb_set_lax",
     "jsonb_in path replacement create_if_missing=true null_value_treatment=use_json_null"},
    {"make_date", "year month day"},
    {"make_interval", "years=0 months=0 weeks=0 days=0 hours=0 mins=0 secs=0.0"},
    {"make_time", "hour min sec"},
    {"make_timestamp", "year month mday hour min sec"},
    {"make_timestamptz", "year month mday hour min sec"},
    {"make_timestamptz", "year month mday hour min sec timezone"},
    {"parse_ident", "str strict=true"},
};

std::vector<Parameter> read(std::string_view list) {
  std::vector<Parameter> out;
  while (!list.empty()) {
    const std::string_view word = list.substr(0, list.find(' '));
    list.remove_prefix(std::min(list.size(), word.size() + 1));
    const size_t equals = word.find('=');
    Parameter& parameter = out.emplace_back();
    parameter.name = word.substr(0, equals);
    if (equals != std::string_view::npos) parameter.value = word.substr(equals + 1);
  }
  return out;
}

std::optional<std::vector<Placed>> place(const std::vector<Parameter>& parameters,
                                         std::span<const std::string> names) {
  std::vector<Placed> places(parameters.size());
  if (names.size() > places.size()) return std::nullopt;
  for (size_t i = 0; i < names.size(); ++i) {
    size_t at = i;
    if (!names[i].empty()) {
      const auto found = std::find_if(parameters.begin(), parameters.end(),
                                      [&](const Parameter& p) { return p.name == names[i]; });
      if (found == parameters.end()) return std::nullopt;
      at = static_cast<size_t>(found - parameters.begin());
    }
    if (places[at].argument) return std::nullopt;
    places[at].argument = i;
  }
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i].argument) continue;
    if (!parameters[i].value) return std::nullopt;
    places[i].value = *parameters[i].value;
  }
  return places;
}

}  // namespace

std::vector<Parameter> parameters_of(std::string_view function, size_t count) {
  for (const ParameterList& list : kLists) {
    if (list.function != function) continue;
    std::vector<Parameter> parameters = read(list.parameters);
    if (parameters.size() == count) return parameters;
  }
  return {};
}

std::optional<std::vector<Placed>> place_arguments(std::string_view function,
                                                   std::span<const std::string> names) {
  for (const ParameterList& list : kLists) {
    if (list.function != function) continue;
    auto places = place(read(list.parameters), names);
    if (places) return places;
  }
  return std::nullopt;
}

}  // namespace weir::expr
