#include "front/http/impl/idempotency.h"

#include <algorithm>

#include <fmt/format.h>
#include <xxhash.h>

#include "foundation/base/log.h"
#include "foundation/store/migrations.h"
#include "front/http/impl/errors.h"

namespace mla::http {
namespace {

using base::Result;
using base::Status;
using store::Statement;

// `name` is a hash of caller, route and key; status 0: claimed, not answered yet.
constexpr store::Migration kMigrations[] = {
    {1, "idempotency keys", R"sql(
CREATE TABLE idempotency_keys (
  name    TEXT PRIMARY KEY,
  digest  TEXT NOT NULL,
  status  INTEGER NOT NULL,
  body    TEXT NOT NULL,
  created INTEGER NOT NULL
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created);
)sql"},
};

std::string hash_of(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

bool is_key(std::string_view key) {
  return key.size() <= Idempotency::kMaxKey && std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7F; });
}

struct Kept {
  std::string digest;
  int status = 0;
  std::string body;
  base::UnixMillis created = 0;
};

Result<Kept> read(store::Connection& connection, const std::string& name) {
  MLA_ASSIGN(Statement * find,
             connection.prepare("SELECT digest, status, body, created FROM idempotency_keys WHERE name = ?"));
  find->bind(1, name);
  MLA_ASSIGN(const bool there, find->step());
  Kept kept;
  if (there)
    kept = {std::string(find->text(0)), static_cast<int>(find->integer(1)), std::string(find->text(2)),
            find->integer(3)};
  find->reset();
  return kept;
}

// Nothing: the claim is ours. Else what is known of the key.
Result<std::optional<Kept>> claim(store::Database& database, const std::string& name, const std::string& digest,
                                  base::UnixMillis now) {
  MLA_ASSIGN(const store::Lease connection, database.acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(Statement * forget, connection->prepare("DELETE FROM idempotency_keys WHERE created < ? OR "
                                                     "(name = ? AND status = 0 AND created < ?)"));
  forget->bind(1, now - Idempotency::kKept);
  forget->bind(2, name);
  forget->bind(3, now - Idempotency::kClaimed);
  MLA_CHECK(forget->step());
  MLA_ASSIGN(Statement * insert, connection->prepare("INSERT INTO idempotency_keys (name, digest, status, body, "
                                                     "created) VALUES (?, ?, 0, '', ?) ON CONFLICT DO NOTHING"));
  insert->bind(1, name);
  insert->bind(2, digest);
  insert->bind(3, now);
  MLA_CHECK(insert->step());
  if (connection->changes() > 0) {
    MLA_CHECK(transaction.commit());
    return std::optional<Kept>();
  }
  MLA_ASSIGN(Kept kept, read(*connection, name));
  MLA_CHECK(transaction.commit());
  return std::optional(std::move(kept));
}

// Keeps the answer, or gives the key back after an error.
Status settle(store::Database& database, const std::string& name, const Response& response) {
  const bool done = response.status < 300;
  MLA_ASSIGN(const store::Lease connection, database.acquire());
  MLA_ASSIGN(Statement * statement,
             connection->prepare(done ? "UPDATE idempotency_keys SET status = ?, body = ? WHERE name = ?"
                                      : "DELETE FROM idempotency_keys WHERE name = ? AND status = 0"));
  int at = 1;
  if (done) {
    statement->bind(at++, static_cast<std::int64_t>(response.status));
    statement->bind(at++, response.body);
  }
  statement->bind(at, name);
  MLA_CHECK(statement->step());
  return {};
}

}  // namespace

Status Idempotency::prepare() const {
  MLA_ASSIGN(const store::Lease connection, database_.acquire());
  return store::migrate(*connection, "http", kMigrations);
}

Response Idempotency::once(const Call& call, std::string_view route, const std::function<Response()>& work) const {
  const std::string_view key = call.request.header("Idempotency-Key");
  if (key.empty()) return work();
  if (!is_key(key)) {
    return validation_response({{{"header", "Idempotency-Key"},
                                 fmt::format("Input should be 1 to {} printable ASCII characters", kMaxKey),
                                 "string_pattern_mismatch"}});
  }
  const std::string name = hash_of(fmt::format("{}\n{}\n{}", call.caller.id, route, key));
  const std::string digest = hash_of(call.request.body);
  auto known = claim(database_, name, digest, clock_.now());
  if (!known.ok()) return error_response(known.error());
  if (*known) {
    if ((*known)->digest != digest)
      return error_response(422, boost::json::value("This Idempotency-Key was used for another body"));
    if ((*known)->status == 0)
      return error_response(409, boost::json::value("The first request with this Idempotency-Key is being worked on"));
    Response again;
    again.status = (*known)->status;
    again.body = std::move((*known)->body);
    again.headers.emplace_back("Idempotent-Replayed", "true");
    return again;
  }
  Response response = work();
  if (const Status kept = settle(database_, name, response); !kept.ok()) {
    // It is done, and the answer says so; a repetition is answered 409 until the claim has run out.
    base::log::warning("http", "an answer could not be kept for its Idempotency-Key",
                       {{"reason", kept.error().message}});
  }
  return response;
}

}  // namespace mla::http
