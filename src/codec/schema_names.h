// Names that Avro and Protobuf allow, from the names of columns, which may be anything. The same
// columns in the same order always get the same names.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "data/batch.h"

namespace weir::codec {

// Letters, digits and underscores, no digit first.
bool is_schema_name(std::string_view name);
// The same with dots between: "shop.Revenue".
bool is_full_schema_name(std::string_view name);
// What is not allowed becomes an underscore, one a character: "Größe in %" is "Gr__e_in__".
std::string schema_name(std::string_view name);
// Of fields side by side: of two that would be alike, the second gets "_2".
std::vector<std::string> schema_names(const std::vector<std::string>& names);
// The fields of the values of a record type, as those of a relation.
std::vector<Field> fields_of(const Type& record);
std::vector<std::string> names_of(const std::vector<Field>& fields);

}  // namespace weir::codec
