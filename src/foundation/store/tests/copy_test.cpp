#include "foundation/store/copy.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/store/database_id.h"
#include "foundation/store/migrations.h"
#include "foundation/store/tables.h"
#include "foundation/store/tests/fresh_database.h"

namespace mla::store {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

constexpr Migration kSchema[] = {{1, "all", R"sql(
CREATE TABLE parents (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE children (
  "user" INTEGER NOT NULL REFERENCES parents (key),
  time   INTEGER,
  weight REAL,
  bytes  BLOB,
  note   TEXT,
  PRIMARY KEY ("user", time)
);
CREATE TABLE totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO totals VALUES ('parents', 0);
CREATE VIEW known AS SELECT id FROM parents;
)sql"}};

// From the engine that the tests run on into SQLite and back.
class CopyTest : public testing::Test {
 protected:
  static std::unique_ptr<Database> with_schema(std::unique_ptr<Database> database) {
    EXPECT_TRUE(migrate(*database->acquire().value(), "room", kSchema).ok());
    return database;
  }
  static void run(Database& database, std::string_view sql) {
    const base::Status status = database.acquire().value()->execute(sql);
    ASSERT_TRUE(status.ok()) << sql << ": " << status.error().message;
  }
  static void fill(Database& database) {
    run(database, "INSERT INTO parents VALUES (5, 'ana'), (9, 'Ünï ✓ ''quoted'' \\ ')");
    const Lease lease = database.acquire().value();
    for (std::int64_t time = 1; time <= 300; ++time) {
      Statement* insert =
          lease->prepare("INSERT INTO children (\"user\", time, weight, bytes, note) VALUES (?, ?, ?, ?, ?)").value();
      insert->bind(1, std::int64_t{time % 2 == 0 ? 5 : 9});
      insert->bind(2, time);
      if (time % 3 != 0) insert->bind(3, static_cast<double>(time) / 7);
      const std::string bytes(static_cast<std::size_t>(time % 20), static_cast<char>(time));
      if (time % 5 != 0) insert->bind(4, std::as_bytes(std::span(bytes)));
      if (time % 4 != 0) insert->bind(5, std::string_view(time % 8 == 1 ? "" : "tab\tand\nline"));
      ASSERT_TRUE(insert->step().ok());
    }
    run(database, "UPDATE totals SET value = 2");
  }
  static void add_parents(Database& database, std::int64_t count) {
    const Lease lease = database.acquire().value();
    Transaction transaction = Transaction::start(*lease).value();
    const std::string_view columns[] = {"key", "id"};
    const auto insert = lease->bulk_insert("parents", columns).value();
    for (std::int64_t key = 100; key < 100 + count; ++key) {
      insert->add(key);
      insert->add("p" + std::to_string(key));
      ASSERT_TRUE(insert->end_row().ok());
    }
    ASSERT_EQ(insert->finish().value(), count);
    ASSERT_TRUE(transaction.commit().ok());
  }
  std::vector<TableSum> sums(Database& database) { return table_sums(*database.acquire().value(), work_).value(); }
  base::Result<std::vector<TableSum>> copy(Database& from, Database& to) {
    return copy_database(from, to, *fresh_, work_);
  }

  base::ThreadPool pool_{1};
  base::SilentProgress progress_;
  base::CancelFlag cancel_;
  base::Work work_{pool_, progress_, cancel_};
  std::unique_ptr<Database> given_ = with_schema(fresh_database());
  std::unique_ptr<Database> other_ = with_schema(sqlite::open("sqlite://").value());
  std::unique_ptr<Database> fresh_ = with_schema(sqlite::open("sqlite://").value());
};

TEST_F(CopyTest, TablesAreSaidAlikeByBothEngines) {
  const auto of = [](Database& database) { return tables(*database.acquire().value()).value(); };
  const std::vector<Table> found = of(*given_);
  EXPECT_EQ(found, of(*other_));
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].name, "schema_migrations");
  EXPECT_EQ(found[1], (Table{"parents", {{"id", ColumnType::kText}, {"key", ColumnType::kInteger, true}}}));
  EXPECT_EQ(found[2], (Table{"children",
                             {{"bytes", ColumnType::kBlob},
                              {"note", ColumnType::kText},
                              {"time", ColumnType::kInteger},
                              {"user", ColumnType::kInteger},
                              {"weight", ColumnType::kReal}}}));
  EXPECT_EQ(found[3].name, "totals");
  run(*other_, "CREATE TABLE strange (day DATE)");
  const auto strange = tables(*other_->acquire().value());
  ASSERT_FALSE(strange.ok());
  EXPECT_EQ(strange.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(strange.error().message, HasSubstr("column day of table strange has the type 'DATE'"));
}

TEST_F(CopyTest, SumsSayWhatIsThereWhateverItsOrder) {
  const std::vector<TableSum> empty = sums(*given_);
  EXPECT_EQ(empty, sums(*fresh_));
  EXPECT_EQ(empty.front().rows, 0);
  run(*given_, "INSERT INTO parents VALUES (1, 'a'), (2, 'b')");
  run(*other_, "INSERT INTO parents VALUES (2, 'b'), (1, 'a')");
  EXPECT_EQ(sums(*given_), sums(*other_));
  // The same values in other places, a NULL for an empty text, one row twice: all are other sums.
  std::vector<std::vector<TableSum>> seen;
  for (const char* sql : {"UPDATE parents SET id = id || 'x'", "INSERT INTO children VALUES (1, 1, NULL, NULL, NULL)",
                          "UPDATE children SET note = ''", "UPDATE children SET weight = 0", "DELETE FROM children"}) {
    seen.push_back(sums(*other_));
    run(*other_, sql);
  }
  seen.push_back(sums(*other_));
  for (std::size_t i = 0; i + 1 < seen.size(); ++i) EXPECT_NE(seen[i], seen[i + 1]) << i;
}

TEST_F(CopyTest, ThereAndBackIsTheSame) {
  fill(*given_);
  const std::vector<TableSum> before = sums(*given_);
  EXPECT_EQ(copy(*given_, *other_).value(), before);
  EXPECT_EQ(sums(*other_), before);
  const std::unique_ptr<Database> back = with_schema(fresh_database());
  EXPECT_EQ(copy(*other_, *back).value(), before);
  EXPECT_EQ(sums(*back), before);
  EXPECT_EQ(sums(*given_), before) << "the source is only read";
}

TEST_F(CopyTest, TheNameOfADatabaseStaysItsOwn) {
  fill(*other_);
  const std::string from = database_id(*other_->acquire().value()).value();
  ASSERT_TRUE(copy(*other_, *given_).ok()) << "the target has no name yet";
  const std::string to = database_id(*given_->acquire().value()).value();
  EXPECT_NE(from, to);
  EXPECT_EQ(sums(*given_), sums(*other_)) << "it is no part of the sums";
}

TEST_F(CopyTest, MoreRowsThanOneInsertTakes) {
  constexpr std::int64_t kRows = 140'000;
  add_parents(*other_, kRows);
  const std::vector<TableSum> before = sums(*other_);
  EXPECT_EQ(before.front().rows, kRows);
  EXPECT_EQ(copy(*other_, *given_).value(), before);
  EXPECT_EQ(sums(*given_), before);
}

TEST_F(CopyTest, NumbersThatTheTargetDrawsGoOnAfterThoseThatCame) {
  fill(*other_);
  ASSERT_TRUE(copy(*other_, *given_).ok());
  const Lease lease = given_->acquire().value();
  Statement* insert = lease->prepare("INSERT INTO parents (id) VALUES ('new') RETURNING key").value();
  ASSERT_TRUE(insert->step().value());
  EXPECT_EQ(insert->integer(0), 10);
}

TEST_F(CopyTest, ATargetThatHoldsSomethingIsRefusedAndLeftAlone) {
  fill(*other_);
  for (const char* sql : {"INSERT INTO parents VALUES (1, 'mine')", "UPDATE totals SET value = 1"}) {
    const std::unique_ptr<Database> target = with_schema(fresh_database());
    run(*target, sql);
    const std::vector<TableSum> before = sums(*target);
    const auto refused = copy(*other_, *target);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kAlreadyExists);
    EXPECT_THAT(refused.error().message, HasSubstr("already: take an empty one"));
    EXPECT_EQ(sums(*target), before);
  }
}

TEST_F(CopyTest, OtherTablesOrColumnsAreRefused) {
  run(*other_, "CREATE TABLE more (x TEXT)");
  const auto more = copy(*other_, *given_);
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(more.error().message, HasSubstr("table 'more' is in one database only"));
  run(*other_, "DROP TABLE more; ALTER TABLE parents ADD COLUMN age INTEGER");
  for (const auto& [from, to] : {std::pair{other_.get(), given_.get()}, std::pair{given_.get(), other_.get()}}) {
    const auto columns = copy(*from, *to);
    ASSERT_FALSE(columns.ok());
    EXPECT_EQ(columns.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(columns.error().message, HasSubstr("table 'parents'"));
  }
}

TEST_F(CopyTest, ATargetThatAnOlderVersionMadeIsEmpty) {
  const auto check = [&] { return check_empty(*given_->acquire().value(), *fresh_->acquire().value(), work_); };
  run(*fresh_, "INSERT INTO totals SELECT 'newer', 0; ALTER TABLE parents ADD COLUMN age INTEGER");
  EXPECT_TRUE(check().ok()) << check().error().message;
  run(*given_, "UPDATE totals SET value = 1");
  EXPECT_EQ(check().error().code, ErrorCode::kAlreadyExists);
}

TEST_F(CopyTest, ADatabaseWithoutTablesIsEmptyOneWithStrangeOnesIsNot) {
  const auto check = [&](Database& target) {
    return check_empty(*target.acquire().value(), *fresh_->acquire().value(), work_);
  };
  const std::unique_ptr<Database> bare = fresh_database();
  EXPECT_TRUE(check(*bare).ok());
  EXPECT_TRUE(check(*given_).ok()) << "what a migration puts there";
  run(*bare, "CREATE TABLE invoices (amount TEXT)");
  EXPECT_EQ(check(*bare).error().code, ErrorCode::kAlreadyExists);
  EXPECT_THAT(check(*bare).error().message, HasSubstr("'invoices', which is none of this program's"));
  fill(*given_);
  EXPECT_EQ(check(*given_).error().code, ErrorCode::kAlreadyExists);
}

TEST_F(CopyTest, WhatIsCancelledOrFailsLeavesNothing) {
  fill(*given_);
  const std::vector<TableSum> empty = sums(*other_);
  add_parents(*given_, 4'900);  // beyond the first look at the flag
  cancel_.cancel();
  EXPECT_EQ(copy(*given_, *other_).error().code, ErrorCode::kCancelled);
  base::CancelFlag calm;
  base::Work other_work{pool_, progress_, calm};
  EXPECT_EQ(table_sums(*other_->acquire().value(), other_work).value(), empty);
  EXPECT_EQ(copy_database(*given_, *other_, *fresh_, other_work).value().front().rows, 4'902) << "given again";
}

}  // namespace
}  // namespace mla::store
