#include <string>

#include <gtest/gtest.h>

#include "foundation/store/database.h"
#include "foundation/store/tests/fresh_database.h"

namespace mla::store {
namespace {

class TransactionTest : public testing::Test {
 protected:
  void SetUp() override {
    database_ = fresh_database();
    connection_ = database_->acquire().value();
    ASSERT_TRUE(connection_->execute("CREATE TABLE t (x INTEGER PRIMARY KEY)").ok());
  }
  std::int64_t rows() {
    Statement* count = connection_->prepare("SELECT COUNT(*) FROM t").value();
    EXPECT_TRUE(count->step().value());
    const std::int64_t value = count->integer(0);
    count->reset();
    return value;
  }
  std::unique_ptr<Database> database_;
  Lease connection_;
};

TEST_F(TransactionTest, KeepsWhatWasCommitted) {
  {
    Transaction transaction = Transaction::start(*connection_).value();
    ASSERT_TRUE(connection_->execute("INSERT INTO t VALUES (1)").ok());
    ASSERT_TRUE(transaction.commit().ok());
    EXPECT_EQ(transaction.commit().error().code, base::ErrorCode::kInternal);
  }
  EXPECT_EQ(rows(), 1);
}

TEST_F(TransactionTest, RollsBackAtTheEndOfTheScope) {
  {
    const Transaction transaction = Transaction::start(*connection_).value();
    ASSERT_TRUE(connection_->execute("INSERT INTO t VALUES (1)").ok());
    EXPECT_EQ(rows(), 1);
  }
  EXPECT_EQ(rows(), 0);
}

TEST_F(TransactionTest, AMovedFromOneDoesNotRollBack) {
  Transaction first = Transaction::start(*connection_).value();
  ASSERT_TRUE(connection_->execute("INSERT INTO t VALUES (1)").ok());
  Transaction second(std::move(first));
  ASSERT_TRUE(second.commit().ok());
  EXPECT_EQ(rows(), 1);
}

TEST_F(TransactionTest, DoNotNest) {
  const Transaction outer = Transaction::start(*connection_).value();
  EXPECT_FALSE(Transaction::start(*connection_).ok());
}

TEST_F(TransactionTest, ASnapshotReadsOneStateBesideAWriter) {
  const DatabasePlace place;
  database_ = place.open().value();
  connection_ = database_->acquire().value();
  ASSERT_TRUE(connection_->execute("CREATE TABLE t (x INTEGER PRIMARY KEY)").ok());
  Lease writer = database_->acquire().value();
  {
    Snapshot first = Snapshot::start(*connection_).value();
    const Snapshot snapshot(std::move(first));
    EXPECT_EQ(rows(), 0);
    ASSERT_TRUE(writer->execute("INSERT INTO t VALUES (1)").ok());
    EXPECT_EQ(rows(), 0);
  }
  EXPECT_EQ(rows(), 1);
  writer.reset();
  connection_.reset();
}

}  // namespace
}  // namespace mla::store
