#include "pgwire/client.h"

#include <charconv>

#include <fmt/core.h>

#include "data/text_form.h"
#include "pgwire/report.h"
#include "data/wire_type.h"

namespace weir::pgwire {

namespace {

constexpr uint32_t kBatchRows = 4096;

Error not_understood(std::string_view what) {
  return Error(ErrorKind::kUnavailable, 1690,
               fmt::format("the server's {} is not understood", what))
      .hint("see that the process at this port is weir, of the same version");
}

// The batches of one result, as its rows come.
class Rows {
 public:
  explicit Rows(Schema schema) : schema_(std::move(schema)), builder_(schema_) {}

  Status add(std::string_view body) {
    ByteReader in(body);
    if (in.be<uint16_t>() != schema_.size()) return not_understood("row");
    for (size_t i = 0; i < schema_.size(); ++i) {
      const auto length = in.be<int32_t>();
      if (length < 0) {
        builder_.column(i).append_null();
        continue;
      }
      const std::string_view text = in.raw(static_cast<size_t>(length));
      if (!in.ok()) return not_understood("row");
      ParseError error;
      if (!append_parsed(builder_.column(i), text, &error)) return not_understood("value");
    }
    builder_.end_row();
    if (builder_.rows() >= kBatchRows) batches_.push_back(builder_.finish());
    return {};
  }

  engine::StatementResult finish() {
    if (!builder_.empty()) batches_.push_back(builder_.finish());
    engine::StatementResult result;
    result.has_rows = true;
    result.schema = std::move(schema_);
    result.batches = std::move(batches_);
    return result;
  }

 private:
  Schema schema_;
  BatchBuilder builder_;
  std::vector<Batch> batches_;
};

Result<Schema> schema_of(std::string_view body) {
  ByteReader in(body);
  Schema schema;
  for (auto columns = in.be<uint16_t>(); columns > 0; --columns) {
    const std::string name(read_string(in, body));
    in.raw(6);  // table and column
    const auto oid = in.be<uint32_t>();
    in.raw(8);  // length, modifier, format
    if (!in.ok()) return not_understood("row description");
    schema.fields.push_back({name, type_of_oid(oid).value_or(TypeId::kText)});
  }
  return schema;
}

// "WR1203" or another server's routine: 1691.
uint16_t code_of(std::string_view routine) {
  uint16_t code = 1691;
  if (routine.starts_with("WR")) {
    std::from_chars(routine.data() + 2, routine.data() + routine.size(), code);
  }
  return code;
}

Error error_of(std::string_view body, std::string_view sql) {
  ByteReader in(body);
  std::map<char, std::string_view> fields;
  while (in.ok() && in.position() < body.size() && body[in.position()] != '\0') {
    const char field = body[in.position()];
    in.raw(1);
    fields[field] = read_string(in, body);
  }
  Error error = Error(kind_of_sqlstate(fields['C']), code_of(fields['R']), std::string(fields['M']))
                    .detail(std::string(fields['D']))
                    .hint(std::string(fields['H']))
                    .sqlstate(fields['C']);
  size_t position = 0;
  std::from_chars(fields['P'].data(), fields['P'].data() + fields['P'].size(), position);
  if (position == 0) return error;
  return std::move(error).at(span_of_position(position, sql));
}

}  // namespace

Client::Client(std::unique_ptr<io::Connection> connection)
    : connection_(std::move(connection)), wire_(*connection_, Sender::kServer) {}

Result<std::unique_ptr<Client>> Client::connect(const std::string& address) {
  std::unique_ptr<Client> client(new Client(TRY(io::connect_to(address))));
  TRY_VOID(client->log_in());
  return client;
}

Status Client::log_in() {
  append_startup(wire_.out(), {{"user", "weir"}, {"database", "weir"}});
  TRY_VOID(wire_.flush());
  for (;;) {
    const Frame frame = TRY(next());
    if (frame.type == 'E') return error_of(frame.body, "");
    if (frame.type == 'Z') return {};
    if (frame.type == 'R' && ByteReader(frame.body).be<uint32_t>() != 0) {
      return Error(ErrorKind::kNotSupported, 1692, "the server asks for a password")
          .hint("connect with psql, which can ask for it");
    }
  }
}

Result<engine::StatementResult> Client::query(std::string_view sql) {
  MessageWriter(wire_.out(), 'Q').string(sql);
  TRY_VOID(wire_.flush());
  std::optional<Rows> rows;
  std::optional<Error> failure;
  engine::StatementResult result;
  for (;;) {
    const Frame frame = TRY(next());
    switch (frame.type) {
      case 'T': rows.emplace(TRY(schema_of(frame.body))); break;
      case 'D':
        if (!rows) return not_understood("row");
        TRY_VOID(rows->add(frame.body));
        break;
      case 'C':
        result = rows ? rows->finish() : engine::StatementResult();
        result.tag = std::string(frame.body.substr(0, frame.body.find('\0')));
        rows.reset();
        break;
      case 'E': failure = error_of(frame.body, sql); break;
      case 'Z':
        if (failure) return *std::move(failure);
        return result;
      default: break;  // notices, parameters, the answer to an empty text
    }
  }
}

Result<Frame> Client::next() {
  if (const auto frame = TRY(wire_.read())) return *frame;
  return Error(ErrorKind::kUnavailable, 1693, "the server ended the connection");
}

}  // namespace weir::pgwire
