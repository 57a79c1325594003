#include "adapters/postgres/postgres.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/postgres/tests/server_fixture.h"

// What is PostgreSQL's own; what the port promises on every engine is tested in foundation/store.
namespace mla::postgres {
namespace {

using base::ErrorCode;
using store::Connection;
using store::Statement;
using store::Transaction;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(PostgresUrl, WhatIsNoneSaysWhatToWriteAndKeepsThePassword) {
  for (const char* url : {"", "postgresql:/h/d", "sqlite:///x", "host=h dbname=d", "postgresql://u:hunter2@[h/d",
                          "postgresql://h/d?x=y"}) {
    const auto opened = open(url);
    ASSERT_FALSE(opened.ok()) << url;
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalidArgument) << url;
    EXPECT_THAT(opened.error().message,
                AllOf(HasSubstr("postgresql://user:password@host:port/name"), Not(HasSubstr("hunter2"))));
  }
}

TEST(PostgresUrl, AServerThatIsNotThereIsOneLineWithoutThePassword) {
  // Nobody listens on the first port of the loopback.
  const auto opened = open("postgresql://ana:hunter2@127.0.0.1:1/music");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kBusy);
  EXPECT_THAT(opened.error().message, AllOf(HasSubstr("database '127.0.0.1:1/music' cannot be reached"),
                                            HasSubstr("refused"), Not(HasSubstr("hunter2")), Not(HasSubstr("\n"))));
}

class PostgresTest : public ServerTest {
 protected:
  static std::int64_t backend(Connection& connection) {
    return std::stoll(text(connection, "SELECT pg_backend_pid()"));
  }
  // Ends the session of another connection, as an administrator or a restart does, and waits until it is gone.
  void end_backend(std::int64_t pid) const {
    execute("SELECT pg_terminate_backend(" + std::to_string(pid) + ", 30000)");
  }
};

TEST_F(PostgresTest, SaysWhatItIsAndKeepsCommitsDurable) {
  EXPECT_EQ(connection_->dialect(), store::Dialect::kPostgresql);
  const auto careless = open(url_with("synchronous_commit=off")).value();
  EXPECT_EQ(text(*careless->acquire().value(), "SELECT current_setting('synchronous_commit')"), "on");
  const auto careful = open(url_with("synchronous_commit=remote_apply")).value();
  EXPECT_EQ(text(*careful->acquire().value(), "SELECT current_setting('synchronous_commit')"), "remote_apply");
  EXPECT_EQ(text(*connection_, "SELECT current_setting('client_encoding')"), "UTF8");
}

TEST_F(PostgresTest, AWrongDatabaseOrSchemaIsNamed) {
  const std::string other = server_.substr(0, server_.find("/music")) + "/nowhere" +
                            server_.substr(std::min(server_.find("/music") + 6, server_.size()));
  const auto nowhere = open(other);
  ASSERT_FALSE(nowhere.ok());
  EXPECT_THAT(nowhere.error().message, HasSubstr("database \"nowhere\" does not exist"));
  const auto schema = open(url_with("search_path=nowhere"));
  ASSERT_FALSE(schema.ok());
  EXPECT_EQ(schema.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(schema.error().message, HasSubstr("no schema of the search path"));
}

TEST_F(PostgresTest, ADatabaseThatIsNotInUtf8IsRefused) {
  const std::string name = "ascii_" + std::to_string(::getpid());
  execute("CREATE DATABASE " + name + " ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
  std::string url = server_;
  url.replace(url.find("/music"), 6, "/" + name);
  const auto refused = open(url);
  execute("DROP DATABASE " + name + " WITH (FORCE)");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("is in the encoding SQL_ASCII"));
}

TEST_F(PostgresTest, TypesThatAreNotReadAndTheBareWordUserAreRefusedAtOnce) {
  const auto numeric = connection_->prepare("SELECT 1, SUM(x) FROM (SELECT CAST(1 AS BIGINT) AS x) t");
  ASSERT_FALSE(numeric.ok());
  EXPECT_THAT(numeric.error().message, HasSubstr("column 2"));
  const auto cast = connection_->prepare("SELECT CAST(SUM(x) AS BIGINT) FROM (SELECT CAST(1 AS BIGINT) AS x) t");
  EXPECT_TRUE(cast.ok());
  EXPECT_EQ(connection_->prepare("SELECT user").error().code, ErrorCode::kInternal);
  EXPECT_EQ(text(*connection_, "SELECT TRUE"), "1");
}

TEST_F(PostgresTest, ANulInTextIsAnErrorAndNotItsEnd) {
  execute("CREATE TABLE t (s TEXT, i BIGINT)");
  Statement* insert = connection_->prepare("INSERT INTO t (s) VALUES (?)").value();
  insert->bind(1, std::string_view("a\0b", 3));
  const auto refused = insert->step();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  insert->bind(1, std::string_view("\xFF\xFE"));
  EXPECT_EQ(insert->step().error().code, ErrorCode::kInvalidArgument) << "no UTF-8";
  Statement* number = connection_->prepare("INSERT INTO t (i) VALUES (?)").value();
  number->bind(1, std::string_view("12"));
  EXPECT_TRUE(number->step().ok());
  number = connection_->prepare("INSERT INTO t (i) VALUES (?)").value();
  number->bind(1, std::string_view("many"));
  EXPECT_EQ(number->step().error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(text(*connection_, "SELECT COUNT(*) FROM t"), "1");
}

TEST_F(PostgresTest, ATransactionWhoseStatementFailedCommitsNothingAndSaysSo) {
  execute("CREATE TABLE t (x BIGINT PRIMARY KEY)");
  Transaction transaction = Transaction::start(*connection_).value();
  execute("INSERT INTO t VALUES (1)");
  EXPECT_EQ(connection_->execute("INSERT INTO t VALUES (1)").error().code, ErrorCode::kAlreadyExists);
  const base::Status status = transaction.commit();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("nothing was committed"));
  EXPECT_EQ(text(*connection_, "SELECT COUNT(*) FROM t"), "0");
  EXPECT_TRUE(Transaction::start(*connection_).ok());
}

TEST_F(PostgresTest, TheSecondWriterWaitsAndIsToldThatItIsBusy) {
  const auto hasty = open_with({.busy_timeout_ms = 50});
  const auto other = hasty->acquire().value();
  Transaction first = Transaction::start(*connection_).value();
  const auto second = Transaction::start(*other);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  EXPECT_THAT(second.error().message, HasSubstr("another program is writing to it"));
  EXPECT_TRUE(store::Snapshot::start(*other).ok()) << "readers do not wait";
  ASSERT_TRUE(first.commit().ok());
  EXPECT_TRUE(Transaction::start(*other).ok());
  EXPECT_TRUE(Transaction::start(*open(server_).value()->acquire().value()).ok());
}

TEST_F(PostgresTest, TransactionsAndSnapshotsDoNotNest) {
  {
    const Transaction outer = Transaction::start(*connection_).value();
    EXPECT_EQ(connection_->begin().error().code, ErrorCode::kInternal);
    EXPECT_EQ(connection_->begin_read().error().code, ErrorCode::kInternal);
    EXPECT_TRUE(connection_->execute("SELECT 1").ok()) << "the outer one goes on";
  }
  const store::Snapshot snapshot = store::Snapshot::start(*connection_).value();
  EXPECT_EQ(connection_->begin().error().code, ErrorCode::kInternal);
  EXPECT_EQ(connection_->execute("CREATE TABLE t (x BIGINT)").error().code, ErrorCode::kPermission) << "it only reads";
}

TEST_F(PostgresTest, ConnectionsAreBoundedAndKept) {
  const auto one = open_with({.max_connections = 1, .busy_timeout_ms = 20});
  std::int64_t first = 0;
  {
    const auto lease = one->acquire().value();
    first = backend(*lease);
    const auto second = one->acquire();
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, ErrorCode::kBusy);
    EXPECT_THAT(second.error().message, HasSubstr("all 1 connections"));
  }
  EXPECT_EQ(backend(*one->acquire().value()), first);
}

TEST_F(PostgresTest, TablesAreMadeInTheFirstSchemaOfTheSearchPath) {
  execute("CREATE TABLE t (x BIGINT)");
  EXPECT_EQ(text(*connection_, "SELECT CAST(schemaname AS TEXT) FROM pg_tables WHERE tablename = 't'"), schema_);
}

TEST_F(PostgresTest, ALeaseMayOutliveTheDatabase) {
  auto short_lived = open_with({});
  const auto lease = short_lived->acquire().value();
  short_lived.reset();
  EXPECT_EQ(text(*lease, "SELECT 7"), "7");
}

TEST_F(PostgresTest, SchemasDoNotWaitForEachOther) {
  const auto elsewhere = open(server_, {.busy_timeout_ms = 50}).value();
  const auto other = elsewhere->acquire().value();
  const auto mine = database_->acquire().value();
  const Transaction first = Transaction::start(*mine).value();
  EXPECT_TRUE(Transaction::start(*other).ok());
}

TEST_F(PostgresTest, AServerThatIsSilentCountsAsGone) {
  const auto hasty = open_with({.statement_timeout_ms = 1000, .retry_pause_ms = 1});
  {
    const auto lease = hasty->acquire().value();
    Statement* sleep = lease->prepare("SELECT 1 FROM pg_sleep(600)").value();
    const auto gone = sleep->step();
    ASSERT_FALSE(gone.ok());
    EXPECT_EQ(gone.error().code, ErrorCode::kBusy);
    EXPECT_THAT(gone.error().message, HasSubstr("has not answered for 1 s"));
    EXPECT_EQ(lease->execute("SELECT 1").error().code, ErrorCode::kBusy) << "this connection stays broken";
    EXPECT_FALSE(lease->begin().ok());
    EXPECT_FALSE(lease->commit().ok());
    EXPECT_FALSE(lease->prepare("SELECT 2").ok());
  }
  EXPECT_EQ(text(*hasty->acquire().value(), "SELECT 7"), "7");
}

TEST_F(PostgresTest, AConnectionThatEndedWhileIdleIsReplacedUnnoticed) {
  const std::int64_t old = backend(*database_->acquire().value());
  end_backend(old);
  const auto lease = database_->acquire();
  ASSERT_TRUE(lease.ok());
  EXPECT_NE(backend(**lease), old);
}

TEST_F(PostgresTest, AConnectionThatEndsInUseFailsWhatItDidAndNothingElse) {
  execute("CREATE TABLE t (x BIGINT)");
  {
    const auto lease = database_->acquire().value();
    Transaction transaction = Transaction::start(*lease).value();
    ASSERT_TRUE(lease->execute("INSERT INTO t VALUES (1)").ok());
    end_backend(backend(*lease));
    const base::Status status = transaction.commit();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kBusy);
  }
  const auto next = database_->acquire();
  ASSERT_TRUE(next.ok()) << next.error().message;
  EXPECT_EQ(text(**next, "SELECT COUNT(*) FROM t"), "0");
  Transaction transaction = Transaction::start(**next).value();
  ASSERT_TRUE((*next)->execute("INSERT INTO t VALUES (2)").ok());
  EXPECT_TRUE(transaction.commit().ok());
}

TEST_F(PostgresTest, AQueryThatIsLeftEarlyCostsAtMostItsConnection) {
  for (const int rows : {10, 5'000'000}) {
    const auto lease = database_->acquire().value();
    Statement* many = lease->prepare("SELECT x FROM generate_series(1, CAST(? AS BIGINT)) x").value();
    many->bind(1, std::int64_t{rows});
    for (int i = 1; i <= 3; ++i) {
      ASSERT_TRUE(many->step().value());
      EXPECT_EQ(many->integer(0), i);
    }
  }
  EXPECT_EQ(text(*database_->acquire().value(), "SELECT 7"), "7");
}

TEST_F(PostgresTest, RowsComeOneByOne) {
  // All rows at once would be hundreds of megabytes.
  const auto lease = database_->acquire().value();
  Statement* many = lease->prepare("SELECT repeat('x', 1000) FROM generate_series(1, 200000)").value();
  std::size_t bytes = 0;
  while (many->step().value()) bytes += many->text(0).size();
  EXPECT_EQ(bytes, 200'000'000u);
}

TEST_F(PostgresTest, BulkRowsOfTheWrongTypeOrLengthAreOurMistake) {
  execute("CREATE TABLE t (i BIGINT, s TEXT)");
  constexpr std::string_view columns[] = {"i", "s"};
  const auto add = [&](const auto& fill) {
    const Transaction transaction = Transaction::start(*connection_).value();
    const auto insert = connection_->bulk_insert("t", columns).value();
    fill(*insert);
    return insert->end_row();
  };
  EXPECT_THAT(add([](store::BulkInsert& row) {
                row.add(std::string_view("one"));
                row.add(std::string_view("a"));
              })
                  .error()
                  .message,
              HasSubstr("text for column 1"));
  EXPECT_THAT(add([](store::BulkInsert& row) { row.add(std::int64_t{1}); }).error().message,
              HasSubstr("a row of 1 columns"));
  EXPECT_TRUE(add([](store::BulkInsert& row) {
                row.add(std::int64_t{1});
                row.add_null();
              }).ok());
  EXPECT_EQ(text(*connection_, "SELECT COUNT(*) FROM t"), "0") << "none was finished";
}

TEST_F(PostgresTest, BulkRowsThatTheServerRefusesLeaveTheConnectionWhole) {
  execute("CREATE TABLE t (s TEXT NOT NULL)");
  constexpr std::string_view columns[] = {"s"};
  {
    const Transaction transaction = Transaction::start(*connection_).value();
    const auto insert = connection_->bulk_insert("t", columns).value();
    insert->add(std::string_view("\xFF"));
    ASSERT_TRUE(insert->end_row().ok());
    EXPECT_EQ(insert->finish().error().code, ErrorCode::kInvalidArgument);
  }
  {
    Transaction transaction = Transaction::start(*connection_).value();
    const auto insert = connection_->bulk_insert("t", columns).value();
    insert->add(std::string_view("fine"));
    ASSERT_TRUE(insert->end_row().ok());
    EXPECT_EQ(insert->finish().value(), 1);
    ASSERT_TRUE(transaction.commit().ok());
  }
  EXPECT_EQ(text(*connection_, "SELECT s FROM t"), "fine");
  const Transaction transaction = Transaction::start(*connection_).value();
  EXPECT_FALSE(connection_->bulk_insert("nowhere", columns).ok());
}

// More than one chunk of the protocol, and the whole batch or nothing.
TEST_F(PostgresTest, LargeBulkInsertsAreWhole) {
  execute("CREATE TABLE t (i BIGINT PRIMARY KEY, s TEXT)");
  constexpr std::string_view columns[] = {"i", "s"};
  constexpr std::int64_t kRows = 30'000;
  const std::string text_of_row(100, 'y');
  for (const bool commit : {false, true}) {
    Transaction transaction = Transaction::start(*connection_).value();
    const auto insert = connection_->bulk_insert("t", columns).value();
    for (std::int64_t i = 0; i < kRows; ++i) {
      insert->add(i);
      insert->add(text_of_row);
      ASSERT_TRUE(insert->end_row().ok());
    }
    EXPECT_EQ(insert->finish().value(), kRows);
    if (commit) {
      ASSERT_TRUE(transaction.commit().ok());
    }
  }
  EXPECT_EQ(text(*connection_, "SELECT COUNT(*) FROM t"), "30000");
}

}  // namespace
}  // namespace mla::postgres
