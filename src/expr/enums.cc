// enum_first, enum_last and enum_range: the labels of the argument's type, whatever its value.
#include "data/array.h"
#include "data/type_detail.h"
#include "expr/kernel.h"

namespace weir::expr {

namespace {

// From `first` to `last`; NULL: from the first, to the last of the type.
ColumnPtr range_of(const KernelCall& c, const Column* first, const Column* last) {
  const Type element = c.result.element();
  const std::vector<std::string> values = element.detail->labels.values();
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    ColumnBuilder labels(element);
    for (const std::string& value : values) {
      const bool before = first && !first->is_null(i) && value < first->text(i);
      const bool behind = last && !last->is_null(i) && value > last->text(i);
      if (!before && !behind) labels.append_text(value);
    }
    out += make_flat_array(std::move(labels));
  });
}

ColumnPtr whole_range(const KernelCall& c) { return range_of(c, nullptr, nullptr); }
ColumnPtr part_of_range(const KernelCall& c) {
  return range_of(c, c.args[0].get(), c.args[1].get());
}

template <bool kFirst>
ColumnPtr end_of_range(const KernelCall& c) {
  const std::vector<std::string> values = c.result.detail->labels.values();
  return map_text(c, [&](uint32_t, Row& row, std::string& out) {
    if (values.empty()) return row.fail("55000", "enum " + c.result.name() + " contains no values");
    out += kFirst ? values.front() : values.back();
  });
}

}  // namespace

void add_enums(FunctionList& out) {
  FunctionGroup add(out, "enum");
  const Type array = array_id(kAnyEnum);
  add("enum_first", {kAnyEnum}, kAnyEnum, end_of_range<true>, "first label of the argument's type")
      .not_strict();
  add("enum_last", {kAnyEnum}, kAnyEnum, end_of_range<false>, "last label of the argument's type")
      .not_strict();
  add("enum_range", {kAnyEnum}, array, whole_range, "all labels of the argument's type")
      .not_strict();
  add("enum_range", {kAnyEnum, kAnyEnum}, array, part_of_range, "the labels between two")
      .not_strict();
}

}  // namespace weir::expr
