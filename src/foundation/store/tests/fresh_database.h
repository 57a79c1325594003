#pragma once

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/postgres/postgres.h"
#include "adapters/sqlite/sqlite.h"
#include "foundation/store/database.h"

// Where the tests of all rooms get their databases: in SQLite, or in PostgreSQL if the variable MLA_TEST_POSTGRES has
// the URL of a server's database (tools/postgres.py starts one).
namespace mla::store {

// "" without a server.
inline std::string test_server() {
  const char* url = std::getenv("MLA_TEST_POSTGRES");
  return url == nullptr ? "" : url;
}

// An empty database that several may open, as processes would: a file, or a schema of the server. It goes at the end.
class DatabasePlace {
 public:
  DatabasePlace() {
    static std::atomic<int> counter{0};
    name_ = "test_" + std::to_string(::getpid()) + "_" + std::to_string(++counter);
    if (!test_server().empty()) {
      url_ = test_server() + (test_server().find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" +
             name_;
      run("DROP SCHEMA IF EXISTS " + name_ + " CASCADE; CREATE SCHEMA " + name_);
    } else {
      file_ = std::filesystem::path(testing::TempDir()) / (name_ + ".db");
      url_ = "sqlite:///" + file_.string();
      remove_file();
    }
  }
  ~DatabasePlace() {
    if (!test_server().empty()) {
      run("DROP SCHEMA " + name_ + " CASCADE");
    } else {
      remove_file();
    }
  }
  DatabasePlace(const DatabasePlace&) = delete;
  DatabasePlace& operator=(const DatabasePlace&) = delete;

  // As DATABASE_URL.
  const std::string& url() const { return url_; }
  base::Result<std::unique_ptr<Database>> open() const {
    return test_server().empty() ? sqlite::open(url_) : postgres::open(url_);
  }

 private:
  static void run(const std::string& sql) {
    const auto database = postgres::open(test_server());
    const base::Status status = database.ok() ? (*database)->acquire().value()->execute(sql) : database.error();
    if (!status.ok()) ADD_FAILURE() << sql << ": " << status.error().message;
  }
  void remove_file() const {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file_.string() + end);
  }

  std::string name_;
  std::filesystem::path file_;  // SQLite's
  std::string url_;
};

// An empty database for one test, in memory or in a schema of its own, which goes with it.
inline std::unique_ptr<Database> fresh_database() {
  if (test_server().empty()) return sqlite::open("sqlite://").value();
  class InPlace final : public Database {
   public:
    base::Result<Lease> acquire() override { return database_->acquire(); }

   private:
    DatabasePlace place_;
    std::unique_ptr<Database> database_ = place_.open().value();
  };
  return std::make_unique<InPlace>();
}

}  // namespace mla::store
