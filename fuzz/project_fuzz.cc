// libFuzzer: any text as one file of a project that is sound otherwise (the first byte says which):
// keys, types, substitution, names, seeds, front matter. Either there is a project or an error with
// a code and a file.
#include "base/check.h"
#include "io/sim_file_system.h"
#include "project/project.h"

namespace {

struct File {
  const char* path;
  const char* text;
};

constexpr File kFiles[] = {
    {"weir.yml", "name: p\n"},
    {"environments/dev.yml", "vars: {a: b, n: 5}\n"},
    {"sources/s.yml",
     "sources:\n- name: s\n  from: {file: \"${var:a}.ndjson\"}\n  columns:\n"
     "  - {name: id, type: int}\n  - {name: at, type: timestamptz}\n  event_time: at\n"},
    {"models/m.sql", "/*---\nkey: [id]\n---*/\nselect id, count(*) as n from s group by id\n"},
    {"sinks/k.yml", "sinks:\n- {name: k, from: m, to: {file: \"o.ndjson\"}}\n"},
    {"seeds/c.csv", "id,name\n1,a\n2,\"b\"\"c\"\n"},
    {"seeds/c.yml", "seeds:\n- {name: c, columns: [{name: id, type: int}]}\n"},
    {"tests/t.yml", "tests:\n- {name: t1, model: m, given: [], expect: []}\n"},
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  weir::io::SimFileSystem files;
  for (const File& file : kFiles) {
    const std::string path = std::string("/p/") + file.path;
    WEIR_CHECK(files.make_dirs(weir::io::parent_path(path)).has_value());
    const bool chosen = &file == &kFiles[data[0] % std::size(kFiles)];
    WEIR_CHECK(files.write_atomically(path, chosen ? text : file.text).has_value());
  }
  const auto result = weir::project::load_project(files, "/p", "dev");
  WEIR_CHECK(result.project.has_value() == (result.errors == 0));
  WEIR_CHECK(result.errors + result.warnings >= result.diagnostics.size() ||
             result.diagnostics.size() == 201);
  for (const weir::project::Diagnostic& d : result.diagnostics) {
    WEIR_CHECK(d.code >= 1100 && !d.message.empty() && d.message.size() < 2000);
    WEIR_CHECK(weir::project::render_text(d).size() < 20'000);
    WEIR_CHECK(!weir::project::render_json(d).empty());
  }
  return 0;
}
