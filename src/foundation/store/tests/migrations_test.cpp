#include "foundation/store/migrations.h"

#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/sqlite/sqlite.h"

namespace mla::store {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

constexpr Migration kTwo[] = {{1, "first", "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1)"},
                              {2, "second", "ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 7"}};

std::int64_t read_integer(Connection& connection, std::string_view sql) {
  Statement* statement = connection.prepare(sql).value();
  EXPECT_TRUE(statement->step().value()) << sql;
  const std::int64_t value = statement->integer(0);
  statement->reset();
  return value;
}

TEST(Migrations, AreAppliedInOrderOnceAndRecorded) {
  const auto database = sqlite::open("sqlite://").value();
  const Lease connection = database->acquire().value();
  EXPECT_EQ(schema_version(*connection, "room").value(), 0);
  ASSERT_TRUE(migrate(*connection, "room", std::span(kTwo).first(1)).ok());
  EXPECT_EQ(schema_version(*connection, "room").value(), 1);
  ASSERT_TRUE(migrate(*connection, "room", kTwo).ok());
  ASSERT_TRUE(migrate(*connection, "room", kTwo).ok());
  EXPECT_EQ(schema_version(*connection, "room").value(), 2);
  EXPECT_EQ(read_integer(*connection, "SELECT COUNT(*) FROM a"), 1);
  EXPECT_EQ(read_integer(*connection, "SELECT y FROM a"), 7);
  EXPECT_EQ(read_integer(*connection, "SELECT COUNT(*) FROM schema_migrations WHERE name = 'second'"), 1);
}

TEST(Migrations, ComponentsAreCountedApart) {
  const auto database = sqlite::open("sqlite://").value();
  const Lease connection = database->acquire().value();
  constexpr Migration other[] = {{1, "b", "CREATE TABLE b (x INTEGER)"}};
  ASSERT_TRUE(migrate(*connection, "room", kTwo).ok());
  ASSERT_TRUE(migrate(*connection, "other", other).ok());
  EXPECT_EQ(schema_version(*connection, "other").value(), 1);
}

TEST(Migrations, ANewerDatabaseIsRefusedAndLeftAlone) {
  const auto database = sqlite::open("sqlite://").value();
  const Lease connection = database->acquire().value();
  ASSERT_TRUE(migrate(*connection, "room", kTwo).ok());
  const base::Status refused = migrate(*connection, "room", std::span(kTwo).first(1));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("version 2 of the room tables, this program knows versions up to 1"));
  EXPECT_EQ(schema_version(*connection, "room").value(), 2);
}

TEST(Migrations, AFailedStepLeavesNothingOfItself) {
  const auto database = sqlite::open("sqlite://").value();
  const Lease connection = database->acquire().value();
  constexpr Migration broken[] = {{1, "ok", "CREATE TABLE a (x INTEGER)"},
                                  {2, "half", "CREATE TABLE b (x INTEGER); CREATE NONSENSE"}};
  const base::Status failed = migrate(*connection, "room", broken);
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.error().message, HasSubstr("migration 2 'half' of the room tables"));
  EXPECT_EQ(schema_version(*connection, "room").value(), 1);
  EXPECT_EQ(read_integer(*connection, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'b'"), 0);
}

TEST(Migrations, NumbersMustCountFromOne) {
  const auto database = sqlite::open("sqlite://").value();
  const Lease connection = database->acquire().value();
  constexpr Migration gap[] = {{2, "late", "CREATE TABLE a (x INTEGER)"}};
  EXPECT_EQ(migrate(*connection, "room", gap).error().code, ErrorCode::kInternal);
}

TEST(Migrations, ManyOpenersAtOnceApplyEachStepOnce) {
  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / ("migrations-" + std::to_string(::getpid()) + ".db");
  std::filesystem::remove(file);
  std::vector<base::Status> results(8);
  {
    std::vector<std::jthread> threads;
    for (base::Status& result : results) {
      // Each opens the file by itself, as a process of its own would.
      threads.emplace_back([&result, &file] {
        auto database = sqlite::open(file.string());
        if (!database.ok()) {
          result = database.error();
          return;
        }
        const Lease connection = (*database)->acquire().value();
        result = migrate(*connection, "room", kTwo);
      });
    }
  }
  for (const base::Status& result : results) EXPECT_TRUE(result.ok()) << result.error().message;
  const auto database = sqlite::open(file.string()).value();
  EXPECT_EQ(read_integer(*database->acquire().value(), "SELECT COUNT(*) FROM a"), 1);
}

}  // namespace
}  // namespace mla::store
