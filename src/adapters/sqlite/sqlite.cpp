#include "adapters/sqlite/sqlite.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
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

// Connections of one database, shared by the Database and its leases.
class Pool : public std::enable_shared_from_this<Pool> {
 public:
  Pool(std::string file, bool is_uri, std::string name, const Options& options)
      : file_(std::move(file)), is_uri_(is_uri), name_(std::move(name)), options_(options) {}

  base::Result<store::Lease> acquire() {
    std::unique_ptr<SqliteConnection> connection;
    {
      std::unique_lock lock(mutex_);
      const bool free = returned_.wait_for(lock, std::chrono::milliseconds(options_.busy_timeout_ms),
                                           [&] { return !idle_.empty() || lent_ < options_.max_connections; });
      if (!free) {
        return base::Error{
            base::ErrorCode::kBusy,
            fmt::format("all {} connections to database '{}' are in use: try again", options_.max_connections, name_)};
      }
      ++lent_;
      if (!idle_.empty()) {
        connection = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (connection == nullptr) {
      auto opened = SqliteConnection::open(file_, is_uri_, name_, options_);
      if (!opened.ok()) {
        give_back(nullptr);
        return std::move(opened).error();
      }
      connection = std::move(opened).value();
    }
    return store::Lease(connection.release(), [pool = shared_from_this()](store::Connection* lent) {
      std::unique_ptr<SqliteConnection> returned(static_cast<SqliteConnection*>(lent));
      returned->clean();
      pool->give_back(std::move(returned));
    });
  }

 private:
  void give_back(std::unique_ptr<SqliteConnection> connection) {
    {
      const std::scoped_lock lock(mutex_);
      --lent_;
      if (connection != nullptr) idle_.push_back(std::move(connection));
    }
    returned_.notify_one();
  }

  const std::string file_;
  const bool is_uri_;
  const std::string name_;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_;
  int lent_ = 0;
};

class SqliteDatabase final : public store::Database {
 public:
  explicit SqliteDatabase(std::shared_ptr<Pool> pool) : pool_(std::move(pool)) {}
  base::Result<store::Lease> acquire() override { return pool_->acquire(); }
  std::string_view dialect() const override { return "sqlite"; }

 private:
  std::shared_ptr<Pool> pool_;
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
  std::shared_ptr<Pool> pool;
  if (location.in_memory()) {
    // The memdb file system shares one database among the connections of this process that name it.
    static std::atomic<int> counter{0};
    pool = std::make_shared<Pool>(fmt::format("file:/mla-memory-{}?vfs=memdb", ++counter), true, "memory", options);
  } else {
    MLA_CHECK(make_parent(location.path));
    make_private_file(location.path);
    pool = std::make_shared<Pool>(location.path, false, location.path, options);
  }
  // The first connection proves that the database can be opened, and keeps one in memory alive.
  MLA_ASSIGN(const store::Lease first, pool->acquire());
  return std::unique_ptr<store::Database>(std::make_unique<SqliteDatabase>(std::move(pool)));
}

}  // namespace mla::sqlite
