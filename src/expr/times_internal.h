// Shared by the files of date and time functions. Inside src/expr only.
#pragma once
#include <optional>

#include "expr/kernel.h"

namespace weir::expr {

// The day of a date that there is; else an error of the row.
std::optional<int64_t> valid_day(int64_t year, int32_t month, int32_t day, Row& row);

class TimeFunctions {
 public:
  explicit TimeFunctions(FunctionList& out) : out_(out) {}
  template <class... Rest>
  Function& operator()(std::string_view name, std::vector<Type> args, Type result, Rest... rest) {
    return put({.name = name, .args = std::move(args), .result = result}, rest...);
  }

 private:
  Function& put(Function f, Kernel kernel, std::string_view summary) {
    f.kernel = kernel;
    f.summary = summary;
    f.group = "date and time";
    out_.push_back(std::move(f));
    return out_.back();
  }
  FunctionList& out_;
};

Interval age_between(Micros a, Micros b);  // whole years and months, then days, then time
void add_zones(FunctionList& out);
void add_spans(FunctionList& out);
void add_readings(FunctionList& out);  // to_date, to_timestamp

}  // namespace weir::expr
