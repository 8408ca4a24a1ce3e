// SELECTs over what a session knows about itself: psql's \d and the metadata of drivers. The engine
// has no sub-queries in expressions, no lists and no functions that look into the catalogue, so the
// statement's tree is brought to what it has, by rules that hold for every query:
//
//  - a sub-query over a relation that has no rows is NULL, false or an empty list;
//  - a function of the catalogue is an expression over its arguments (format_type is a CASE);
//  - object ids are bigint, names are text, and 'x'::regclass is a number.
//
// What is still beyond the engine and reads a relation without rows has no rows: then the names of
// its columns are all there is to say. Everything else is planned and run as any other query.
#pragma once
#include <functional>

#include "engine/session.h"
#include "engine/system_relations.h"
#include "plan/plan.h"
#include "sql/ast.h"

namespace weir::engine {

class SystemQuery {
 public:
  // `settings`: what current_setting() answers.
  using Relations = std::function<std::vector<Session::Relation>()>;
  using SettingOf = std::function<std::optional<std::string>(const std::string&)>;
  SystemQuery(Relations relations, SettingOf setting_of)
      : relations_(std::move(relations)), setting_of_(std::move(setting_of)) {}

  // True where the query reads a system relation: run() and describe() are for it then.
  Result<bool> prepare(std::string_view text, sql::Select& select);
  Result<StatementResult> run(std::string_view text, const sql::Select& select,
                              const std::vector<Value>& parameters, Micros now);
  Result<StatementDescription> describe(std::string_view text, const sql::Select& select,
                                        const std::vector<Value>& parameters);

 private:
  Status rewrite(sql::Select& select);
  Status rewrite(sql::From& from);
  Status rewrite(sql::ExprPtr& e);
  Status rewrite_cast(sql::ExprPtr& e);
  Status rewrite_type_cast(sql::ExprPtr& e);
  Status rewrite_call(sql::ExprPtr& e);
  Result<plan::View> plan(std::string_view text, const sql::Select& select,
                          const std::vector<Value>& parameters) const;
  const std::vector<SystemObject>& objects();
  std::string expression_of(const std::string& function, size_t arguments);
  std::string cases(std::string (*of)(const SystemObject&));

  Relations relations_;
  SettingOf setting_of_;
  std::string_view text_;
  bool may_read_ = false;
  std::optional<std::vector<SystemObject>> objects_;
  std::vector<const SystemRelation*> read_;
};

}  // namespace weir::engine
