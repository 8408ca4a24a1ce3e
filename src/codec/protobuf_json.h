// Protobuf records to JSON, from where they go the JSON decoder's way: one set of rules says how
// values become columns. Only those fields of the record are written out that some column takes.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace google::protobuf {
class Descriptor;
}

namespace weir::codec {

class ProtobufJson {
 public:
  // `wanted`: names of fields; empty: all. The descriptor outlives it.
  ProtobufJson(const google::protobuf::Descriptor* message, std::set<std::string> wanted);
  ~ProtobufJson();
  // Appends; what is wrong, or nothing.
  std::optional<std::string> append(std::string_view record, std::string& out);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace weir::codec
