#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"

namespace mla::security {

// Who changes something: a principal by name, or "local:root" for a command on the machine itself.
struct Actor {
  std::string name;
  std::string request_id;  // empty: none
};

struct AuditEntry {
  std::int64_t number = 0;  // 1, 2, 3, …
  base::UnixMillis time = 0;
  std::string who;
  std::string what;     // "principal.add", "track.put"
  std::string subject;  // what it was done to: a name, an id
  std::string request_id;
};

// What was changed, by whom, when: rows are added and never changed, but for names that are erased. Thread-safe.
class AuditLog {
 public:
  // The tables must be there (Security::open). Both must outlive this.
  AuditLog(store::Database& database, const base::Clock& clock) : database_(database), clock_(clock) {}

  // Durable when it returns.
  base::Status add(const Actor& actor, std::string_view what, std::string_view subject);
  // Within a transaction of the caller's: the change and its entry are there both or not at all.
  base::Status add(store::Connection& connection, const Actor& actor, std::string_view what, std::string_view subject);
  // The latest `limit`, newest first.
  base::Result<std::vector<AuditEntry>> list(std::int64_t limit) const;
  // What was done in this name since then, oldest first: before, it may have been somebody else's.
  base::Result<std::vector<AuditEntry>> of(std::string_view name, base::UnixMillis since) const;
  // Puts kErased in the place of a name, as who and as subject: what was done stays, who it was does not.
  static constexpr std::string_view kErased = "erased";
  static base::Status erase_name(store::Connection& connection, std::string_view name);

 private:
  store::Database& database_;
  const base::Clock& clock_;
};

}  // namespace mla::security
