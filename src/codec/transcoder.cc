// A record that is broken goes on as a text that is no JSON, so that rows and dead rows are
// numbered in one place; then its own bytes and reason take the place of that text.
#include "codec/transcoder.h"

#include <map>

#include <fmt/core.h>

#include "codec/decoders.h"
#include "codec/framed_schemas.h"
#include "codec/record_splitter.h"

namespace weir::codec {

namespace {

constexpr std::string_view kNoJson = "!";

class Transcoder final : public Decoder {
 public:
  Transcoder(const DecoderOptions& options, std::string type, JsonMakerOf make,
             std::unique_ptr<JsonMaker> reader)
      : schemas_(options.schemas, std::move(type)),
        framed_(options.schemas != nullptr),
        max_record_bytes_(options.max_record_bytes),
        make_(std::move(make)),
        reader_(std::move(reader)) {}
  Status open(DecoderOptions options) {
    options.format = Format::kJson;
    json_ = TRY(make_json_decoder(options));
    return {};
  }

  Decoded decode(std::string_view bytes, bool, uint32_t) override {
    return decode_records({bytes});
  }
  Decoded decode_records(const std::vector<std::string_view>& records) override;
  Status prepare(const std::vector<std::string_view>& records) override {
    if (!framed_ || reader_) return {};
    return schemas_.prepare(records, make_);
  }
  void reset() override {}

 private:
  std::optional<std::string> transcode(std::string_view record, std::string& json);

  FramedSchemas<JsonMaker> schemas_;
  bool framed_;
  size_t max_record_bytes_;
  JsonMakerOf make_;
  std::unique_ptr<JsonMaker> reader_;
  std::unique_ptr<Decoder> json_;
};

std::optional<std::string> Transcoder::transcode(std::string_view record, std::string& json) {
  if (record.size() > max_record_bytes_) {
    return fmt::format("record is longer than {} bytes", max_record_bytes_);
  }
  if (!framed_) return reader_->make(record, json);
  if (!is_framed(record)) return unframed_reason(record);
  std::string reason;
  JsonMaker* maker = reader_ ? reader_.get() : schemas_.find(record, make_, &reason);
  if (!maker) return reason;
  return maker->make(record.substr(kFrameBytes), json);
}

Decoded Transcoder::decode_records(const std::vector<std::string_view>& records) {
  std::vector<std::string> texts(records.size());
  std::vector<std::string_view> views;
  std::map<size_t, std::string> reasons;
  std::vector<size_t> offsets;
  size_t consumed = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    offsets.push_back(consumed);
    consumed += records[i].size();
    if (records[i].data() == kEmptyRecord.data()) {
      views.push_back(records[i]);
      continue;
    }
    auto reason = transcode(records[i], texts[i]);
    views.push_back(reason ? kNoJson : std::string_view(texts[i]));
    if (reason) reasons[i] = std::move(*reason);
  }
  Decoded out = json_->decode_records(views);
  for (DeadRow& dead : out.dead) {
    dead.byte_offset = offsets[dead.index];
    dead.raw = std::string(records[dead.index].substr(0, RecordSplitter::kRawBytes));
    if (const auto broken = reasons.find(dead.index); broken != reasons.end()) {
      dead.sqlstate = "22P02";
      dead.reason = std::move(broken->second);
    }
  }
  out.consumed = consumed;
  return out;
}

}  // namespace

Result<std::unique_ptr<Decoder>> make_transcoder(const DecoderOptions& options, std::string type,
                                                 JsonMakerOf make,
                                                 std::unique_ptr<JsonMaker> reader) {
  if (!options.schemas && !reader) {
    return Error(ErrorKind::kInternal, 1841, "records are read without registry and schema");
  }
  auto out = std::make_unique<Transcoder>(options, std::move(type), std::move(make),
                                          std::move(reader));
  TRY_VOID(out->open(options));
  return std::unique_ptr<Decoder>(std::move(out));
}

}  // namespace weir::codec
