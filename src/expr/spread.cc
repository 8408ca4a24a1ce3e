// Calls with VARIADIC: concat(VARIADIC array) is concat() of the array's elements. The arrays of a
// column have different lengths, so the rows of one length are gathered, their elements become
// arguments, and the function that takes arguments does the rest. Such a form has a name of its own
// in the table, "concat variadic".
#include "expr/spread.h"

#include <algorithm>
#include <map>
#include <utility>

#include "data/array.h"
#include "expr/kernel.h"

namespace weir::expr {

namespace {

constexpr std::string_view kSpread[] = {
    "concat variadic",
    "concat_ws variadic",
    "format variadic",
    "num_nonnulls variadic",
    "num_nulls variadic",
    "json_build_array variadic",
    "jsonb_build_array variadic",
    "json_build_object variadic",
    "jsonb_build_object variadic",
    "json_extract_path variadic",
    "jsonb_extract_path variadic",
    "json_extract_path_text variadic",
    "jsonb_extract_path_text variadic",
};

std::string_view plain_name(std::string_view spread) { return spread.substr(0, spread.find(' ')); }

const Function& function_of_arguments(const std::span<const Function>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Function& f) {
    return f.variadic && f.name == name;
  });
  WEIR_CHECK(found != all.end());
  return *found;
}

class SpreadCall {
 public:
  SpreadCall(const KernelCall& call, const Function& function)
      : call_(call), function_(function), arrays_(flatten_arrays(*call.args.back())) {
    answers_.resize(call.rows);
  }

  ColumnPtr run() {
    std::map<uint32_t, std::vector<uint32_t>> rows_of_length;
    const Column& arrays = *call_.args.back();
    const bool null_is_empty = function_.name == "format";
    for (uint32_t row = 0; row < call_.rows; ++row) {
      const bool known = !arrays.is_null(row) || null_is_empty;
      const bool given = known && !(call_.null_rows && call_.null_rows[row]);
      if (given) rows_of_length[arrays_.size(arrays.at(row))].push_back(row);
    }
    for (const auto& [length, rows] : rows_of_length) run_on(length, rows);
    std::stable_sort(errors_.begin(), errors_.end(),
                     [](const RowError& a, const RowError& b) { return a.row < b.row; });
    call_.errors = merge_row_errors(std::move(call_.errors), std::move(errors_));
    ColumnBuilder out(call_.result);
    for (const auto& [column, row] : answers_) {
      if (column) {
        out.append_from(*column, row);
      } else {
        out.append_null();
      }
    }
    return out.finish();
  }

 private:
  void run_on(uint32_t length, const std::vector<uint32_t>& rows) {
    const auto count = static_cast<uint32_t>(rows.size());
    const std::vector<ColumnPtr> args = arguments(length, rows);
    std::vector<uint8_t> null(function_.strict ? count : 0, 0);
    for (const ColumnPtr& arg : args) {
      for (uint32_t i = 0; i < null.size(); ++i) null[i] |= arg->is_null(i) ? 1 : 0;
    }
    RowErrors errors;
    const uint8_t* nulls = null.empty() ? nullptr : null.data();
    const KernelCall call{args, count, call_.result, nulls, call_.context, errors};
    const ColumnPtr column = function_.kernel(call);
    for (uint32_t i = 0; i < count; ++i) answers_[rows[i]] = {column, i};
    for (RowError& error : errors) {
      error.row = rows[error.row];
      errors_.push_back(std::move(error));
    }
  }

  std::vector<ColumnPtr> arguments(uint32_t length, const std::vector<uint32_t>& rows) const {
    std::vector<ColumnPtr> args;
    for (size_t k = 0; k + 1 < call_.args.size(); ++k) {
      ColumnBuilder builder(call_.args[k]->type());
      for (const uint32_t row : rows) builder.append_from(*call_.args[k], row);
      args.push_back(builder.finish());
    }
    const Column& arrays = *call_.args.back();
    for (uint32_t k = 0; k < length; ++k) {
      ColumnBuilder builder(arrays_.elements->type());
      for (const uint32_t row : rows) {
        builder.append_from(*arrays_.elements, arrays_.begins[arrays.at(row)] + k);
      }
      args.push_back(builder.finish());
    }
    return args;
  }

  const KernelCall& call_;
  const Function& function_;
  const FlatArrays arrays_;
  std::vector<std::pair<ColumnPtr, uint32_t>> answers_;  // of each row; null: NULL
  RowErrors errors_;
};

template <size_t kIndex>
ColumnPtr spread(const KernelCall& call) {
  static const Function& function = function_of_arguments(all_functions(),
                                                          plain_name(kSpread[kIndex]));
  return SpreadCall(call, function).run();
}

template <size_t... kIndex>
void add_all(FunctionList& out, std::index_sequence<kIndex...>) {
  const auto add = [&](std::string_view name, Kernel kernel) {
    Function f = function_of_arguments(out, plain_name(name));
    Type& last = f.args.back();
    last = last.id == TypeId::kUnknown ? Type(array_id(kAnyElement)) : last.array();
    f.name = name;
    f.variadic = false;
    f.kernel = kernel;
    out.push_back(std::move(f));
  };
  (add(kSpread[kIndex], spread<kIndex>), ...);
}

}  // namespace

std::string_view spread_name(std::string_view function) {
  for (const std::string_view name : kSpread) {
    if (plain_name(name) == function) return name;
  }
  return {};
}

void add_spread(FunctionList& out) {
  add_all(out, std::make_index_sequence<std::size(kSpread)>());
}

}  // namespace weir::expr
