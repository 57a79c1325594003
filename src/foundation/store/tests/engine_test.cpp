#include <cmath>
#include <latch>
#include <limits>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/store/database.h"
#include "foundation/store/migrations.h"
#include "foundation/store/tests/fresh_database.h"

// What the port promises, on whichever engine the tests run.
namespace mla::store {
namespace {

using base::ErrorCode;
using testing::ElementsAre;

class EngineTest : public testing::Test {
 protected:
  void make(std::string_view schema) {
    const base::Status status = connection_->execute(spelled(schema, connection_->dialect()));
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  std::vector<std::int64_t> integers(std::string_view sql, Connection* connection = nullptr) {
    Statement* select = (connection == nullptr ? *connection_ : *connection).prepare(sql).value();
    std::vector<std::int64_t> found;
    while (select->step().value()) found.push_back(select->integer(0));
    select->reset();
    return found;
  }

  DatabasePlace place_;
  std::unique_ptr<Database> database_ = place_.open().value();
  Lease connection_ = database_->acquire().value();
};

TEST_F(EngineTest, ValuesReadBackAsBound) {
  make("CREATE TABLE t (i INTEGER, r REAL, s TEXT, b BLOB, n TEXT)");
  const std::byte bytes[] = {std::byte{0}, std::byte{255}, std::byte{'\''}, std::byte{'\\'}};
  constexpr std::int64_t integers[] = {0, -1, std::numeric_limits<std::int64_t>::max(),
                                       std::numeric_limits<std::int64_t>::min(), 9'007'199'254'740'993};
  constexpr double reals[] = {0.1, -2.5, 1e308, std::numeric_limits<double>::denorm_min(),
                              std::numeric_limits<double>::infinity()};
  const std::string text = "Ünïcode ✓ \"quotes\" 'single' \\ ? $1";
  for (int i = 0; i < 5; ++i) {
    Statement* insert = connection_->prepare("INSERT INTO t (i, r, s, b, n) VALUES (?, ?, ?, ?, ?)").value();
    insert->bind(1, integers[i]);
    insert->bind(2, reals[i]);
    insert->bind(3, text);
    insert->bind(4, std::span<const std::byte>(bytes));
    insert->bind_null(5);
    ASSERT_FALSE(insert->step().value());
    EXPECT_EQ(connection_->changes(), 1);
    Statement* select = connection_->prepare("SELECT i, r, s, b, n FROM t").value();
    ASSERT_TRUE(select->step().value());
    EXPECT_EQ(select->integer(0), integers[i]);
    EXPECT_EQ(select->real(1), reals[i]);
    EXPECT_EQ(select->text(2), text);
    EXPECT_TRUE(std::ranges::equal(select->blob(3), bytes));
    EXPECT_TRUE(select->is_null(4));
    EXPECT_EQ(select->text(4), "");
    EXPECT_FALSE(select->step().value());
    ASSERT_TRUE(connection_->execute("DELETE FROM t").ok());
  }
}

TEST_F(EngineTest, EmptyTextAndBlobAreNotNullAndWhatIsNotBoundIs) {
  make("CREATE TABLE t (s TEXT, b BLOB, n INTEGER)");
  Statement* insert = connection_->prepare("INSERT INTO t (s, b, n) VALUES (?, ?, ?)").value();
  insert->bind(1, std::string_view());
  insert->bind(2, std::span<const std::byte>());
  ASSERT_TRUE(insert->step().ok());
  Statement* select = connection_->prepare("SELECT s IS NULL, b IS NULL, n IS NULL FROM t").value();
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->integer(0), 0);
  EXPECT_EQ(select->integer(1), 0);
  EXPECT_EQ(select->integer(2), 1);
}

TEST_F(EngineTest, NumbersConvertAndLimitsAndCountsAreIntegers) {
  make("CREATE TABLE t (i INTEGER, r REAL)");
  Statement* insert = connection_->prepare("INSERT INTO t (i, r) VALUES (?, ?)").value();
  insert->bind(1, std::int64_t{7});
  insert->bind(2, std::int64_t{3});
  ASSERT_TRUE(insert->step().ok());
  Statement* select = connection_->prepare("SELECT i, r, COUNT(*), MAX(i), i = 7 FROM t GROUP BY i, r LIMIT ?").value();
  select->bind(1, std::int64_t{10});
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->real(0), 7.0);
  EXPECT_EQ(select->text(0), "7");
  EXPECT_EQ(select->real(1), 3.0);
  EXPECT_EQ(select->integer(1), 3);
  EXPECT_EQ(select->integer(2), 1);
  EXPECT_EQ(select->integer(3), 7);
  EXPECT_EQ(select->integer(4), 1);
}

TEST_F(EngineTest, KeysAreDrawnAndReturned) {
  make("CREATE TABLE t (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)");
  Statement* insert = connection_->prepare("INSERT INTO t (id) VALUES (?) RETURNING key").value();
  std::vector<std::int64_t> keys;
  for (const char* id : {"b", "a"}) {
    insert->bind(1, std::string_view(id));
    ASSERT_TRUE(insert->step().value());
    keys.push_back(insert->integer(0));
    insert->reset();
  }
  EXPECT_LT(keys[0], keys[1]);
  Statement* upsert = connection_
                          ->prepare(
                              "INSERT INTO t (id) VALUES (?) ON CONFLICT (id) DO UPDATE SET id = "
                              "excluded.id RETURNING key")
                          .value();
  upsert->bind(1, std::string_view("a"));
  ASSERT_TRUE(upsert->step().value());
  EXPECT_EQ(upsert->integer(0), keys[1]);
}

TEST_F(EngineTest, TextIsOrderedByItsBytes) {
  make("CREATE TABLE t (s TEXT)");
  ASSERT_TRUE(connection_->execute("INSERT INTO t VALUES ('b'), ('Ä'), ('a'), ('B'), ('_'), ('a b'), ('ab')").ok());
  Statement* select = connection_->prepare("SELECT s FROM t ORDER BY s").value();
  std::vector<std::string> found;
  while (select->step().value()) found.emplace_back(select->text(0));
  EXPECT_THAT(found, ElementsAre("B", "_", "a", "a b", "ab", "b", "Ä"));
}

TEST_F(EngineTest, PreparedStatementsAreKeptAndReset) {
  make("CREATE TABLE t (i INTEGER)");
  ASSERT_TRUE(connection_->execute("INSERT INTO t VALUES (3)").ok());
  constexpr std::string_view sql = "SELECT i FROM t WHERE i = ?";
  Statement* first = connection_->prepare(sql).value();
  first->bind(1, std::int64_t{3});
  ASSERT_TRUE(first->step().value());
  Statement* again = connection_->prepare(sql).value();
  EXPECT_EQ(first, again);
  EXPECT_FALSE(again->step().value()) << "its parameter is NULL again";
}

TEST_F(EngineTest, StatementsOfOneConnectionMayRunWithinEachOther) {
  make("CREATE TABLE t (i INTEGER PRIMARY KEY)");
  for (int i = 1; i <= 100; ++i) {
    ASSERT_TRUE(connection_->execute("INSERT INTO t VALUES (" + std::to_string(i) + ")").ok());
  }
  Statement* outer = connection_->prepare("SELECT i FROM t ORDER BY i").value();
  Statement* inner = connection_->prepare("SELECT COUNT(*) FROM t WHERE i < ?").value();
  std::int64_t row = 0;
  while (outer->step().value()) {
    inner->bind(1, outer->integer(0));
    ASSERT_TRUE(inner->step().value());
    EXPECT_EQ(inner->integer(0), row);
    inner->reset();
    EXPECT_EQ(outer->integer(0), ++row) << "its row is still there";
  }
  EXPECT_EQ(row, 100);
}

TEST_F(EngineTest, AHalfReadStatementDoesNotHoldUpTheNext) {
  make("CREATE TABLE t (i INTEGER)");
  ASSERT_TRUE(connection_->execute("INSERT INTO t VALUES (1), (2), (3)").ok());
  ASSERT_TRUE(connection_->prepare("SELECT i FROM t").value()->step().value());
  EXPECT_TRUE(connection_->execute("INSERT INTO t VALUES (4)").ok());
  EXPECT_THAT(integers("SELECT COUNT(*) FROM t"), ElementsAre(4));
}

TEST_F(EngineTest, ErrorsHaveTheirCodesAndTheConnectionGoesOn) {
  make("CREATE TABLE p (x INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER NOT NULL REFERENCES p (x))");
  ASSERT_TRUE(connection_->execute("INSERT INTO p VALUES (1)").ok());
  EXPECT_EQ(connection_->execute("INSERT INTO p VALUES (1)").error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(connection_->execute("INSERT INTO c VALUES (9)").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(connection_->execute("INSERT INTO c VALUES (NULL)").error().code, ErrorCode::kInvalidArgument);
  Statement* insert = connection_->prepare("INSERT INTO p VALUES (?)").value();
  insert->bind(1, std::int64_t{1});
  EXPECT_EQ(insert->step().error().code, ErrorCode::kAlreadyExists);
  EXPECT_FALSE(connection_->prepare("SELEKT 1").ok());
  EXPECT_FALSE(connection_->prepare("SELECT y FROM p").ok());
  Statement* select = connection_->prepare("SELECT x FROM p WHERE x = ?").value();
  select->bind(2, std::int64_t{1});
  EXPECT_EQ(select->step().error().code, ErrorCode::kInternal);
  select->bind(1, std::int64_t{1});
  EXPECT_TRUE(select->step().value()) << "the failed step has reset it";
}

TEST_F(EngineTest, ChangesAreThoseOfTheLastWrite) {
  make("CREATE TABLE t (i INTEGER PRIMARY KEY, j INTEGER NOT NULL DEFAULT 0)");
  ASSERT_TRUE(connection_->execute("INSERT INTO t (i) VALUES (1), (2), (3)").ok());
  const auto change = [&](std::string_view sql) {
    EXPECT_FALSE(connection_->prepare(sql).value()->step().value());
    return connection_->changes();
  };
  EXPECT_EQ(change("UPDATE t SET j = 1 WHERE i >= 2"), 2);
  EXPECT_EQ(change("INSERT INTO t (i) VALUES (3), (4) ON CONFLICT DO NOTHING"), 1);
  EXPECT_EQ(change("DELETE FROM t WHERE i = 9"), 0);
  EXPECT_EQ(change("DELETE FROM t"), 4);
}

TEST_F(EngineTest, ReadersSeeTheirStateBesideAWriter) {
  make("CREATE TABLE t (i INTEGER)");
  Transaction transaction = Transaction::start(*connection_).value();
  ASSERT_TRUE(connection_->execute("INSERT INTO t VALUES (1)").ok());
  const Lease other = database_->acquire().value();
  EXPECT_THAT(integers("SELECT COUNT(*) FROM t", other.get()), ElementsAre(0));
  {
    const Snapshot snapshot = Snapshot::start(*other).value();
    EXPECT_THAT(integers("SELECT COUNT(*) FROM t", other.get()), ElementsAre(0));
    ASSERT_TRUE(transaction.commit().ok());
    EXPECT_THAT(integers("SELECT COUNT(*) FROM t", other.get()), ElementsAre(0));
  }
  EXPECT_THAT(integers("SELECT COUNT(*) FROM t", other.get()), ElementsAre(1));
}

TEST_F(EngineTest, AReturnedConnectionHasNoTransactionAndNoHalfReadRows) {
  make("CREATE TABLE t (i INTEGER)");
  ASSERT_TRUE(connection_->execute("INSERT INTO t VALUES (1), (2)").ok());
  connection_.reset();
  {
    const Lease lease = database_->acquire().value();
    ASSERT_TRUE(lease->begin().ok());
    ASSERT_TRUE(lease->execute("DELETE FROM t").ok());
  }
  {
    const Lease lease = database_->acquire().value();
    ASSERT_TRUE(lease->prepare("SELECT i FROM t").value()->step().value());
  }
  connection_ = database_->acquire().value();
  EXPECT_THAT(integers("SELECT COUNT(*) FROM t"), ElementsAre(2));
  EXPECT_TRUE(connection_->begin().ok());
}

// What a transaction has read stays true until it commits: nobody else writes meanwhile.
TEST_F(EngineTest, TransactionsOfManyThreadsDoNotLoseEachOthersWrites) {
  make("CREATE TABLE t (n INTEGER NOT NULL); INSERT INTO t VALUES (0)");
  constexpr int kThreads = 4;
  constexpr int kRounds = 25;
  std::latch start(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        for (int i = 0; i < kRounds; ++i) {
          const Lease lease = database_->acquire().value();
          Transaction transaction = Transaction::start(*lease).value();
          const std::int64_t before = integers("SELECT n FROM t", lease.get()).front();
          Statement* update = lease->prepare("UPDATE t SET n = ?").value();
          update->bind(1, before + 1);
          ASSERT_FALSE(update->step().value());
          ASSERT_TRUE(transaction.commit().ok());
        }
      });
    }
  }
  EXPECT_THAT(integers("SELECT n FROM t"), ElementsAre(kThreads * kRounds));
}

TEST_F(EngineTest, BulkInsertAddsWhatIsNewAndReadsBackAsAdded) {
  make("CREATE TABLE t (i INTEGER PRIMARY KEY, r REAL, s TEXT, b BLOB, d INTEGER NOT NULL DEFAULT 5)");
  ASSERT_TRUE(connection_->execute("INSERT INTO t (i) VALUES (7), (130)").ok());
  constexpr std::string_view columns[] = {"i", "r", "s", "b"};
  constexpr int kRows = 200;  // not a multiple of what goes into one statement
  const std::string text = "tab\tnewline\n\\N 'quoted'";
  {
    Transaction transaction = Transaction::start(*connection_).value();
    const auto insert = connection_->bulk_insert("t", columns).value();
    for (int i = 1; i <= kRows; ++i) {
      insert->add(std::int64_t{i});
      if (i % 3 == 0) {
        insert->add_null();
      } else {
        insert->add(i / 3.0);
      }
      insert->add(i % 2 == 0 ? std::string_view(text) : std::string_view());
      insert->add(std::as_bytes(std::span(text).first(static_cast<std::size_t>(i) % text.size())));
      ASSERT_TRUE(insert->end_row().ok());
    }
    insert->add(std::int64_t{1});  // a collision among themselves
    insert->add(0.0);
    insert->add(std::string_view("second"));
    insert->add_null();
    ASSERT_TRUE(insert->end_row().ok());
    EXPECT_EQ(insert->finish().value(), kRows - 2);
    ASSERT_TRUE(transaction.commit().ok());
  }
  EXPECT_THAT(integers("SELECT COUNT(*) FROM t"), ElementsAre(kRows));
  Statement* select = connection_->prepare("SELECT i, r, s, b, d FROM t WHERE i <> 7 AND i <> 130 ORDER BY i").value();
  int rows = 0;
  while (select->step().value()) {
    const auto i = static_cast<int>(select->integer(0));
    EXPECT_EQ(select->is_null(1), i % 3 == 0) << i;
    EXPECT_EQ(select->real(1), i % 3 == 0 ? 0 : i / 3.0) << i;
    EXPECT_EQ(select->text(2), i % 2 == 0 ? text : "") << i;
    EXPECT_FALSE(select->is_null(2)) << i;
    EXPECT_EQ(select->blob(3).size(), static_cast<std::size_t>(i) % text.size()) << i;
    EXPECT_EQ(select->integer(4), 5) << i;
    ++rows;
  }
  EXPECT_EQ(rows, kRows - 2);
}

TEST_F(EngineTest, BulkInsertsFollowEachOtherInOneTransactionAndGoWithIt) {
  make("CREATE TABLE t (i INTEGER PRIMARY KEY)");
  constexpr std::string_view columns[] = {"i"};
  {
    const Transaction transaction = Transaction::start(*connection_).value();
    for (std::int64_t round = 0; round < 3; ++round) {
      const auto insert = connection_->bulk_insert("t", columns).value();
      insert->add(round);
      ASSERT_TRUE(insert->end_row().ok());
      EXPECT_EQ(insert->finish().value(), 1);
    }
    EXPECT_THAT(integers("SELECT COUNT(*) FROM t"), ElementsAre(3));
  }
  EXPECT_THAT(integers("SELECT COUNT(*) FROM t"), ElementsAre(0)) << "rolled back";
  {
    const Transaction transaction = Transaction::start(*connection_).value();
    const auto given_up = connection_->bulk_insert("t", columns).value();
    given_up->add(std::int64_t{1});
    ASSERT_TRUE(given_up->end_row().ok());
  }
  EXPECT_THAT(integers("SELECT COUNT(*) FROM t"), ElementsAre(0)) << "never finished";
}

}  // namespace
}  // namespace mla::store
