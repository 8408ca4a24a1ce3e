// Whether a JSON value is what a JSON Schema says (draft 4 to 2020-12, the parts that
// docs/formats/json_schema.md lists; keywords it does not know say nothing). The schema is walked
// as it is, with the value in hand; a check's steps are bounded, since references may go round.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/schema_source.h"

namespace weir::codec {

class JsonSchema {
 public:
  // `references`: what "$ref" may name besides places of the schema itself. Errors: kInvalidData
  // 1845.
  static Result<std::unique_ptr<JsonSchema>> parse(std::string_view text,
                                                   const std::vector<NamedSchema>& references);
  ~JsonSchema();
  // The first thing that is wrong with its place, or nothing: "$.lines[2].count: not an integer".
  std::optional<std::string> check(std::string_view json);

 private:
  struct Parts;
  explicit JsonSchema(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace weir::codec
