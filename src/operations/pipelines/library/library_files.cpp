#include "operations/pipelines/library/library_files.h"

#include <fmt/format.h>

#include "foundation/store/migrations.h"
#include "operations/pipelines/library/impl/tags_text.h"

namespace mla::pipelines {
namespace {

using store::Statement;

// Paths are blobs: a name on disk need not be UTF-8.
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
};

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string text_of(std::span<const std::byte> blob) {
  return {reinterpret_cast<const char*>(blob.data()), blob.size()};
}

constexpr std::string_view kColumns = "item, path, size, modified_ns, payload, gone, tags";

base::Result<LibraryFile> read_row(const Statement& row, bool with_tags) {
  LibraryFile file;
  file.item = base::ItemId(row.text(0));
  file.path = text_of(row.blob(1));
  file.stamp = {row.integer(2), row.integer(3)};
  file.payload = row.text(4);
  if (!row.is_null(5)) file.gone = row.integer(5);
  if (with_tags) {
    MLA_ASSIGN(file.tags, decode_tags(row.text(6)));
  }
  return file;
}

}  // namespace

base::Result<LibraryFiles> LibraryFiles::open(store::Database& database) {
  MLA_ASSIGN(const store::Lease connection, database.acquire());
  MLA_CHECK(store::migrate(*connection, "pipelines", kMigrations));
  return LibraryFiles(database);
}

base::Status LibraryFiles::for_each(const std::string& folder, bool with_tags,
                                    const std::function<base::Status(LibraryFile)>& visit) const {
  // What is below "/music" begins with "/music/" and stands before "/music0", the byte after '/'.
  const std::string begin = folder.empty() ? "" : folder + '/';
  const std::string end = folder.empty() ? "\xFF" : folder + static_cast<char>('/' + 1);
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(
      Statement * some,
      connection->prepare(fmt::format(
          "SELECT {} FROM library_files WHERE path >= ? AND path < ? ORDER BY path, gone IS NOT NULL", kColumns)));
  some->bind(1, bytes_of(begin));
  some->bind(2, bytes_of(end));
  for (;;) {
    MLA_ASSIGN(const bool more, some->step());
    if (!more) return {};
    MLA_ASSIGN(LibraryFile file, read_row(*some, with_tags));
    MLA_CHECK(visit(std::move(file)));
  }
}

base::Result<std::vector<LibraryFile>> LibraryFiles::with_payload(const std::string& payload) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * some, connection->prepare(fmt::format(
                                   "SELECT {} FROM library_files WHERE payload = ? ORDER BY path", kColumns)));
  some->bind(1, payload);
  std::vector<LibraryFile> found;
  for (;;) {
    MLA_ASSIGN(const bool more, some->step());
    if (!more) return found;
    MLA_ASSIGN(LibraryFile file, read_row(*some, true));
    found.push_back(std::move(file));
  }
}

base::Result<std::optional<LibraryFile>> LibraryFiles::find(const base::ItemId& item) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * one,
             connection->prepare(fmt::format("SELECT {} FROM library_files WHERE item = ?", kColumns)));
  one->bind(1, item.str());
  MLA_ASSIGN(const bool known, one->step());
  if (!known) return std::optional<LibraryFile>();
  MLA_ASSIGN(LibraryFile file, read_row(*one, true));
  one->reset();
  return std::optional(std::move(file));
}

base::Status LibraryFiles::put(std::span<const LibraryFile> files) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  // All rows that are replaced go first: two files may have changed places.
  for (const LibraryFile& file : files) {
    MLA_ASSIGN(Statement * erase, connection->prepare("DELETE FROM library_files WHERE item = ?"));
    erase->bind(1, file.item.str());
    MLA_CHECK(erase->step());
  }
  for (const LibraryFile& file : files) {
    MLA_ASSIGN(Statement * insert, connection->prepare(fmt::format(
                                       "INSERT INTO library_files ({}) VALUES (?, ?, ?, ?, ?, ?, ?)", kColumns)));
    insert->bind(1, file.item.str());
    insert->bind(2, bytes_of(file.path));
    insert->bind(3, file.stamp.size);
    insert->bind(4, file.stamp.modified_ns);
    insert->bind(5, file.payload);
    if (file.gone) {
      insert->bind(6, *file.gone);
    } else {
      insert->bind_null(6);
    }
    insert->bind(7, encode_tags(file.tags));
    MLA_CHECK(insert->step());
  }
  return transaction.commit();
}

}  // namespace mla::pipelines
