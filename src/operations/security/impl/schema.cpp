#include "operations/security/impl/schema.h"

#include "foundation/store/migrations.h"

namespace mla::security {
namespace {

constexpr store::Migration kMigrations[] = {
    {1, "identity", R"sql(
CREATE TABLE principals (
  id       TEXT PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE,
  role     TEXT NOT NULL,
  listener TEXT NOT NULL,
  password TEXT NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0,
  created  INTEGER NOT NULL
);
CREATE TABLE access_grants (
  id        TEXT PRIMARY KEY,
  principal TEXT NOT NULL,
  kind      TEXT NOT NULL,
  secret    TEXT UNIQUE,
  created   INTEGER NOT NULL,
  expires   INTEGER NOT NULL,
  revoked   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX access_grants_principal ON access_grants (principal);
CREATE INDEX access_grants_expires ON access_grants (expires);
CREATE TABLE refresh_tokens (
  secret       TEXT PRIMARY KEY,
  access_grant TEXT NOT NULL,
  used         INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX refresh_tokens_grant ON refresh_tokens (access_grant);
CREATE TABLE signing_secret (
  number INTEGER PRIMARY KEY,
  secret TEXT NOT NULL
);
CREATE TABLE audit_log (
  number     INTEGER PRIMARY KEY,
  time       INTEGER NOT NULL,
  who        TEXT NOT NULL,
  what       TEXT NOT NULL,
  subject    TEXT NOT NULL,
  request_id TEXT NOT NULL
);
)sql"},
    // Names of permissions with spaces between them; NULL: all that the role allows.
    {2, "scope", "ALTER TABLE access_grants ADD COLUMN scope TEXT"},
};

}  // namespace

base::Status migrate(store::Connection& connection) { return store::migrate(connection, "security", kMigrations); }

}  // namespace mla::security
