// What differs from Protobuf's own JSON: names as the file has them, integers bare whatever their
// size, bytes as PostgreSQL prints them, durations as intervals; fields without presence are always
// there, those with presence only where they were set or have a default.
#include "codec/protobuf_json.h"

#include <charconv>
#include <cmath>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>

#include <fmt/core.h>

#include "data/calendar.h"
#include "data/text_form.h"

namespace weir::codec {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

namespace {

constexpr int kMaxDepth = 100;
constexpr size_t kMaxJson = size_t{64} << 20;  // few bytes may stand for many fields

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void object(const pb::Message& message, const std::set<std::string>* wanted);
  const std::string& fault() const { return fault_; }

 private:
  void message(const pb::Message& message);
  bool known_message(const pb::Message& message);
  void member(const pb::Message& message, const Field* field);
  void map(const pb::Message& message, const Field* field);
  void map_key(const pb::Message& entry, const Field* key);
  void items(const pb::Message& message, const Field* field);
  // `index` below 0: the one value of a field that is not repeated.
  void value(const pb::Message& message, const Field* field, int index);
  void integer(const pb::Message& message, const Field* field, int index);
  void enumeration(const pb::Message& message, const Field* field, int index);
  void real(double number, bool is_float);
  void stamp(const pb::Message& message);
  void duration(const pb::Message& message);
  void date(const pb::Message& message);
  void time_of_day(const pb::Message& message);
  void decimal(const pb::Message& message);
  void dynamic_value(const pb::Message& message);
  void sql(const Value& value) { append_json_form(out_, *constant_column(value, 1), 0); }
  void null_because(std::string reason) {
    if (fault_.empty()) fault_ = std::move(reason);
    out_ += "null";
  }

  std::string& out_;
  std::string fault_;
  int depth_ = 0;
};

int64_t integer_of(const pb::Message& message, const char* name) {
  const Field* field = message.GetDescriptor()->FindFieldByName(name);
  const pb::Reflection* reflection = message.GetReflection();
  switch (field ? field->cpp_type() : Field::CPPTYPE_STRING) {
    case Field::CPPTYPE_INT64: return reflection->GetInt64(message, field);
    case Field::CPPTYPE_INT32: return reflection->GetInt32(message, field);
    default: return 0;
  }
}

bool is_missing(const pb::Message& message, const Field* field) {
  return field->has_presence() && !field->has_default_value() &&
         !message.GetReflection()->HasField(message, field);
}

void JsonWriter::object(const pb::Message& message, const std::set<std::string>* wanted) {
  if (out_.size() > kMaxJson) return null_because("the record is longer than 64 MiB as JSON");
  const pb::Descriptor* type = message.GetDescriptor();
  out_.push_back('{');
  bool first = true;
  for (int i = 0; i < type->field_count(); ++i) {
    const Field* field = type->field(i);
    if (wanted && !wanted->count(field->name())) continue;
    if (!field->is_repeated() && is_missing(message, field)) continue;
    if (!first) out_.push_back(',');
    first = false;
    append_json_string(out_, field->name());
    out_.push_back(':');
    member(message, field);
  }
  out_.push_back('}');
}

void JsonWriter::member(const pb::Message& message, const Field* field) {
  if (field->is_map()) return map(message, field);
  if (field->is_repeated()) return items(message, field);
  value(message, field, -1);
}

void JsonWriter::items(const pb::Message& message, const Field* field) {
  const int count = message.GetReflection()->FieldSize(message, field);
  out_.push_back('[');
  for (int i = 0; i < count; ++i) {
    if (i > 0) out_.push_back(',');
    value(message, field, i);
  }
  out_.push_back(']');
}

void JsonWriter::map(const pb::Message& message, const Field* field) {
  const pb::Reflection* reflection = message.GetReflection();
  const int count = reflection->FieldSize(message, field);
  out_.push_back('{');
  for (int i = 0; i < count; ++i) {
    const pb::Message& entry = reflection->GetRepeatedMessage(message, field, i);
    const pb::Descriptor* type = entry.GetDescriptor();
    if (i > 0) out_.push_back(',');
    map_key(entry, type->map_key());
    out_.push_back(':');
    value(entry, type->map_value(), -1);
  }
  out_.push_back('}');
}

void JsonWriter::map_key(const pb::Message& entry, const Field* key) {
  if (key->cpp_type() == Field::CPPTYPE_STRING) return value(entry, key, -1);
  out_.push_back('"');
  value(entry, key, -1);
  out_.push_back('"');
}

void JsonWriter::value(const pb::Message& message, const Field* field, int index) {
  const pb::Reflection* r = message.GetReflection();
  const bool one = index < 0;
  switch (field->cpp_type()) {
    case Field::CPPTYPE_BOOL:
      out_ += (one ? r->GetBool(message, field) : r->GetRepeatedBool(message, field, index))
                  ? "true"
                  : "false";
      return;
    case Field::CPPTYPE_FLOAT:
      return real(one ? r->GetFloat(message, field) : r->GetRepeatedFloat(message, field, index),
                  true);
    case Field::CPPTYPE_DOUBLE:
      return real(one ? r->GetDouble(message, field) : r->GetRepeatedDouble(message, field, index),
                  false);
    case Field::CPPTYPE_ENUM: return enumeration(message, field, index);
    case Field::CPPTYPE_STRING: {
      const std::string text =
          one ? r->GetString(message, field) : r->GetRepeatedString(message, field, index);
      if (field->type() == Field::TYPE_BYTES) return sql({TypeId::kBytea, text});
      if (text.find('\0') != std::string::npos) return null_because("a string holds a zero byte");
      return append_json_string(out_, text);
    }
    case Field::CPPTYPE_MESSAGE:
      return this->message(one ? r->GetMessage(message, field)
                               : r->GetRepeatedMessage(message, field, index));
    default: return integer(message, field, index);
  }
}

void JsonWriter::integer(const pb::Message& message, const Field* field, int index) {
  const pb::Reflection* r = message.GetReflection();
  const bool one = index < 0;
  switch (field->cpp_type()) {
    case Field::CPPTYPE_INT32:
      out_ += std::to_string(one ? r->GetInt32(message, field)
                                 : r->GetRepeatedInt32(message, field, index));
      return;
    case Field::CPPTYPE_UINT32:
      out_ += std::to_string(one ? r->GetUInt32(message, field)
                                 : r->GetRepeatedUInt32(message, field, index));
      return;
    case Field::CPPTYPE_UINT64:
      out_ += std::to_string(one ? r->GetUInt64(message, field)
                                 : r->GetRepeatedUInt64(message, field, index));
      return;
    default:
      out_ += std::to_string(one ? r->GetInt64(message, field)
                                 : r->GetRepeatedInt64(message, field, index));
  }
}

// A number that the writer's enum does not name stays a number.
void JsonWriter::enumeration(const pb::Message& message, const Field* field, int index) {
  const pb::Reflection* r = message.GetReflection();
  const int number = index < 0 ? r->GetEnumValue(message, field)
                               : r->GetRepeatedEnumValue(message, field, index);
  if (field->enum_type()->full_name() == "google.protobuf.NullValue") {
    out_ += "null";
  } else if (const auto* named = field->enum_type()->FindValueByNumber(number)) {
    append_json_string(out_, named->name());
  } else {
    out_ += std::to_string(number);
  }
}

void JsonWriter::real(double number, bool is_float) {
  if (!std::isfinite(number)) {
    out_ += std::isnan(number) ? "\"NaN\"" : number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return;
  }
  char text[40];
  const auto end = is_float ? std::to_chars(text, text + sizeof text, static_cast<float>(number))
                            : std::to_chars(text, text + sizeof text, number);
  out_.append(text, end.ptr);
}

void JsonWriter::message(const pb::Message& message) {
  if (++depth_ > kMaxDepth) {
    null_because("messages are nested more than 100 deep");
  } else if (!known_message(message)) {
    object(message, nullptr);
  }
  --depth_;
}

// Messages that stand for a value of their own.
bool JsonWriter::known_message(const pb::Message& message) {
  const pb::Descriptor* type = message.GetDescriptor();
  const std::string& name = type->full_name();
  if (name == "google.protobuf.Timestamp") return stamp(message), true;
  if (name == "google.protobuf.Duration") return duration(message), true;
  if (name == "google.type.Date") return date(message), true;
  if (name == "google.type.TimeOfDay") return time_of_day(message), true;
  if (name == "confluent.type.Decimal") return decimal(message), true;
  if (name == "google.protobuf.Value") return dynamic_value(message), true;
  const bool is_holder = type->file()->name() == "google/protobuf/wrappers.proto" ||
                         name == "google.protobuf.Struct" || name == "google.protobuf.ListValue";
  if (!is_holder || type->field_count() != 1) return false;
  member(message, type->field(0));
  return true;
}

void JsonWriter::dynamic_value(const pb::Message& message) {
  const pb::Descriptor* type = message.GetDescriptor();
  const pb::OneofDescriptor* kind = type->FindOneofByName("kind");
  const Field* given =
      kind ? message.GetReflection()->GetOneofFieldDescriptor(message, kind) : nullptr;
  if (!given) {
    out_ += "null";
    return;
  }
  value(message, given, -1);
}

// Nanoseconds are rounded to the nearest microsecond, which is what a column can hold.
std::optional<Micros> micros_of(const pb::Message& message) {
  const int64_t nanos = integer_of(message, "nanos");
  const __int128 whole = static_cast<__int128>(integer_of(message, "seconds")) * 1'000'000;
  const __int128 micros =
      whole + floor_div(nanos, 1000) + (floor_mod(nanos, 1000) >= 500 ? 1 : 0);
  if (micros < INT64_MIN || micros > INT64_MAX) return std::nullopt;
  return static_cast<Micros>(micros);
}

void JsonWriter::stamp(const pb::Message& message) {
  const auto micros = micros_of(message);
  if (!micros || *micros < kMinTimestamp || *micros >= kEndTimestamp) {
    return null_because("a timestamp is out of range");
  }
  sql({TypeId::kTimestamptz, *micros});
}

void JsonWriter::duration(const pb::Message& message) {
  const auto micros = micros_of(message);
  if (!micros) return null_because("a duration is out of range");
  sql({TypeId::kInterval, Interval{0, 0, *micros}});
}

void JsonWriter::date(const pb::Message& message) {
  const std::string text =
      fmt::format("{:04}-{:02}-{:02}", integer_of(message, "year"), integer_of(message, "month"),
                  integer_of(message, "day"));
  append_json_string(out_, text);
}

void JsonWriter::time_of_day(const pb::Message& message) {
  append_json_string(out_, fmt::format("{:02}:{:02}:{:02}.{:09}", integer_of(message, "hours"),
                                       integer_of(message, "minutes"),
                                       integer_of(message, "seconds"),
                                       integer_of(message, "nanos")));
}

// Two's complement, the highest byte first.
void JsonWriter::decimal(const pb::Message& message) {
  const Field* field = message.GetDescriptor()->FindFieldByName("value");
  const int64_t scale = integer_of(message, "scale");
  if (!field || field->type() != Field::TYPE_BYTES || scale < 0 || scale > Decimal::kMaxDigits) {
    return null_because("a decimal is out of range");
  }
  const std::string bytes = message.GetReflection()->GetString(message, field);
  if (bytes.size() > sizeof(Int128)) return null_because("a decimal of more than 38 digits");
  UInt128 number = !bytes.empty() && (bytes[0] & 0x80) ? ~UInt128{0} : UInt128{0};
  for (const char c : bytes) number = (number << 8) | static_cast<unsigned char>(c);
  out_ += Decimal(static_cast<Int128>(number), static_cast<int>(scale)).to_string();
}

}  // namespace

struct ProtobufJson::Parts {
  pb::DynamicMessageFactory factory;
  std::unique_ptr<pb::Message> message;
  std::set<std::string> wanted;
};

ProtobufJson::ProtobufJson(const pb::Descriptor* message, std::set<std::string> wanted)
    : parts_(std::make_unique<Parts>()) {
  parts_->message.reset(parts_->factory.GetPrototype(message)->New());
  parts_->wanted = std::move(wanted);
}
ProtobufJson::~ProtobufJson() = default;

std::optional<std::string> ProtobufJson::append(std::string_view record, std::string& out) {
  constexpr size_t kMaxRecord = INT32_MAX;
  if (record.size() > kMaxRecord) return "the record is too long";
  pb::Message& message = *parts_->message;
  if (!message.ParsePartialFromArray(record.data(), static_cast<int>(record.size()))) {
    return fmt::format("the bytes are no {}", message.GetDescriptor()->full_name());
  }
  if (!message.IsInitialized()) {
    return fmt::format("required fields are missing: {}", message.InitializationErrorString());
  }
  JsonWriter writer(out);
  writer.object(message, parts_->wanted.empty() ? nullptr : &parts_->wanted);
  if (!writer.fault().empty()) return writer.fault();
  return std::nullopt;
}

}  // namespace weir::codec
