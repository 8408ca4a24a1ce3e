// What a type says beyond its id: the labels of an enum, the fields of a record. A Type points to
// one, so that it stays small and is compared by its address; details are therefore never freed. A
// process makes few of them: one a CREATE TYPE, one a shape of rows that its statements name.
//
// A value of an enum is where its label stands, 4 bytes big-endian, and the label's text. memcmp of
// that is the enum's order, equal bytes are equal values, and a value is printed without its type.
// The places of the labels of a new enum are 65536 apart, so that others find room between them and
// no value that is there changes: views, states and logs go on as they are. These bytes reach disk.
//
// Threads: any.
#pragma once
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "data/type.h"

namespace weir {

class ByteReader;
class ByteWriter;

class EnumLabels {
 public:
  // Values, in order.
  std::vector<std::string> values() const;
  // The value of a label; empty: there is none of that name.
  std::string find(std::string_view label) const;
  // To `values`, behind all or beside `neighbour`. Errors: 42710 (it is there), 22023 (no such
  // neighbour), 54000 (no room).
  enum class Place : uint8_t { kLast, kBefore, kAfter };
  static Status add(std::vector<std::string>& values, const std::string& label, Place place,
                    const std::string& neighbour);
  void set(std::vector<std::string> values) const;

 private:
  mutable std::mutex mutex_;
  mutable std::vector<std::string> values_;
};
inline std::string_view enum_label(std::string_view value) { return value.substr(4); }

struct RecordField {
  std::string name;
  Type type;
  bool operator==(const RecordField&) const = default;
};

struct TypeDetail {
  std::string name;                 // "record" where nobody gave one
  EnumLabels labels;                // of an enum
  std::vector<RecordField> fields;  // of a record
};

// A type of its own, whatever others are called. Errors: 42710 (a label twice), 42602 (too long).
Result<Type> make_enum(const std::string& name, const std::vector<std::string>& labels);
// The one type of these labels, which are different; its name says them.
Result<Type> enum_by_labels(const std::vector<std::string>& labels);
// The one type of that name and these fields.
Type record_type(const std::vector<RecordField>& fields, const std::string& name = "record");

// A type as bytes, with its detail where it has one; frozen. An enum is read back as the one of its
// labels.
void write_type(ByteWriter& w, const Type& type);
Type read_type(ByteReader& r);

}  // namespace weir
