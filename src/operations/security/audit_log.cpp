#include "operations/security/audit_log.h"

namespace mla::security {

using base::Result;
using base::Status;
using store::Statement;

namespace {

Result<std::vector<AuditEntry>> read_all(Statement& query) {
  std::vector<AuditEntry> entries;
  for (;;) {
    MLA_ASSIGN(const bool more, query.step());
    if (!more) return entries;
    entries.push_back({query.integer(0), query.integer(1), std::string(query.text(2)), std::string(query.text(3)),
                       std::string(query.text(4)), std::string(query.text(5))});
  }
}

}  // namespace

Status AuditLog::add(const Actor& actor, std::string_view what, std::string_view subject) {
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  return add(*lease, actor, what, subject);
}

Status AuditLog::add(store::Connection& connection, const Actor& actor, std::string_view what,
                     std::string_view subject) {
  MLA_ASSIGN(Statement * insert, connection.prepare("INSERT INTO audit_log (time, who, what, subject, request_id) "
                                                    "VALUES (?, ?, ?, ?, ?)"));
  insert->bind(1, clock_.now());
  insert->bind(2, actor.name);
  insert->bind(3, what);
  insert->bind(4, subject);
  insert->bind(5, actor.request_id);
  MLA_CHECK(insert->step());
  return {};
}

Result<std::vector<AuditEntry>> AuditLog::list(std::int64_t limit) const {
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(Statement * query, lease->prepare("SELECT number, time, who, what, subject, request_id FROM audit_log "
                                               "ORDER BY number DESC LIMIT ?"));
  query->bind(1, limit);
  return read_all(*query);
}

Result<std::vector<AuditEntry>> AuditLog::of(std::string_view name, base::UnixMillis since) const {
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(Statement * query, lease->prepare("SELECT number, time, who, what, subject, request_id FROM audit_log "
                                               "WHERE who = ? AND time >= ? ORDER BY number"));
  query->bind(1, name);
  query->bind(2, since);
  return read_all(*query);
}

Status AuditLog::erase_name(store::Connection& connection, std::string_view name) {
  MLA_ASSIGN(Statement * who, connection.prepare("UPDATE audit_log SET who = ? WHERE who = ?"));
  who->bind(1, kErased);
  who->bind(2, name);
  MLA_CHECK(who->step());
  // Of a token the subject is the user's name and the token's id.
  const std::string with_more = std::string(name) + " ";
  MLA_ASSIGN(Statement * subject, connection.prepare("UPDATE audit_log SET subject = ? WHERE subject = ? OR "
                                                     "SUBSTR(subject, 1, LENGTH(?)) = ?"));
  subject->bind(1, kErased);
  subject->bind(2, name);
  subject->bind(3, with_more);
  subject->bind(4, with_more);
  MLA_CHECK(subject->step());
  return {};
}

}  // namespace mla::security
