// A Protobuf schema: the text of a .proto file and of those that it imports, to descriptors of its
// messages. Google's well-known files, and Confluent's two, need not be given.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/schema_source.h"

namespace google::protobuf {
class Descriptor;
}

namespace weir::codec {

class ProtobufSchema {
 public:
  // `imports`: each behind what it imports itself. Errors: kInvalidData 1840.
  static Result<std::unique_ptr<ProtobufSchema>> parse(std::string_view text,
                                                       const std::vector<NamedSchema>& imports);
  ~ProtobufSchema();

  // By its place in the file: 1, 0 is the first message within the second. Null: there is none.
  const google::protobuf::Descriptor* message(const std::vector<int64_t>& path) const;
  // By its full name, or its name within the file's package; empty: the first of the file.
  const google::protobuf::Descriptor* message(const std::string& name) const;

 private:
  struct Parts;
  explicit ProtobufSchema(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// What a file imports, without those that need not be given. Errors: 1840.
Result<std::vector<std::string>> protobuf_imports(std::string_view text);

}  // namespace weir::codec
