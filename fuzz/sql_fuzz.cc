// libFuzzer: any text as a query, a model, an expression and statements over a small catalog. What
// is refused has a code, a short message and a place inside the text.
#include "base/check.h"
#include "plan/planner.h"
#include "sql/parser.h"

namespace {

using weir::TypeId;

constexpr size_t kLongestMessage = 600;

weir::catalog::Catalog make_catalog() {
  weir::catalog::StreamDefinition s;
  s.name = "s";
  s.schema = {{{"id", TypeId::kInt8}, {"k", TypeId::kText}, {"n", TypeId::kNumeric},
               {"at", TypeId::kTimestamptz}, {"j", TypeId::kJsonb}, {"d", TypeId::kInterval}}};
  s.event_time = "at";
  weir::catalog::StreamDefinition t;
  t.name = "t";
  t.schema = {{{"id", TypeId::kInt4}, {"b", TypeId::kBool}, {"f", TypeId::kFloat8}}};
  t.mode = weir::catalog::SourceMode::kUpsert;
  t.key = {"id"};
  weir::catalog::Catalog catalog;
  catalog.add_stream(s);
  catalog.add_stream(t);
  return catalog;
}

void check_error(const weir::Error& error, std::string_view text) {
  WEIR_CHECK(error.code() >= 1200 && error.code() < 1700);
  WEIR_CHECK(!error.primary().empty() && error.primary().size() < kLongestMessage);
  WEIR_CHECK(error.detail().size() < 8 * kLongestMessage);
  WEIR_CHECK(error.hint().size() < 8 * kLongestMessage);
  WEIR_CHECK(error.span().line <= 1 + text.size() && error.span().column <= 1 + text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const weir::catalog::Catalog catalog = make_catalog();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto view = weir::plan::plan_query(text, catalog)) {
    WEIR_CHECK(!weir::plan::explain(*view).empty());
    weir::catalog::ViewDefinition model;
    model.name = "m";
    model.sql = text;
    if (const auto planned = weir::plan::plan_view(model, catalog); !planned)
      check_error(planned.error(), text);
  } else {
    check_error(view.error(), text);
  }
  if (const auto e = weir::plan::plan_expression(text, *catalog.find("s")); !e)
    check_error(e.error(), "select " + std::string(text));
  if (const auto replaced = weir::sql::substitute_references(text); replaced)
    WEIR_CHECK(replaced->size() == text.size());
  return 0;
}
