#include "operations/pipelines/library/impl/schema.h"

#include "foundation/store/migrations.h"

namespace mla::pipelines {
namespace {

// Sounds hang on the payload, not on the file: copies share one, and what moves or is tagged anew keeps its own.
constexpr store::Migration kMigrations[] = {
    {1, "files of music folders", R"sql(
CREATE TABLE library_files (
  item        TEXT PRIMARY KEY,
  path        BLOB NOT NULL,
  size        INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  payload     TEXT NOT NULL,
  gone        INTEGER,
  tags        TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX library_files_path ON library_files (path);
CREATE UNIQUE INDEX library_files_there ON library_files (path) WHERE gone IS NULL;
CREATE INDEX library_files_payload ON library_files (payload);
)sql"},
    {2, "what files sound like", R"sql(
CREATE TABLE library_sounds (
  payload          TEXT PRIMARY KEY,
  version          INTEGER NOT NULL,
  tagger           TEXT NOT NULL,
  problem          TEXT NOT NULL,
  vector_version   INTEGER NOT NULL,
  vector           BLOB,
  tempo            REAL,
  tempo_confidence REAL NOT NULL,
  tonic            TEXT NOT NULL,
  mode             TEXT NOT NULL,
  key_confidence   REAL NOT NULL,
  integrated_lufs  REAL,
  true_peak_dbtp   REAL,
  genres           TEXT NOT NULL,
  moods            TEXT NOT NULL,
  features         TEXT NOT NULL
) WITHOUT ROWID;
)sql"},
};

}  // namespace

base::Status migrate(store::Connection& connection) { return store::migrate(connection, "pipelines", kMigrations); }

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string text_of(std::span<const std::byte> blob) {
  return {reinterpret_cast<const char*>(blob.data()), blob.size()};
}

PathRange paths_below(const std::string& folder) {
  // What is below "/music" begins with "/music/" and stands before "/music0", the byte after '/'.
  if (folder.empty()) return {"", "\xFF"};
  return {folder + '/', folder + static_cast<char>('/' + 1)};
}

}  // namespace mla::pipelines
