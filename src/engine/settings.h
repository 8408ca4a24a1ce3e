// What a session has SET. As in PostgreSQL, names are known ones or have a dot; what a transaction
// sets is undone where it is rolled back, and what it sets LOCAL where it ends. Of all these only
// the time zone changes what weir answers: the others are there because clients set them.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace weir {
class TimeZone;  // data/time_zone.h
}

namespace weir::engine {

class Settings {
 public:
  struct Shown {
    std::string name;
    std::string value;
    std::string description;
  };

  // Names in any case. Errors: 42704 unknown, 55P02 cannot be changed, 22023 the value.
  Result<Shown> show(const std::string& name) const;
  std::optional<std::string> find(const std::string& name) const;
  std::vector<Shown> all() const;
  enum class Scope : uint8_t { kSession, kTransaction };
  Status set(const std::string& name, const std::string& value, Scope scope);
  Status reset(const std::string& name, Scope scope);
  void reset_all();

  void begin();  // a transaction
  void end(bool commits);

  using Values = std::map<std::string, std::string>;  // by lower-case name
  struct Saved {
    Values values;
    Values for_commit;
  };
  Saved save() const { return {values_, for_commit_}; }  // at a savepoint
  void go_back(const Saved& saved);

  // Of the text of timestamptz; null: UTC.
  const std::shared_ptr<const TimeZone>& zone() const { return zone_; }

 private:
  void change(const std::string& name, const std::optional<std::string>& value, Scope scope);
  void set_zone();

  Values values_;
  Values at_begin_;   // what a rollback goes back to
  Values for_commit_; // without what was set LOCAL
  bool in_transaction_ = false;
  std::shared_ptr<const TimeZone> zone_;
};

}  // namespace weir::engine
