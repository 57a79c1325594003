#include "adapters/sqlite/sqlite.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <latch>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace mla::sqlite {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using store::Connection;
using store::Lease;
using store::Statement;
using store::Transaction;
using testing::HasSubstr;

fs::path fresh(const std::string& name) {
  const fs::path path = fs::path(testing::TempDir()) / ("sqlite-" + std::to_string(::getpid()) + "-" + name);
  fs::remove_all(path);
  return path;
}

std::int64_t read_integer(Connection& connection, std::string_view sql) {
  Statement* statement = connection.prepare(sql).value();
  EXPECT_TRUE(statement->step().value()) << sql;
  const std::int64_t value = statement->integer(0);
  statement->reset();
  return value;
}

std::string read_text(Connection& connection, std::string_view sql) {
  Statement* statement = connection.prepare(sql).value();
  EXPECT_TRUE(statement->step().value()) << sql;
  std::string value(statement->text(0));
  statement->reset();
  return value;
}

TEST(Sqlite, ValuesReadBackAsBound) {
  const auto database = open("sqlite://").value();
  const Lease connection = database->acquire().value();
  EXPECT_EQ(connection->dialect(), store::Dialect::kSqlite);
  ASSERT_TRUE(connection->execute("CREATE TABLE t (a, b, c, d, e)").ok());
  const std::string text("nul\0inside", 10);
  const std::byte bytes[] = {std::byte{0}, std::byte{255}};
  Statement* insert = connection->prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?)").value();
  insert->bind(1, std::int64_t{-9'000'000'000});
  insert->bind(2, 0.1);
  insert->bind(3, std::string_view(text));
  insert->bind(4, std::span<const std::byte>(bytes));
  insert->bind_null(5);
  ASSERT_FALSE(insert->step().value());
  EXPECT_EQ(connection->changes(), 1);

  Statement* select = connection->prepare("SELECT a, b, c, d, e FROM t").value();
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->integer(0), -9'000'000'000);
  EXPECT_EQ(select->real(1), 0.1);
  EXPECT_EQ(select->text(2), text);
  EXPECT_TRUE(std::ranges::equal(select->blob(3), bytes));
  EXPECT_TRUE(select->is_null(4));
  EXPECT_EQ(select->text(4), "");
  EXPECT_FALSE(select->step().value());
}

TEST(Sqlite, EmptyTextAndBlobAreNotNull) {
  const auto database = open("sqlite://").value();
  const Lease connection = database->acquire().value();
  Statement* select = connection->prepare("SELECT ? IS NULL, ? IS NULL, ? IS NULL").value();
  select->bind(1, std::string_view());
  select->bind(2, std::span<const std::byte>());
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->integer(0), 0);
  EXPECT_EQ(select->integer(1), 0);
  EXPECT_EQ(select->integer(2), 1);
}

TEST(Sqlite, PreparedStatementsAreKeptAndReset) {
  const auto database = open("sqlite://").value();
  const Lease connection = database->acquire().value();
  Statement* first = connection->prepare("SELECT ?").value();
  first->bind(1, std::int64_t{3});
  ASSERT_TRUE(first->step().value());
  Statement* again = connection->prepare("SELECT ?").value();
  EXPECT_EQ(first, again);
  ASSERT_TRUE(again->step().value());
  EXPECT_TRUE(again->is_null(0));
}

TEST(Sqlite, BadSqlAndBadParametersAreErrors) {
  const auto database = open("sqlite://").value();
  const Lease connection = database->acquire().value();
  EXPECT_THAT(connection->prepare("SELEKT 1").error().message, HasSubstr("syntax error"));
  EXPECT_EQ(connection->prepare("-- nothing").error().code, ErrorCode::kInternal);
  Statement* select = connection->prepare("SELECT ?").value();
  select->bind(2, std::int64_t{1});
  EXPECT_FALSE(select->step().ok());
  EXPECT_TRUE(select->step().ok());  // the failed step reset it
}

TEST(Sqlite, ConstraintsAreErrorsOfTheirOwn) {
  const auto database = open("sqlite://").value();
  const Lease connection = database->acquire().value();
  ASSERT_TRUE(connection->execute("CREATE TABLE p (x INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p)").ok());
  ASSERT_TRUE(connection->execute("INSERT INTO p VALUES (1)").ok());
  EXPECT_EQ(connection->execute("INSERT INTO p VALUES (1)").error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(connection->execute("INSERT INTO c VALUES (9)").error().code, ErrorCode::kInvalidArgument);
}

TEST(Sqlite, UrlsPathsAndParents) {
  const fs::path folder = fresh("urls");
  ASSERT_TRUE(open("sqlite:///" + (folder / "a/b/one.db").string()).ok());
  EXPECT_TRUE(fs::exists(folder / "a/b/one.db"));
  ASSERT_TRUE(open("sqlite+aiosqlite:///" + (folder / "two.db").string()).ok());
  EXPECT_TRUE(fs::exists(folder / "two.db"));
  ASSERT_TRUE(open((folder / "three.db").string()).ok());
  EXPECT_TRUE(fs::exists(folder / "three.db"));
  EXPECT_EQ(open("").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(open("postgresql://localhost/x").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(open("sqlite://host/x.db").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(open("sqlite:///x.db?mode=ro").error().code, ErrorCode::kInvalidArgument);
  fs::remove_all(folder);
}

TEST(Sqlite, RelativeUrlsStartAtTheWorkingFolder) {
  const fs::path folder = fresh("relative");
  fs::create_directories(folder);
  const fs::path before = fs::current_path();
  fs::current_path(folder);
  const bool opened = open("sqlite:///sub/r.db").ok();
  fs::current_path(before);
  EXPECT_TRUE(opened);
  EXPECT_TRUE(fs::exists(folder / "sub/r.db"));
  fs::remove_all(folder);
}

TEST(Sqlite, IsDurableInWalMode) {
  const fs::path file = fresh("wal.db");
  const auto database = open(file.string()).value();
  const Lease connection = database->acquire().value();
  EXPECT_EQ(read_text(*connection, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(read_integer(*connection, "PRAGMA synchronous"), 2);
  EXPECT_EQ(read_integer(*connection, "PRAGMA foreign_keys"), 1);
}

// Hashes of passwords and the secret that signs tokens are in there.
TEST(Sqlite, ANewFileIsItsOwnersAlone) {
  const fs::path folder = fresh("private");
  fs::create_directories(folder);
  const auto database = open((folder / "music.db").string()).value();
  const auto lease = database->acquire().value();
  ASSERT_TRUE(lease->execute("CREATE TABLE t (x)").ok());
  int files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 3) << "the database, its log and its index";
}

TEST(Sqlite, AFileThatIsThereKeepsItsMode) {
  const fs::path path = fresh("shared");
  std::ofstream(path).close();
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  ASSERT_TRUE(open(path.string()).value()->acquire().value()->execute("CREATE TABLE t (x)").ok());
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
}

TEST(Sqlite, MemoryIsSharedByAllConnectionsOfOneDatabaseOnly) {
  const auto database = open("sqlite://").value();
  const auto other = open("sqlite://").value();
  const Lease first = database->acquire().value();
  ASSERT_TRUE(first->execute("CREATE TABLE t (x); INSERT INTO t VALUES (5)").ok());
  const Lease second = database->acquire().value();
  EXPECT_EQ(read_integer(*second, "SELECT x FROM t"), 5);
  EXPECT_FALSE(other->acquire().value()->prepare("SELECT x FROM t").ok());
}

TEST(Sqlite, AReturnedConnectionHasNoTransactionAndNoSnapshot) {
  Options one;
  one.max_connections = 1;
  one.busy_timeout_ms = 20;
  const auto database = open(fresh("returned.db").string(), one).value();
  {
    const Lease lease = database->acquire().value();
    ASSERT_TRUE(lease->execute("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)").ok());
    ASSERT_TRUE(lease->begin().ok());
    ASSERT_TRUE(lease->execute("DELETE FROM t").ok());
    ASSERT_TRUE(lease->prepare("SELECT * FROM sqlite_master").value()->step().value());
    const auto full = database->acquire();
    ASSERT_FALSE(full.ok());
    EXPECT_EQ(full.error().code, ErrorCode::kBusy);
  }
  const Lease lease = database->acquire().value();
  EXPECT_EQ(read_integer(*lease, "SELECT COUNT(*) FROM t"), 2);
  EXPECT_TRUE(lease->begin().ok());
}

TEST(Sqlite, ReadersSeeTheirSnapshotBesideAWriterAndTheSecondWriterWaits) {
  Options fast;
  fast.busy_timeout_ms = 30;
  const auto database = open(fresh("busy.db").string(), fast).value();
  const Lease writer = database->acquire().value();
  ASSERT_TRUE(writer->execute("CREATE TABLE t (x)").ok());
  Transaction transaction = Transaction::start(*writer).value();
  ASSERT_TRUE(writer->execute("INSERT INTO t VALUES (1)").ok());
  const Lease other = database->acquire().value();
  EXPECT_EQ(read_integer(*other, "SELECT COUNT(*) FROM t"), 0);
  const base::Status busy = other->begin();
  ASSERT_FALSE(busy.ok());
  EXPECT_EQ(busy.error().code, ErrorCode::kBusy);
  EXPECT_THAT(busy.error().message, HasSubstr("busy.db' is busy"));
  ASSERT_TRUE(transaction.commit().ok());
  EXPECT_EQ(read_integer(*other, "SELECT COUNT(*) FROM t"), 1);
}

TEST(Sqlite, ThreadsShareOneDatabase) {
  for (const std::string& where : {std::string("sqlite://"), fresh("threads.db").string()}) {
    const auto database = open(where).value();
    ASSERT_TRUE(database->acquire().value()->execute("CREATE TABLE t (x)").ok());
    std::latch start(4);
    {
      std::vector<std::jthread> threads;
      for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
          start.arrive_and_wait();
          for (int i = 0; i < 25; ++i) {
            const Lease lease = database->acquire().value();
            Transaction transaction = Transaction::start(*lease).value();
            ASSERT_TRUE(lease->execute("INSERT INTO t VALUES (1)").ok());
            ASSERT_TRUE(transaction.commit().ok());
          }
        });
      }
    }
    EXPECT_EQ(read_integer(*database->acquire().value(), "SELECT COUNT(*) FROM t"), 100) << where;
  }
}

TEST(Sqlite, BulkRowsOfAFullDatabaseAreDiskFullAndLeaveNothing) {
  Options small;
  small.max_pages = 30;
  const auto database = open(fresh("bulk.db").string(), small).value();
  const Lease connection = database->acquire().value();
  ASSERT_TRUE(connection->execute("CREATE TABLE t (x TEXT)").ok());
  constexpr std::string_view columns[] = {"x"};
  {
    const Transaction transaction = Transaction::start(*connection).value();
    const auto insert = connection->bulk_insert("t", columns).value();
    base::Status status;
    for (int i = 0; i < 1000 && status.ok(); ++i) {
      insert->add(std::string(1000, 'x'));
      status = insert->end_row();
    }
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kDiskFull);
  }
  EXPECT_EQ(read_integer(*connection, "SELECT COUNT(*) FROM t"), 0);
}

TEST(Sqlite, AFileThatIsNoDatabaseIsCorrupt) {
  const fs::path file = fresh("text.db");
  std::ofstream(file) << "this is a text file, not a database, and it is long enough to have a header of 100 bytes: "
                         "0123456789 0123456789 0123456789";
  const auto opened = open(file.string());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(opened.error().message, HasSubstr("is not a database or is damaged"));
}

TEST(Sqlite, APlaceThatCannotBeOpenedSaysWhy) {
  const fs::path folder = fresh("folder");
  fs::create_directories(folder);
  EXPECT_FALSE(open(folder.string()).ok());  // a folder is no file
  const fs::path file = folder / "plain";
  std::ofstream(file) << "x";
  const auto below = open((file / "x.db").string());
  ASSERT_FALSE(below.ok());
  EXPECT_THAT(below.error().message, HasSubstr("plain"));
  if (::geteuid() == 0) return;  // root may write everywhere
  fs::permissions(folder, fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_EQ(open((folder / "x.db").string()).error().code, ErrorCode::kPermission);
  fs::permissions(folder, fs::perms::owner_all);
}

TEST(Sqlite, AFullDatabaseIsDiskFullAndTheTransactionLeavesNothing) {
  Options small;
  small.max_pages = 20;
  const auto database = open(fresh("full.db").string(), small).value();
  const Lease connection = database->acquire().value();
  ASSERT_TRUE(connection->execute("CREATE TABLE t (x); INSERT INTO t VALUES ('before')").ok());
  {
    const Transaction transaction = Transaction::start(*connection).value();
    base::Status status;
    for (int i = 0; i < 100 && status.ok(); ++i) status = connection->execute("INSERT INTO t VALUES (zeroblob(4000))");
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kDiskFull);
    EXPECT_THAT(status.error().message, HasSubstr("free some space"));
  }
  EXPECT_EQ(read_integer(*connection, "SELECT COUNT(*) FROM t"), 1);
  EXPECT_TRUE(connection->begin().ok());
}

}  // namespace
}  // namespace mla::sqlite
