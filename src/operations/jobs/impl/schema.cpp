#include "operations/jobs/impl/schema.h"

#include "foundation/store/migrations.h"

namespace mla::jobs {
namespace {

// The partial index is what makes it impossible, whoever writes, that two jobs of one model run.
constexpr store::Migration kMigrations[] = {
    {1, "jobs", R"sql(
CREATE TABLE jobs (
  number           INTEGER PRIMARY KEY,
  id               TEXT NOT NULL UNIQUE,
  kind             TEXT NOT NULL,
  model            TEXT NOT NULL,
  request          TEXT NOT NULL,
  origin           TEXT UNIQUE,
  state            TEXT NOT NULL,
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  attempt          INTEGER NOT NULL DEFAULT 0,
  step             TEXT NOT NULL DEFAULT '',
  done             INTEGER NOT NULL DEFAULT 0,
  total            INTEGER NOT NULL DEFAULT 0,
  log              TEXT NOT NULL DEFAULT '',
  result           TEXT NOT NULL DEFAULT '',
  error            TEXT NOT NULL DEFAULT '',
  created          INTEGER NOT NULL,
  started          INTEGER NOT NULL DEFAULT 0,
  ended            INTEGER NOT NULL DEFAULT 0,
  owner            TEXT NOT NULL DEFAULT '',
  lease_end        INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX jobs_state ON jobs (state, number);
CREATE UNIQUE INDEX jobs_running ON jobs (model) WHERE state = 'running';
)sql"},
    {2, "schedules", R"sql(
CREATE TABLE schedules (
  number     INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  expression TEXT NOT NULL,
  zone       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  model      TEXT NOT NULL,
  request    TEXT NOT NULL,
  created    INTEGER NOT NULL,
  last       INTEGER NOT NULL DEFAULT 0,
  passed     INTEGER NOT NULL
);
)sql"},
};

}  // namespace

base::Status migrate(store::Connection& connection) { return store::migrate(connection, "jobs", kMigrations); }

}  // namespace mla::jobs
