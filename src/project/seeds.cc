// A seed is a CSV file with a header that becomes a bounded stream of its own name. Types are
// declared in seeds/*.yml or taken from the values: the first of boolean, bigint, numeric, date,
// timestamptz and text that all values of the column have. The whole file is read here: a seed is
// small (16 MiB).
#include <fmt/core.h>

#include <charconv>

#include "data/text_form.h"
#include "project/loading.h"

namespace weir::project {

namespace {

constexpr size_t kMaxSeedBytes = 16 << 20;

struct CsvCell {
  std::string text;
  bool quoted = false;
  uint32_t line = 0;
  uint32_t column = 0;
};
using CsvRow = std::vector<CsvCell>;

struct CsvText {
  std::vector<CsvRow> rows;
  bool open_quote = false;
  SourceSpan open_at;
};

// RFC 4180 with line breaks in quotes; places are kept for diagnostics.
CsvText split_csv(std::string_view text, char delimiter, char quote, const std::string& file) {
  CsvText out;
  CsvRow row;
  uint32_t line = 1;
  uint32_t column = 1;
  CsvCell cell{"", false, line, column};
  bool inside = false;
  const auto end_row = [&] {
    row.push_back(std::move(cell));
    const bool empty = row.size() == 1 && row[0].text.empty() && !row[0].quoted;
    if (!empty) out.rows.push_back(std::move(row));
    row.clear();
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >> 6 != 2) ++column;
    if (inside) {
      if (c == quote && i + 1 < text.size() && text[i + 1] == quote) {
        cell.text += quote;
        ++i;
        ++column;
      } else if (c == quote) {
        inside = false;
      } else {
        cell.text += c;
      }
      if (c == '\n') ++line, column = 1;
    } else if (c == quote && cell.text.empty() && !cell.quoted) {
      inside = cell.quoted = true;
      out.open_at = {file, cell.line, cell.column};
    } else if (c == delimiter) {
      row.push_back(std::move(cell));
      cell = {"", false, line, column};
    } else if (c == '\n') {
      end_row();
      ++line;
      column = 1;
      cell = {"", false, line, column};
    } else if (c != '\r') {
      cell.text += c;
    }
  }
  if (!cell.text.empty() || !row.empty() || cell.quoted) end_row();
  out.open_quote = inside;
  return out;
}

bool reads_as(const std::string& text, const Type& type) {
  return parse_text_form(text, type).has_value();
}

Type inferred(const std::vector<CsvRow>& rows, size_t column) {
  static constexpr TypeId kOrder[] = {TypeId::kBool, TypeId::kInt8, TypeId::kNumeric, TypeId::kDate,
                                      TypeId::kTimestamptz};
  for (const TypeId id : kOrder) {
    bool all = true;
    bool any = false;
    for (size_t i = 1; i < rows.size() && all; ++i) {
      if (column >= rows[i].size()) continue;
      const CsvCell& cell = rows[i][column];
      if (cell.text.empty() && !cell.quoted) continue;
      any = true;
      all = !cell.quoted && reads_as(cell.text, Type(id));
      if (all && id == TypeId::kBool) all = cell.text == "true" || cell.text == "false";
    }
    if (all && any) return Type(id);
  }
  return Type(TypeId::kText);
}

struct Declared {
  YamlNode node;
  bool used = false;
};

class SeedReading {
 public:
  SeedReading(Loading& loading, std::string path, std::string name, const YamlNode* declared)
      : loading_(loading), path_(std::move(path)), name_(std::move(name)), declared_(declared) {}
  bool read();

 private:
  bool header(const CsvRow& row);
  bool declare();
  bool values(const std::vector<CsvRow>& rows);
  SourceSpan place(const CsvCell& cell) const { return {path_, cell.line, cell.column}; }

  Loading& loading_;
  std::string path_;
  std::string name_;
  const YamlNode* declared_;
  connect::SourceSpec spec_;
};

bool SeedReading::header(const CsvRow& row) {
  bool good = true;
  for (const CsvCell& cell : row) {
    const std::string fault = name_fault(cell.text);
    if (!fault.empty()) {
      loading_.report(1115, fmt::format("column name {} {}", quoted(cell.text), fault), place(cell),
                      "a lower-case letter, then up to 50 of a-z, 0-9 and single _",
                      "rename the column");
      good = false;
    }
    if (spec_.definition.schema.find(cell.text) >= 0) {
      loading_.report(1137, fmt::format("column {} is given twice", quoted(cell.text)), place(cell),
                      "each column once", "rename one of the two");
      good = false;
    }
    spec_.definition.schema.fields.push_back({cell.text, Type(TypeId::kText)});
  }
  return good;
}

bool SeedReading::declare() {
  bool good = true;
  if (!declared_) return true;
  for (const YamlNode* column : list_value(*declared_, "columns")) {
    if (!column->is_mapping()) continue;
    const YamlNode* name = column->find("name");
    auto type = parse_type(text_value(*column, "type"));
    if (!name || !type) continue;
    if (!check_column(loading_, *name, spec_.definition.schema, "columns")) {
      good = false;
      continue;
    }
    const int at = spec_.definition.schema.find(name->text);
    spec_.definition.schema.fields[static_cast<size_t>(at)].type = *type;
  }
  return good;
}

bool SeedReading::values(const std::vector<CsvRow>& rows) {
  const Schema& schema = spec_.definition.schema;
  int reported = 0;
  for (size_t i = 1; i < rows.size() && reported < 10; ++i) {
    if (rows[i].size() != schema.size()) {
      loading_.report(1156, fmt::format("row has {} fields, the header has {}", rows[i].size(),
                                        schema.size()),
                      place(rows[i][0]), fmt::format("{} fields", schema.size()),
                      "quote fields that hold the delimiter");
      ++reported;
      continue;
    }
    for (size_t c = 0; c < rows[i].size(); ++c) {
      const CsvCell& cell = rows[i][c];
      const bool null = cell.text == spec_.decoder.csv_null && !cell.quoted;
      if (null || reads_as(cell.text, schema.fields[c].type)) continue;
      loading_.report(1157, fmt::format("{} is no {}", quoted(cell.text),
                                        schema.fields[c].type.name()),
                      place(cell), fmt::format("a value of type {}", schema.fields[c].type.name()),
                      "correct the value, or declare another type for the column");
      ++reported;
    }
  }
  return reported == 0;
}

bool SeedReading::read() {
  const std::string* text = loading_.text_of(path_);
  if (!text) return false;
  if (text->size() > kMaxSeedBytes) {
    loading_.report(1163, fmt::format("a seed of more than {} MiB", kMaxSeedBytes >> 20), {path_},
                    "a small table", "make it a source with from: {file: ...}");
    return false;
  }
  const size_t broken = find_broken_utf8(*text);
  if (broken != std::string::npos) {
    loading_.report(
        1101,
        fmt::format("byte 0x{:02x} is not UTF-8 text", static_cast<unsigned char>((*text)[broken])),
        place_of_byte(*text, broken, path_), "a file in UTF-8", "save the file as UTF-8");
    return false;
  }
  if (declared_) {
    const std::string delimiter = text_value(*declared_, "delimiter");
    const std::string quote = text_value(*declared_, "quote");
    if (!delimiter.empty()) spec_.decoder.csv_delimiter = delimiter[0];
    if (!quote.empty()) spec_.decoder.csv_quote = quote[0];
    if (const YamlNode* null = declared_->find("null")) spec_.decoder.csv_null = null->text;
  }
  CsvText csv = split_csv(*text, spec_.decoder.csv_delimiter, spec_.decoder.csv_quote, path_);
  if (csv.open_quote) {
    loading_.report(1155, "a quote is not closed", csv.open_at, "a closing quote",
                    "close the quote");
    return false;
  }
  if (csv.rows.empty()) {
    loading_.report(1155, "the seed has no header", {path_, 1, 1}, "a first line with column names",
                    "add a header line");
    return false;
  }
  if (!header(csv.rows[0])) return false;
  for (size_t c = 0; c < csv.rows[0].size(); ++c) {
    spec_.definition.schema.fields[c].type = inferred(csv.rows, c);
  }
  if (!declare() || !values(csv.rows)) return false;
  spec_.definition.name = name_;
  spec_.definition.bounded = true;
  spec_.connector = "file";
  spec_.options = {{"path", path_}};
  spec_.decoder.format = codec::Format::kCsv;
  for (const Field& field : spec_.definition.schema.fields)
    spec_.decoder.columns.push_back({field});
  loading_.project.catalog.add_stream(spec_.definition);
  loading_.project.sources.push_back(std::move(spec_));
  return true;
}

std::map<std::string, Declared> read_declarations(Loading& loading) {
  std::map<std::string, Declared> out;
  for (const std::string& path : loading.list_files("seeds", true)) {
    if (path.ends_with(".csv")) continue;
    auto tree = loading.yaml_of(path);
    if (!tree) continue;
    for (const YamlNode* node : objects_of(loading, *tree, file_kind("seeds/"))) {
      check_object(loading, *node, *find_object_type("seed"));
      const std::string name = node->is_mapping() ? text_value(*node, "name") : "";
      if (!name.empty()) out[name] = {*node, false};
    }
  }
  return out;
}

}  // namespace

void load_seeds(Loading& loading) {
  std::map<std::string, Declared> declared = read_declarations(loading);
  for (const std::string& path : loading.list_files("seeds", true)) {
    if (!path.ends_with(".csv")) continue;
    const std::string base = io::base_name(path);
    const std::string name = base.substr(0, base.size() - 4);
    const bool taken = loading.take_name(name, {path}, "seed");
    const auto it = declared.find(name);
    if (it != declared.end()) it->second.used = true;
    SeedReading reading(loading, path, name, it == declared.end() ? nullptr : &it->second.node);
    if (!reading.read() || !taken) loading.failed.insert(name);
  }
  for (const auto& [name, entry] : declared) {
    if (entry.used) continue;
    loading.report(1141, fmt::format("there is no seed {}", quoted(name)),
                   entry.node.find("name")->span, fmt::format("a file seeds/{}.csv", name),
                   "add the file, or remove this entry");
  }
}

}  // namespace weir::project
