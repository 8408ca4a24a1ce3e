#include "cli/schema.h"

#include "expr/reference.h"
#include "project/options.h"

namespace weir::cli {

namespace {

int run(Context& context, const Invocation& invocation) {
  context.print(invocation.has("--reference")   ? project::options_reference()
                : invocation.has("--functions") ? expr::function_reference()
                                                : project::json_schema());
  return kExitDone;
}

constexpr VerbOption kOptions[] = {
    {"--reference", "", "the reference page of all keys (Markdown) instead"},
    {"--functions", "", "the reference page of all functions and operators (Markdown) instead"},
};

}  // namespace

constexpr Verb kSchemaVerb = {
    "schema", "print the JSON Schema of all project files",
    "For editors: completion and checks while you type. With the YAML language server, put\n"
    "  # yaml-language-server: $schema=weir.schema.json\n"
    "at the top of a file, or map folders to the schema's parts (#/$defs/source and so on).",
    {}, kOptions, run};

}  // namespace weir::cli
