#include "pgwire/rows.h"

#include "data/text_form.h"
#include "pgwire/binary_form.h"
#include "pgwire/message.h"
#include "data/wire_type.h"

namespace weir::pgwire {

namespace {

int16_t format_of(const Formats& formats, size_t column) {
  if (formats.empty()) return 0;
  return formats[formats.size() == 1 ? 0 : column];
}

}  // namespace

void append_row_description(std::string& out, const Schema& schema, const Formats& formats) {
  MessageWriter message(out, 'T');
  message.be(static_cast<uint16_t>(schema.size()));
  for (size_t i = 0; i < schema.size(); ++i) {
    const Field& field = schema.fields[i];
    const WireType type = wire_type(field.type);
    message.string(field.name);
    message.be<uint32_t>(0).be<int16_t>(0);  // no table, no column of one
    message.be(type.oid).be(type.length).be(type.modifier).be(format_of(formats, i));
  }
}

void append_data_row(std::string& out, const RowCursor& cursor, const Formats& formats) {
  const Batch& batch = cursor.batch();
  const uint32_t row = cursor.row();
  MessageWriter message(out, 'D');
  message.be(static_cast<uint16_t>(batch.columns.size()));
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    const ColumnPtr& column = batch.columns[i];
    if (column->is_null(row)) {
      message.be<int32_t>(-1);
      continue;
    }
    const size_t begin = out.size();
    message.be<uint32_t>(0);
    if (format_of(formats, i) == 0) {
      append_text_form(out, *column, row, cursor.text_style());
    } else {
      append_binary_form(out, *column, row);
    }
    const auto length = byte_swap(static_cast<uint32_t>(out.size() - begin - sizeof(uint32_t)));
    out.replace(begin, sizeof length, reinterpret_cast<const char*>(&length), sizeof length);
  }
}

void RowCursor::next() {
  if (++repeated_ < batch().weight(row_)) return;
  repeated_ = 0;
  ++row_;
  skip();
}

void RowCursor::skip() {
  for (; !at_end(); ++batch_, row_ = 0) {
    while (row_ < batch().rows && batch().weight(row_) <= 0) ++row_;
    if (row_ < batch().rows) return;
  }
}

}  // namespace weir::pgwire
