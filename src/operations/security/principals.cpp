#include "operations/security/principals.h"

#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "operations/security/impl/encoding.h"
#include "operations/security/impl/principal_row.h"

namespace mla::security {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using store::Statement;

namespace {

constexpr std::string_view kFirstAdmin = "admin";
constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxListener = 512;

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// A name that is none, in one line.
std::string shown(std::string_view name) {
  std::string text(name.substr(0, kMaxName));
  std::ranges::replace_if(
      text, [](char c) { return c < 0x20 || c == 0x7F; }, '?');
  return text;
}

Status check_name(std::string_view name) {
  const bool good = !name.empty() && name.size() <= kMaxName && is_letter_or_digit(name.front()) &&
                    std::ranges::all_of(name, [](char c) {
                      return is_letter_or_digit(c) || c == '.' || c == '_' || c == '@' || c == '-';
                    });
  if (good) return {};
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("'{}' is no name: take 1 to {} of A-Z a-z 0-9 . _ @ -, the first a letter or digit",
                           shown(name), kMaxName)};
}

Status check_listener(std::string_view listener) {
  const bool control =
      std::ranges::any_of(listener, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (!control && listener.size() <= kMaxListener && base::is_utf8(listener)) return {};
  return Error{
      ErrorCode::kInvalidArgument,
      fmt::format("the listener's id must be UTF-8 of at most {} bytes without control characters", kMaxListener)};
}

Error unknown(std::string_view name) {
  return {ErrorCode::kNotFound,
          fmt::format("there is no user '{}'; see ml-analytics user list, or make one: ml-analytics user add",
                      shown(name))};
}

Result<std::vector<Principal>> read_all(Statement& query) {
  std::vector<Principal> all;
  for (;;) {
    MLA_ASSIGN(const bool more, query.step());
    if (!more) return all;
    MLA_ASSIGN(Principal one, read_principal(query));
    all.push_back(std::move(one));
  }
}

Result<bool> is_there(store::Connection& connection, std::string_view name) {
  MLA_ASSIGN(Statement * query, connection.prepare("SELECT 1 FROM principals WHERE name = ?"));
  query->bind(1, name);
  MLA_ASSIGN(const bool there, query->step());
  query->reset();
  return there;
}

Status insert(store::Connection& connection, const Principal& one, const std::string& hash) {
  MLA_ASSIGN(Statement * row, connection.prepare("INSERT INTO principals (id, name, role, listener, password, created) "
                                                 "VALUES (?, ?, ?, ?, ?, ?)"));
  row->bind(1, one.id);
  row->bind(2, one.name);
  row->bind(3, to_string(one.role));
  row->bind(4, one.listener.str());
  row->bind(5, hash);
  row->bind(6, one.created);
  MLA_CHECK(row->step());
  return {};
}

Result<std::int64_t> count_admins(store::Connection& connection) {
  MLA_ASSIGN(Statement * query, connection.prepare("SELECT COUNT(*) FROM principals WHERE role = ? AND disabled = 0"));
  query->bind(1, to_string(Role::kAdmin));
  MLA_CHECK(query->step());
  const std::int64_t count = query->integer(0);
  query->reset();
  return count;
}

Status require_an_admin(store::Connection& connection, std::int64_t before) {
  MLA_ASSIGN(const std::int64_t after, count_admins(connection));
  if (after > 0 || before == 0) return {};
  return no_admin_left();
}

Status end_grants(store::Connection& connection, std::string_view name) {
  return run_for(connection,
                 "UPDATE access_grants SET revoked = 1 WHERE principal = (SELECT id FROM principals WHERE name = ?)",
                 name);
}

}  // namespace

Result<Principal> read_principal(const Statement& row) {
  Principal one;
  one.id = row.text(0);
  one.name = row.text(1);
  const auto role = parse_role(row.text(2));
  if (!role) {
    return Error{ErrorCode::kCorrupt, fmt::format("the database says of user {} that its role is '{}', which is none",
                                                  row.text(1), row.text(2))};
  }
  one.role = *role;
  one.listener = base::UserId(row.text(3));
  one.disabled = row.integer(4) != 0;
  one.created = row.integer(5);
  return one;
}

Status run_for(store::Connection& connection, std::string_view sql, std::string_view value) {
  MLA_ASSIGN(Statement * statement, connection.prepare(sql));
  statement->bind(1, value);
  MLA_CHECK(statement->step());
  return {};
}

Error no_admin_left() {
  return {ErrorCode::kInvalidArgument,
          "no admin would be left: make another one first, ml-analytics user add NAME --role admin"};
}

Result<Principal> Principals::add(const NewPrincipal& wanted, const Actor& actor) {
  MLA_CHECK(check_name(wanted.name));
  MLA_CHECK(check_listener(wanted.listener));
  MLA_ASSIGN(const std::string hash, hasher_.hash(wanted.password));
  Principal one;
  one.id = random_id();
  one.name = wanted.name;
  one.role = wanted.role;
  one.listener = base::UserId(wanted.listener.empty() ? wanted.name : wanted.listener);
  one.created = clock_.now();
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*lease));
  MLA_ASSIGN(const bool there, is_there(*lease, one.name));
  if (there) {
    return Error{ErrorCode::kAlreadyExists,
                 fmt::format("there is a user '{}' already: take another name, or ml-analytics user password {}",
                             one.name, one.name)};
  }
  MLA_CHECK(insert(*lease, one, hash));
  MLA_CHECK(audit_.add(*lease, actor, "user.add", fmt::format("{} {}", one.name, to_string(one.role))));
  MLA_CHECK(transaction.commit());
  return one;
}

Result<std::optional<std::string>> Principals::add_first_admin(const Actor& actor) {
  const std::optional<std::string> none;
  MLA_ASSIGN(const std::vector<Principal> known, list());
  if (std::ranges::any_of(known, [](const Principal& one) { return one.role == Role::kAdmin; })) return none;
  const std::string password = make_password();
  const auto added = add({std::string(kFirstAdmin), Role::kAdmin, "", password}, actor);
  // Another process was faster and has told its password, or somebody else has the name.
  if (!added.ok() && added.error().code == ErrorCode::kAlreadyExists) return none;
  if (!added.ok()) return added.error();
  return std::optional(password);
}

Result<std::vector<Principal>> Principals::list() const {
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(Statement * query,
             lease->prepare(fmt::format("SELECT {} FROM principals p ORDER BY p.name", kPrincipalColumns)));
  return read_all(*query);
}

Result<Principal> Principals::find(std::string_view name) const {
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(Statement * query,
             lease->prepare(fmt::format("SELECT {} FROM principals p WHERE p.name = ?", kPrincipalColumns)));
  query->bind(1, name);
  MLA_ASSIGN(const bool there, query->step());
  if (!there) return unknown(name);
  return read_principal(*query);
}

Result<std::optional<Principal>> Principals::first_admin() const {
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(Statement * query,
             lease->prepare(fmt::format(
                 "SELECT {} FROM principals p WHERE p.role = ? AND p.disabled = 0 ORDER BY p.created, p.id LIMIT 1",
                 kPrincipalColumns)));
  query->bind(1, to_string(Role::kAdmin));
  MLA_ASSIGN(const bool there, query->step());
  if (!there) return std::optional<Principal>();
  MLA_ASSIGN(Principal one, read_principal(*query));
  return std::optional(std::move(one));
}

// Runs `sql` with `value` and the name, unless that takes the last admin.
Status Principals::change(std::string_view name, const Actor& actor, std::string_view what, std::string_view sql,
                          std::string_view value) {
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*lease));
  MLA_ASSIGN(const bool there, is_there(*lease, name));
  if (!there) return unknown(name);
  MLA_ASSIGN(const std::int64_t admins, count_admins(*lease));
  MLA_ASSIGN(Statement * update, lease->prepare(sql));
  update->bind(1, value);
  update->bind(2, name);
  MLA_CHECK(update->step());
  MLA_CHECK(require_an_admin(*lease, admins));
  MLA_CHECK(audit_.add(*lease, actor, what, name));
  return transaction.commit();
}

Status Principals::set_role(std::string_view name, Role role, const Actor& actor) {
  return change(name, actor, fmt::format("user.role.{}", to_string(role)),
                "UPDATE principals SET role = ? WHERE name = ?", to_string(role));
}

Status Principals::set_disabled(std::string_view name, bool disabled, const Actor& actor) {
  return change(name, actor, disabled ? "user.disable" : "user.enable",
                "UPDATE principals SET disabled = CAST(? AS INTEGER) WHERE name = ?", disabled ? "1" : "0");
}

Status Principals::remove(std::string_view name, const Actor& actor) {
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*lease));
  MLA_ASSIGN(const bool there, is_there(*lease, name));
  if (!there) return unknown(name);
  MLA_ASSIGN(const std::int64_t admins, count_admins(*lease));
  MLA_CHECK(end_grants(*lease, name));
  MLA_CHECK(run_for(*lease, "DELETE FROM principals WHERE name = ?", name));
  MLA_CHECK(require_an_admin(*lease, admins));
  MLA_CHECK(audit_.add(*lease, actor, "user.remove", name));
  return transaction.commit();
}

Status Principals::set_password(std::string_view name, std::string_view password, const Actor& actor) {
  MLA_ASSIGN(const std::string hash, hasher_.hash(password));
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*lease));
  MLA_ASSIGN(const bool there, is_there(*lease, name));
  if (!there) return unknown(name);
  MLA_ASSIGN(Statement * update, lease->prepare("UPDATE principals SET password = ? WHERE name = ?"));
  update->bind(1, hash);
  update->bind(2, name);
  MLA_CHECK(update->step());
  MLA_CHECK(end_grants(*lease, name));
  MLA_CHECK(audit_.add(*lease, actor, "user.password", name));
  return transaction.commit();
}

Result<std::optional<Principal>> Principals::check_password(std::string_view name, std::string_view password) const {
  std::optional<Principal> known;
  std::string hash;
  {
    MLA_ASSIGN(const store::Lease lease, database_.acquire());
    MLA_ASSIGN(Statement * query, lease->prepare(fmt::format("SELECT {}, p.password FROM principals p WHERE p.name = ?",
                                                             kPrincipalColumns)));
    query->bind(1, name);
    MLA_ASSIGN(const bool there, query->step());
    if (there) {
      MLA_ASSIGN(known, read_principal(*query));
      hash = query->text(6);
    }
  }
  MLA_ASSIGN(const bool right, hasher_.check(password, known ? &hash : nullptr));
  if (!right || known->disabled) return std::optional<Principal>();
  return known;
}

}  // namespace mla::security
