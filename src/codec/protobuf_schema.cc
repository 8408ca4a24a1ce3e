#include "codec/protobuf_schema.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/wrappers.pb.h>

#include <fmt/core.h>

namespace weir::codec {

namespace pb = google::protobuf;

namespace {

constexpr size_t kMaxText = 4 << 20;
constexpr char kRootFile[] = "schema.proto";

// What registries of Confluent's kind take as known to everyone, as far as readers of records need
// it.
constexpr std::pair<std::string_view, std::string_view> kKnownTexts[] = {
    {"confluent/meta.proto",
     R"(syntax = "proto3"; package confluent; import "google/protobuf/descriptor.proto";
        message Meta { string doc = 1; map<string, string> params = 2; repeated string tags = 3; }
        extend google.protobuf.FileOptions { Meta file_meta = 1088; }
        extend google.protobuf.MessageOptions { Meta message_meta = 1088; }
        extend google.protobuf.FieldOptions { Meta field_meta = 1088; }
        extend google.protobuf.EnumOptions { Meta enum_meta = 1088; }
        extend google.protobuf.EnumValueOptions { Meta enum_value_meta = 1088; })"},
    {"confluent/type/decimal.proto",
     R"(syntax = "proto3"; package confluent.type;
        message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; })"},
    {"google/type/date.proto",
     R"(syntax = "proto3"; package google.type;
        message Date { int32 year = 1; int32 month = 2; int32 day = 3; })"},
    {"google/type/timeofday.proto",
     R"(syntax = "proto3"; package google.type;
        message TimeOfDay {
          int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4;
        })"},
};

std::string_view known_text(std::string_view name) {
  for (const auto& [known, text] : kKnownTexts) {
    if (known == name) return text;
  }
  return {};
}

// The library's own files, once they are linked in.
const pb::FileDescriptor* library_file(const std::string& name) {
  const pb::FileDescriptor* files[] = {
      pb::Any::descriptor()->file(),      pb::FileDescriptorProto::descriptor()->file(),
      pb::Duration::descriptor()->file(), pb::Empty::descriptor()->file(),
      pb::FieldMask::descriptor()->file(), pb::Struct::descriptor()->file(),
      pb::Timestamp::descriptor()->file(), pb::DoubleValue::descriptor()->file()};
  for (const pb::FileDescriptor* file : files) {
    if (file->name() == name) return file;
  }
  return nullptr;
}

bool is_known(const std::string& name) {
  return library_file(name) != nullptr || !known_text(name).empty();
}

Error wrong(const std::string& what) {
  return Error(ErrorKind::kInvalidData, 1840, fmt::format("invalid Protobuf schema: {}", what));
}

// The first of what is wrong.
class Complaints final : public pb::io::ErrorCollector, public pb::DescriptorPool::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    note(fmt::format("line {}, column {}: {}", line + 1, column + 1, message));
  }
  void AddError(const std::string&, const std::string& element, const pb::Message*, ErrorLocation,
                const std::string& message) override {
    note(fmt::format("{}: {}", element, message));
  }
  Error error() const { return wrong(first_.empty() ? "it cannot be read" : first_); }
  bool any() const { return !first_.empty(); }

 private:
  void note(std::string message) {
    if (first_.empty()) first_ = std::move(message);
  }
  std::string first_;
};

Result<pb::FileDescriptorProto> parse_file(const std::string& name, std::string_view text) {
  if (text.size() > kMaxText) return wrong("its text is longer than 4 MiB");
  Complaints complaints;
  pb::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  pb::io::Tokenizer tokens(&input, &complaints);
  pb::compiler::Parser parser;
  parser.RecordErrorsTo(&complaints);
  pb::FileDescriptorProto out;
  if (!parser.Parse(&tokens, &out) || complaints.any()) return complaints.error();
  out.set_name(name);
  return out;
}

}  // namespace

struct ProtobufSchema::Parts {
  pb::DescriptorPool pool;
  const pb::FileDescriptor* root = nullptr;

  Status add(const std::string& name, std::string_view text);
  Status add_known(const std::string& name);
  Result<const pb::FileDescriptor*> build(const pb::FileDescriptorProto& file);
};

Result<const pb::FileDescriptor*> ProtobufSchema::Parts::build(
    const pb::FileDescriptorProto& file) {
  for (const std::string& import : file.dependency()) {
    if (!pool.FindFileByName(import)) TRY_VOID(add_known(import));
  }
  Complaints complaints;
  const pb::FileDescriptor* built = pool.BuildFileCollectingErrors(file, &complaints);
  if (!built) return complaints.error();
  return built;
}

Status ProtobufSchema::Parts::add(const std::string& name, std::string_view text) {
  root = TRY(build(TRY(parse_file(name, text))));
  return {};
}

Status ProtobufSchema::Parts::add_known(const std::string& name) {
  if (const std::string_view text = known_text(name); !text.empty()) return add(name, text);
  const pb::FileDescriptor* file = library_file(name);
  if (!file) return wrong(fmt::format("there is no file \"{}\" to import", name));
  pb::FileDescriptorProto copy;
  file->CopyTo(&copy);
  return build(copy) ? Status() : Status(wrong(fmt::format("\"{}\" cannot be imported", name)));
}

ProtobufSchema::ProtobufSchema(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ProtobufSchema::~ProtobufSchema() = default;

Result<std::unique_ptr<ProtobufSchema>> ProtobufSchema::parse(
    std::string_view text, const std::vector<NamedSchema>& imports) {
  pb::SetLogHandler(nullptr);  // what is wrong is told by errors
  auto parts = std::make_unique<Parts>();
  for (const NamedSchema& import : imports) {
    if (parts->pool.FindFileByName(import.name)) continue;
    TRY_VOID(parts->add(import.name, import.text));
  }
  std::string root = kRootFile;
  while (parts->pool.FindFileByName(root)) root.insert(0, "_");
  TRY_VOID(parts->add(root, text));
  if (parts->root->message_type_count() == 0) return wrong("it has no message");
  return std::unique_ptr<ProtobufSchema>(new ProtobufSchema(std::move(parts)));  // NOLINT
}

const pb::Descriptor* ProtobufSchema::message(const std::vector<int64_t>& path) const {
  const pb::Descriptor* found = nullptr;
  for (const int64_t index : path) {
    const int count = found ? found->nested_type_count() : parts_->root->message_type_count();
    if (index < 0 || index >= count) return nullptr;
    const int at = static_cast<int>(index);
    found = found ? found->nested_type(at) : parts_->root->message_type(at);
  }
  return found;
}

const pb::Descriptor* ProtobufSchema::message(const std::string& name) const {
  if (name.empty()) return parts_->root->message_type(0);
  if (const auto* found = parts_->pool.FindMessageTypeByName(name)) return found;
  return parts_->pool.FindMessageTypeByName(parts_->root->package() + "." + name);
}

Result<std::vector<std::string>> protobuf_imports(std::string_view text) {
  const pb::FileDescriptorProto file = TRY(parse_file(kRootFile, text));
  std::vector<std::string> out;
  for (const std::string& import : file.dependency()) {
    if (!is_known(import)) out.push_back(import);
  }
  return out;
}

}  // namespace weir::codec
