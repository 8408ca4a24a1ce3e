// SQL types and how their values lie in memory. TypeId values reach disk (row encoding, segments'
// schemas): they are frozen.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir {

enum class TypeId : uint8_t {
  kUnknown = 0,  // a literal or NULL whose type is not settled yet
  kBool = 1,     // uint8_t 0 or 1
  kInt2 = 2,     // int16_t
  kInt4 = 3,     // int32_t
  kInt8 = 4,     // int64_t
  kFloat4 = 5,   // float
  kFloat8 = 6,   // double
  kNumeric = 7,  // Decimal (data/decimal.h): exact, with a scale per value
  kText = 8,     // StringRef; UTF-8 without NUL. varchar(n) and char(n) are text with a length
  kBytea = 9,    // StringRef
  kDate = 10,    // int32_t days since 1970-01-01; INT32_MIN, INT32_MAX: -infinity, infinity
  kTime = 11,    // int64_t microseconds since midnight
  kTimestamp = 12,    // int64_t microseconds since 1970-01-01; INT64_MIN, INT64_MAX: infinities
  kTimestamptz = 13,  // the same, UTC
  kInterval = 14,     // Interval {months, days, micros}
  kUuid = 15,         // Uuid {16 bytes}
  kJsonb = 16,        // StringRef: PostgreSQL's text form of the jsonb value
  kEnum = 17,         // StringRef: where the label stands, then the label (data/type_detail.h)
  kRecord = 18,       // StringRef: the fields' values, a row encoding (data/record.h)
  kBpchar = 19,       // StringRef: char(n), with its blanks
};
// The arrays of a type have an id of their own, the type's with this bit; a value is a StringRef
// (data/array.h).
constexpr uint8_t kArrayBit = 0x80;
constexpr TypeId array_id(TypeId element) {
  return static_cast<TypeId>(static_cast<uint8_t>(element) | kArrayBit);
}
constexpr bool is_array_id(TypeId id) { return (static_cast<uint8_t>(id) & kArrayBit) != 0; }
constexpr TypeId element_id(TypeId array) {
  return static_cast<TypeId>(static_cast<uint8_t>(array) & (kArrayBit - 1));
}
// Never of a value: what parameters of polymorphic functions take, and arrays of it.
constexpr TypeId kAnyEnum{0x7b};
constexpr TypeId kAnyNonArray{0x7c};
constexpr TypeId kAnyCompatible{0x7d};  // of several: all are cast to their common type
constexpr TypeId kAnyElement{0x7e};     // of several: all are of one type

struct TypeDetail;  // data/type_detail.h

struct Type {
  TypeId id = TypeId::kUnknown;
  int16_t precision = -1;  // numeric(p, s); varchar(n) has n here; -1: none. Of an array: its
                           // elements'
  int16_t scale = -1;
  const TypeDetail* detail = nullptr;  // of an enum or a record, and of arrays of them; never freed

  constexpr Type() = default;
  constexpr Type(TypeId i) : id(i) {}  // NOLINT: a plain type is its id
  constexpr Type(TypeId i, int16_t p, int16_t s) : id(i), precision(p), scale(s) {}
  constexpr Type(TypeId i, const TypeDetail* d) : id(i), detail(d) {}
  bool operator==(const Type&) const = default;

  std::string name() const;  // as PostgreSQL's format_type prints it: "numeric(10,2)"
  size_t width() const;      // bytes of one value in a column
  bool is_string() const {   // stored as StringRef
    return id == TypeId::kText || id == TypeId::kBytea || id == TypeId::kJsonb || is_array() ||
           id == TypeId::kEnum || id == TypeId::kRecord || id == TypeId::kBpchar;
  }
  constexpr Type plain() const { return {id, detail}; }  // without length and precision
  // Of one id and, where it says more than the id, one detail.
  constexpr bool is_same_kind(const Type& other) const {
    return id == other.id && detail == other.detail;
  }
  constexpr bool is_array() const { return is_array_id(id); }
  constexpr Type element() const { return with_id(element_id(id)); }
  constexpr Type array() const { return with_id(array_id(id)); }  // of this type
  bool is_integer() const {
    return id == TypeId::kInt2 || id == TypeId::kInt4 || id == TypeId::kInt8;
  }
  bool is_float() const { return id == TypeId::kFloat4 || id == TypeId::kFloat8; }
  bool is_number() const { return is_integer() || is_float() || id == TypeId::kNumeric; }
  bool is_time() const {
    return id == TypeId::kTimestamp || id == TypeId::kTimestamptz || id == TypeId::kDate;
  }

 private:
  constexpr Type with_id(TypeId other) const {
    Type type(*this);
    type.id = other;
    return type;
  }
};

// "integer", "int4", "numeric(10,2)", "varchar(5)", "timestamp with time zone", ...; any case. With
// "[]" or "[3]" behind it, any number of times, or " array": arrays of the type. An enum may be
// written by its labels, "enum('low', 'high')": those of the same labels are one type.
Result<Type> parse_type(std::string_view text);
// Takes "[]", "[3]" and " array" off the end of a name, which is lower case; whether any was there.
bool strip_array(std::string& name);

struct Interval {
  int32_t months = 0;
  int32_t days = 0;
  int64_t micros = 0;
  bool operator==(const Interval&) const = default;  // identity; SQL equality is in data/compare.h
};

struct Uuid {
  uint8_t bytes[16] = {};
  bool operator==(const Uuid&) const = default;
};

}  // namespace weir
