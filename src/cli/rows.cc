#include "cli/rows.h"

#include <unistd.h>

#include <fmt/core.h>

#include "codec/encoder.h"
#include "data/text_form.h"

namespace weir::cli {

namespace {

constexpr size_t kWidestColumn = 80;

// Characters of a UTF-8 text, near enough to the width on a terminal.
size_t width_of(std::string_view text) {
  size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return width;
}

struct CellStyle {
  std::string_view null;
  const TimeZone* zone;
};

std::string cell(const Column& column, uint32_t row, const CellStyle& style) {
  std::string text;
  if (column.is_null(row)) return std::string(style.null);
  append_text_form(text, column, row, {style.zone});
  return text;
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\t' || c == '\r') c = ' ';
  }
  return text;
}

std::string json(const engine::StatementResult& result) {
  const auto encoder = codec::make_encoder(codec::OutputFormat::kJson, result.schema);
  std::string out = "[";
  for (const Batch& batch : result.batches) {
    for (uint32_t row = 0; row < batch.rows; ++row) {
      if (out.size() > 1) out += ",\n ";
      encoder->encode(batch, row, out);
    }
  }
  return out + "]\n";
}

std::string tab_head(const Schema& schema) {
  std::string out;
  for (size_t i = 0; i < schema.size(); ++i) out += (i > 0 ? "\t" : "") + schema.fields[i].name;
  return out + "\n";
}

std::string tab_rows(const engine::StatementResult& result) {
  std::string out;
  for (const Batch& batch : result.batches) {
    for (uint32_t row = 0; row < batch.rows; ++row) {
      for (size_t i = 0; i < batch.columns.size(); ++i) {
        const CellStyle style{"", result.zone.get()};
        out += (i > 0 ? "\t" : "") + one_line(cell(*batch.columns[i], row, style));
      }
      out += "\n";
    }
  }
  return out;
}

std::string tabs(const engine::StatementResult& result) {
  return tab_head(result.schema) + tab_rows(result);
}

class Table {
 public:
  explicit Table(const engine::StatementResult& result)
      : schema_(result.schema), style_{"", result.zone.get()} {
    for (const Field& field : schema_.fields) widths_.push_back(width_of(field.name));
    for (const Batch& batch : result.batches) {
      for (uint32_t row = 0; row < batch.rows; ++row) add(batch, row);
    }
  }

  std::string text() const {
    std::string out;
    std::vector<std::string> names;
    for (const Field& field : schema_.fields) names.push_back(field.name);
    line(out, names, false);
    for (size_t i = 0; i < widths_.size(); ++i) {
      out += (i > 0 ? "+" : "") + std::string(widths_[i] + 2, '-');
    }
    out += "\n";
    for (const auto& cells : rows_) line(out, cells, true);
    return out + fmt::format("({} row{})\n", rows_.size(), rows_.size() == 1 ? "" : "s");
  }

 private:
  void add(const Batch& batch, uint32_t row) {
    std::vector<std::string>& cells = rows_.emplace_back();
    for (size_t i = 0; i < batch.columns.size(); ++i) {
      cells.push_back(one_line(cell(*batch.columns[i], row, style_)));
      widths_[i] = std::max(widths_[i], std::min(kWidestColumn, width_of(cells.back())));
    }
  }

  void line(std::string& out, const std::vector<std::string>& cells, bool align_numbers) const {
    for (size_t i = 0; i < cells.size(); ++i) {
      const size_t width = width_of(cells[i]);
      const std::string pad(width < widths_[i] ? widths_[i] - width : 0, ' ');
      const bool right = align_numbers && schema_.fields[i].type.is_number();
      const bool last = i + 1 == cells.size();
      out += (i > 0 ? "| " : " ") + (right ? pad + cells[i] : cells[i] + (last ? "" : pad));
      out += last ? "" : " ";
    }
    out += "\n";
  }

  const Schema& schema_;
  const CellStyle style_;
  std::vector<size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace

RowFormat row_format(const Context& context) {
  if (context.json) return RowFormat::kJson;
  return isatty(fileno(context.out)) ? RowFormat::kTable : RowFormat::kTabs;
}

std::string render_rows(const engine::StatementResult& result, RowFormat format) {
  switch (format) {
    case RowFormat::kTable: return Table(result).text();
    case RowFormat::kTabs: return tabs(result);
    case RowFormat::kJson: break;
  }
  return json(result);
}

std::string render_stream_head(const Schema& schema, RowFormat format) {
  return format == RowFormat::kJson ? "" : tab_head(schema);
}

std::string render_stream_rows(const engine::StatementResult& piece, RowFormat format) {
  if (format != RowFormat::kJson) return tab_rows(piece);
  const auto encoder = codec::make_encoder(codec::OutputFormat::kJson, piece.schema);
  std::string out;
  for (const Batch& batch : piece.batches) {
    for (uint32_t row = 0; row < batch.rows; ++row) {
      encoder->encode(batch, row, out);
      out += "\n";
    }
  }
  return out;
}

std::string render_expanded(const engine::StatementResult& result) {
  size_t width = 0;
  for (const Field& field : result.schema.fields) width = std::max(width, width_of(field.name));
  std::string out;
  uint64_t number = 0;
  for (const Batch& batch : result.batches) {
    for (uint32_t row = 0; row < batch.rows; ++row) {
      out += fmt::format("-[ RECORD {} ]-\n", ++number);
      for (size_t i = 0; i < batch.columns.size(); ++i) {
        const std::string& name = result.schema.fields[i].name;
        out += name + std::string(width - width_of(name), ' ') + " | " +
               one_line(cell(*batch.columns[i], row, {"", result.zone.get()})) + "\n";
      }
    }
  }
  return number > 0 ? out : "(0 rows)\n";
}

}  // namespace weir::cli
