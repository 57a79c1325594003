#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/id.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "operations/security/audit_log.h"
#include "operations/security/password.h"
#include "operations/security/permission.h"

namespace mla::security {

// Somebody, or some program (role service), that may call.
struct Principal {
  std::string id;    // drawn at random, never given again: a new one of the same name is another
  std::string name;  // what it logs in with
  Role role = Role::kListener;
  base::UserId listener;  // whose data is its own
  bool disabled = false;
  base::UnixMillis created = 0;
};

struct NewPrincipal {
  std::string name;  // 1 to 64 of A-Z a-z 0-9 . _ @ -, beginning with a letter or digit
  Role role = Role::kListener;
  std::string listener;  // empty: the name
  std::string password;
};

// The principals of a database. Every change is durable and in the audit log when a call returns. Thread-safe.
class Principals {
 public:
  // The tables must be there (Security::open). All must outlive this.
  Principals(store::Database& database, const base::Clock& clock, PasswordHasher& hasher, AuditLog& audit)
      : database_(database), clock_(clock), hasher_(hasher), audit_(audit) {}

  // kAlreadyExists; kInvalidArgument for a name, listener or password that is none.
  base::Result<Principal> add(const NewPrincipal& wanted, const Actor& actor);
  // Adds "admin" with a password of its own if there is no admin yet, and returns that password, once.
  base::Result<std::optional<std::string>> add_first_admin(const Actor& actor);

  // By name.
  base::Result<std::vector<Principal>> list() const;
  // kNotFound says how to list them.
  base::Result<Principal> find(std::string_view name) const;
  // The oldest admin that is not disabled; nothing if there is none.
  base::Result<std::optional<Principal>> first_admin() const;

  // These take effect on tokens that are out already. kInvalidArgument if nobody with the role admin would be left.
  base::Status set_role(std::string_view name, Role role, const Actor& actor);
  base::Status set_disabled(std::string_view name, bool disabled, const Actor& actor);
  base::Status remove(std::string_view name, const Actor& actor);
  // Ends what was given under the old password.
  base::Status set_password(std::string_view name, std::string_view password, const Actor& actor);

  // Those whose own listener this is, by name.
  base::Result<std::vector<Principal>> of_listener(const base::UserId& listener) const;
  // kInvalidArgument if no admin would be left without those.
  base::Status check_erasable(const base::UserId& listener) const;
  // Removes those for good, with their tokens and their names in the audit log; one entry says that it was done,
  // without a name. Returns how many there were.
  base::Result<std::int64_t> erase_listener(const base::UserId& listener, const Actor& actor);

  // The principal if the password is right and it is not disabled; else nothing, after the same time whether or not
  // there is one of that name. kBusy while another login is checked.
  base::Result<std::optional<Principal>> check_password(std::string_view name, std::string_view password) const;

 private:
  base::Status change(std::string_view name, const Actor& actor, std::string_view what, std::string_view sql,
                      std::string_view value);

  store::Database& database_;
  const base::Clock& clock_;
  PasswordHasher& hasher_;
  AuditLog& audit_;
};

}  // namespace mla::security
