#include "adapters/sqlite/sqlite.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "adapters/sqlite/impl/connection.h"
#include "adapters/sqlite/impl/location.h"
#include "foundation/base/file.h"

namespace mla::sqlite {
namespace {

namespace fs = std::filesystem;

class SqliteDatabase final : public store::Database {
 public:
  SqliteDatabase(std::shared_ptr<store::ConnectionPool> pool, const Options& options)
      : pool_(std::move(pool)),
        larger_cache_(fmt::format("PRAGMA cache_size=-{}", std::max(options.cache_kib, options.writer_cache_kib))) {}
  base::Result<store::Lease> acquire() override { return pool_->acquire(); }
  // What another connection writes empties the page cache of this one.
  base::Result<store::Lease> acquire_writer() override {
    MLA_ASSIGN(store::Lease lease, pool_->acquire(store::ConnectionPool::Use::kMuchWriting));
    MLA_CHECK(lease->execute(larger_cache_));
    return lease;
  }

 private:
  std::shared_ptr<store::ConnectionPool> pool_;
  std::string larger_cache_;
};

// Makes the folder of `path` and its missing parents, durably.
base::Status make_parent(const fs::path& path) {
  std::vector<fs::path> missing;
  std::error_code error;
  for (fs::path folder = path.parent_path(); !folder.empty() && !fs::exists(folder, error);
       folder = folder.parent_path()) {
    missing.push_back(folder);
  }
  for (auto folder = missing.rbegin(); folder != missing.rend(); ++folder) {
    fs::create_directory(*folder, error);
    if (error) return base::system_error(error.value(), "create folder", *folder);
    MLA_CHECK(base::sync_folder(folder->has_parent_path() ? folder->parent_path() : fs::path(".")));
  }
  return {};
}

// Makes an empty file that its owner alone may read, if there is none: what people hear, and who may ask, is nobody
// else's business. SQLite gives its log and index the same mode. What goes wrong here SQLite says better.
void make_private_file(const fs::path& path) {
  const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_CLOEXEC | O_WRONLY, 0600);
  if (file >= 0) ::close(file);
}

}  // namespace

base::Result<std::unique_ptr<store::Database>> open(std::string_view where, const Options& options) {
  MLA_ASSIGN(const Location location, parse_location(where));
  // Memory statistics take a process-wide lock at every allocation, and nothing reads them.
  static const int statistics_off = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(statistics_off);
  std::string file = location.path;
  if (location.in_memory()) {
    // The memdb file system shares one database among the connections of this process that name it.
    static std::atomic<int> counter{0};
    file = fmt::format("file:/mla-memory-{}?vfs=memdb", ++counter);
  } else {
    MLA_CHECK(make_parent(location.path));
    make_private_file(location.path);
  }
  const std::string name = location.in_memory() ? "memory" : location.path;
  const auto pool = std::make_shared<store::ConnectionPool>(
      name,
      store::PoolOptions{.max_connections = options.max_connections,
                         .patience = std::chrono::milliseconds(options.busy_timeout_ms)},
      [file, is_uri = location.in_memory(), name, options]() -> base::Result<std::unique_ptr<store::PooledConnection>> {
        MLA_ASSIGN(std::unique_ptr<SqliteConnection> opened, SqliteConnection::open(file, is_uri, name, options));
        return std::unique_ptr<store::PooledConnection>(std::move(opened));
      });
  // The first connection proves that the database can be opened, and keeps one in memory alive.
  MLA_ASSIGN(const store::Lease first, pool->acquire());
  return std::unique_ptr<store::Database>(std::make_unique<SqliteDatabase>(pool, options));
}

}  // namespace mla::sqlite
