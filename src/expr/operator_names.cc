// The names that PostgreSQL's operators have as functions, and second names of functions: int4pl is
// + of integers, textlen is length of texts.
#include <algorithm>

#include "expr/kernel.h"

namespace weir::expr {

namespace {

using enum TypeId;

struct Family {
  TypeId left;
  TypeId right;            // kUnknown: there is one argument only
  std::string_view names;  // "int4pl + int4mi -"
};

constexpr TypeId kArray = array_id(kAnyElement);
constexpr Family kFamilies[] = {
    {kArray, kArray, "arrayoverlap && arraycontains @> arraycontained <@"},
    {kText, kUnknown, "textlen length"},
    {kText, kText, "like ~~ notlike !~~"},
    {kFloat8, kUnknown, "dexp exp dlog1 ln dlog10 log dround round dtrunc trunc"},
    {kNumeric, kUnknown, "numeric_exp exp numeric_ln ln numeric_sqrt sqrt"},
    {kNumeric, kNumeric, "numeric_log log numeric_div_trunc div"},
    {kJsonb, kText,
     "json_object_field -> json_object_field_text ->> jsonb_path_exists_opr @? "
     "jsonb_path_match_opr @@"},
    {kJsonb, kInt4, "json_array_element -> json_array_element_text ->>"},
    {kBool, kBool,
     "booleq = boolge >= boolgt > boolle <= boollt < boolne <>"},
    {kBytea, kBytea,
     "byteacat || byteaeq = byteage >= byteagt > byteale <= bytealt < byteane <>"},
    {kDate, kDate,
     "date_eq = date_ge >= date_gt > date_le <= date_lt < date_mi - date_ne <>"},
    {kDate, kInt4,
     "date_mii - date_pli +"},
    {kDate, kInterval,
     "date_mi_interval - date_pl_interval +"},
    {kDate, kTime,
     "datetime_pl +"},
    {kFloat4, kUnknown,
     "float4abs @ float4um - float4up +"},
    {kFloat4, kFloat4,
     "float4div / float4eq = float4ge >= float4gt > float4le <= float4lt < float4mi - "
     "float4mul * float4ne <> float4pl +"},
    {kFloat8, kUnknown,
     "dcbrt ||/ dsqrt |/ float8abs @ float8um - float8up +"},
    {kFloat8, kFloat8,
     "dpow ^ float8div / float8eq = float8ge >= float8gt > float8le <= float8lt < float8mi - "
     "float8mul * float8ne <> float8pl +"},
    {kFloat8, kInterval,
     "mul_d_interval *"},
    {kInt2, kUnknown,
     "int2abs @ int2not ~ int2um - int2up +"},
    {kInt2, kInt2,
     "int2and & int2div / int2eq = int2ge >= int2gt > int2le <= int2lt < int2mi - int2mod % "
     "int2mul * int2ne <> int2or | int2pl + int2xor #"},
    {kInt2, kInt4,
     "int2shl << int2shr >>"},
    {kInt4, kUnknown,
     "int4abs @ int4not ~ int4um - int4up +"},
    {kInt4, kDate,
     "integer_pl_date +"},
    {kInt4, kInt4,
     "int4and & int4div / int4eq = int4ge >= int4gt > int4le <= int4lt < int4mi - int4mod % "
     "int4mul * int4ne <> int4or | int4pl + int4shl << int4shr >> int4xor #"},
    {kInt8, kUnknown,
     "int8abs @ int8not ~ int8um - int8up +"},
    {kInt8, kInt4,
     "int8shl << int8shr >>"},
    {kInt8, kInt8,
     "int8and & int8div / int8eq = int8ge >= int8gt > int8le <= int8lt < int8mi - int8mod % "
     "int8mul * int8ne <> int8or | int8pl + int8xor #"},
    {kInterval, kUnknown,
     "interval_um -"},
    {kInterval, kDate,
     "interval_pl_date +"},
    {kInterval, kFloat8,
     "interval_div / interval_mul *"},
    {kInterval, kInterval,
     "interval_eq = interval_ge >= interval_gt > interval_le <= interval_lt < interval_mi - "
     "interval_ne <> interval_pl +"},
    {kInterval, kTime,
     "interval_pl_time +"},
    {kInterval, kTimestamp,
     "interval_pl_timestamp +"},
    {kInterval, kTimestamptz,
     "interval_pl_timestamptz +"},
    {kJsonb, kInt4,
     "jsonb_array_element -> jsonb_array_element_text ->> jsonb_delete -"},
    {kJsonb, kJsonb,
     "jsonb_concat || jsonb_contained <@ jsonb_contains @> jsonb_eq = jsonb_ge >= jsonb_gt > "
     "jsonb_le <= jsonb_lt < jsonb_ne <>"},
    {kJsonb, kText,
     "jsonb_delete - jsonb_exists ? jsonb_object_field -> jsonb_object_field_text ->>"},
    {kJsonb, array_id(kText),
     "jsonb_delete_path #- jsonb_exists_all ?& jsonb_exists_any ?|"},
    {kNumeric, kUnknown,
     "numeric_abs @ numeric_uminus - numeric_uplus +"},
    {kNumeric, kNumeric,
     "numeric_add + numeric_div / numeric_eq = numeric_ge >= numeric_gt > numeric_le <= "
     "numeric_lt < numeric_mod % numeric_mul * numeric_ne <> numeric_power ^ numeric_sub -"},
    {kText, kText,
     "text_ge >= text_gt > text_le <= text_lt < text_pattern_ge ~>=~ text_pattern_gt ~>~ "
     "text_pattern_le ~<=~ text_pattern_lt ~<~ textcat || texteq = texticlike ~~* texticnlike "
     "!~~* texticregexeq ~* texticregexne !~* textlike ~~ textne <> textnlike !~~ textregexeq "
     "~ textregexne !~"},
    {kTime, kDate,
     "timedate_pl +"},
    {kTime, kInterval,
     "time_mi_interval - time_pl_interval +"},
    {kTime, kTime,
     "time_eq = time_ge >= time_gt > time_le <= time_lt < time_mi_time - time_ne <>"},
    {kTimestamp, kInterval,
     "timestamp_mi_interval - timestamp_pl_interval +"},
    {kTimestamp, kTimestamp,
     "timestamp_eq = timestamp_ge >= timestamp_gt > timestamp_le <= timestamp_lt < "
     "timestamp_mi - timestamp_ne <>"},
    {kTimestamptz, kInterval,
     "timestamptz_mi_interval - timestamptz_pl_interval +"},
    {kTimestamptz, kTimestamptz,
     "timestamptz_eq = timestamptz_ge >= timestamptz_gt > timestamptz_le <= timestamptz_lt < "
     "timestamptz_mi - timestamptz_ne <>"},
    {kUuid, kUuid,
     "uuid_eq = uuid_ge >= uuid_gt > uuid_le <= uuid_lt < uuid_ne <>"},
};

std::string_view next_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

}  // namespace

void add_operator_names(FunctionList& out) {
  FunctionList named;
  for (const Family& family : kFamilies) {
    std::vector<Type> args{family.left};
    if (family.right != kUnknown) args.emplace_back(family.right);
    for (std::string_view rest = family.names; !rest.empty();) {
      const std::string_view name = next_word(rest);
      const std::string_view symbol = next_word(rest);
      const auto found = std::find_if(out.begin(), out.end(), [&](const Function& f) {
        return f.name == symbol && f.args == args;
      });
      WEIR_CHECK(found != out.end());
      named.push_back(*found);
      named.back().name = name;
      named.back().group = "operators by name";
      named.back().summary = "another name of an operator or function";
    }
  }
  out.insert(out.end(), named.begin(), named.end());
}

}  // namespace weir::expr
