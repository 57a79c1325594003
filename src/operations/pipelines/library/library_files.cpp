#include "operations/pipelines/library/library_files.h"

#include <fmt/format.h>

#include "operations/pipelines/library/impl/schema.h"
#include "operations/pipelines/library/impl/tags_text.h"

namespace mla::pipelines {
namespace {

using store::Statement;

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
  MLA_CHECK(migrate(*connection));
  return LibraryFiles(database);
}

base::Status LibraryFiles::for_each(const std::string& folder, bool with_tags,
                                    const std::function<base::Status(LibraryFile)>& visit) const {
  const PathRange range = paths_below(folder);
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(
      Statement * some,
      connection->prepare(fmt::format(
          "SELECT {} FROM library_files WHERE path >= ? AND path < ? ORDER BY path, gone IS NOT NULL", kColumns)));
  some->bind(1, bytes_of(range.begin));
  some->bind(2, bytes_of(range.end));
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
