// Values of records (rows): a StringRef to the row encoding of the fields one behind the other, so
// that columns, state and logs carry records as they carry strings. The names and types of the
// fields are the type's (data/type_detail.h). The bytes reach disk and are frozen.
//
// Records compare field by field from the left; NULL is behind all others and equal to itself.
#pragma once
#include <compare>
#include <span>
#include <string>
#include <string_view>

#include "data/column.h"
#include "data/type_detail.h"

namespace weir {

struct ParseError;  // data/text_form.h
struct TextStyle;

// The fields of a column of records, each as long as its slots; those of NULL are NULL.
std::vector<ColumnPtr> record_columns(const Column& records);
std::vector<ColumnPtr> read_record(Type type, std::string_view record);  // columns of one row
// One of them; `fields` are columns of the fields' types.
std::string make_record(std::span<const ColumnPtr> fields, uint32_t row);

void append_record_key(Type type, std::string_view record, std::string& out);
std::strong_ordering compare_records(Type type, std::string_view a, std::string_view b);

// (1,"a b",) with nothing for NULL.
void append_record_text(std::string& out, Type type, std::string_view record,
                        const TextStyle& style);
// {"id": 1, ...} as jsonb has it.
void append_record_json(std::string& out, Type type, std::string_view record);
// Appends to a column of records; false: bad input (nothing appended) with the reason in *error.
bool append_parsed_record(ColumnBuilder& builder, std::string_view text, ParseError* error);

}  // namespace weir
