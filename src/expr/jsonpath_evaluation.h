// Walks a document along a path. Items are views into the document, into the variables, or of texts
// that the evaluation made and keeps: they live as long as it does.
//
// Errors are PostgreSQL's: soft ones make a predicate unknown and can be silenced, hard ones (an
// unknown variable) end the walk in any case.
#pragma once
#include <deque>
#include <optional>

#include "expr/json_internal.h"
#include "expr/jsonpath.h"

namespace weir::expr {

struct PathItem {
  std::string_view json;          // canonical
  TypeId time = TypeId::kUnknown;  // of datetime(): a date, time or timestamp with or without zone
  bool with_zone = false;         // tells time with time zone, which is no type of columns
  int64_t micros = 0;             // of time, without an offset: in UTC
};

class PathWalk {
 public:
  // `variables`: an object; empty: there are none, and all are null. `zones`: dates and times with
  // and without a zone compare.
  PathWalk(const JsonPath& path, std::string_view document, std::string_view variables, bool zones);

  // False: an error; the items before it are there.
  bool run(std::vector<PathItem>* items);
  bool is_strict() const { return path_.strict; }
  const PathError& error() const { return error_; }
  bool is_hard() const { return hard_; }

 private:
  enum class Truth : uint8_t { kFalse, kTrue, kUnknown };
  using Items = std::vector<PathItem>;

  bool evaluate(const PathNode& node, const PathItem& current, Items* out);
  bool primary(const PathNode& node, const PathItem& current, Items* out);
  bool variable(const PathNode& node, Items* out);
  bool binary(const PathNode& node, const PathItem& current, Items* out);
  bool sign(const PathNode& node, const PathItem& current, Items* out);
  std::optional<Decimal> operand(const PathNode& node, size_t side, const PathItem& current);

  // The steps from `at` on, of one item.
  struct Steps {
    const std::vector<PathNode>& nodes;
    size_t at = 0;
    bool done() const { return at == nodes.size(); }
    const PathNode& node() const { return nodes[at]; }
    Steps next() const { return {nodes, at + 1}; }
  };
  bool go_on(Steps steps, const PathItem& item, Items* out);
  bool step(Steps steps, const PathItem& item, bool unwrap, Items* out);
  bool each_element(Steps steps, const PathItem& array, Items* out);
  bool member(Steps steps, const PathItem& item, bool unwrap, Items* out);
  bool any_member(Steps steps, const PathItem& item, bool unwrap, Items* out);
  bool any_element(Steps steps, const PathItem& item, Items* out);
  bool subscripts(Steps steps, const PathItem& item, Items* out);
  std::optional<int64_t> subscript(const PathNode& node, const PathItem& item);
  bool levels(Steps steps, const PathItem& item, Items* out);
  bool descend(Steps steps, const PathItem& item, uint32_t level, Items* out);
  bool filter(Steps steps, const PathItem& item, bool unwrap, Items* out);
  bool method(Steps steps, const PathItem& item, bool unwrap, Items* out);
  bool number_method(Steps steps, const PathItem& item, Items* out);
  bool to_double(Steps steps, const PathItem& item, Items* out);
  bool size(Steps steps, const PathItem& item, Items* out);
  bool key_value(Steps steps, const PathItem& item, Items* out);
  bool date_time(Steps steps, const PathItem& item, Items* out);

  Truth predicate(const PathNode& node, const PathItem& current);
  Truth both(const PathNode& node, const PathItem& current);
  Truth exists(const PathNode& node, const PathItem& current);
  Truth compare_all(const PathNode& node, const PathItem& current);
  Truth holds(const PathNode& node, const PathItem& left, const PathItem& right);
  Truth compare(PathKind kind, const PathItem& left, const PathItem& right);
  Truth compare_times(PathKind kind, const PathItem& left, const PathItem& right);
  Items unwrapped(Items items) const;

  bool fail(const char* sqlstate, std::string message);        // false
  bool fail_lasting(const char* sqlstate, std::string message);  // a hard one
  bool out_of_shape(const char* sqlstate, const char* message);  // false in strict mode alone
  std::string_view keep(std::string text);
  PathItem number(const Decimal& value);

  const JsonPath& path_;
  const PathItem root_;
  const std::string_view variables_;
  const bool zones_;
  const bool lax_;
  bool forgives_ = false;  // what is out of shape has no items
  int64_t last_ = -1;
  std::deque<std::string> kept_;
  PathError error_;
  bool hard_ = false;
};

}  // namespace weir::expr
