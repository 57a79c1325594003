#include "knowledge/catalog/impl/key_table.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <xxhash.h>

#include "foundation/store/migrations.h"
#include "foundation/store/tests/fresh_database.h"
#include "knowledge/catalog/event.h"

namespace mla::catalog {
namespace {

class KeyTableTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(connection_
                    ->execute(store::spelled("CREATE TABLE names (key INTEGER PRIMARY KEY, id TEXT UNIQUE)",
                                             connection_->dialect()))
                    .ok());
  }
  KeyTable table() const {
    return {"SELECT key FROM names WHERE id = ?", "INSERT INTO names (id) VALUES (?) RETURNING key"};
  }

  std::unique_ptr<store::Database> database_ = store::fresh_database();
  store::Lease connection_ = database_->acquire().value();
};

TEST_F(KeyTableTest, NumbersCountDistinctIds) {
  KeyTable ids = table();
  EXPECT_EQ(ids.add("ana"), 0U);
  EXPECT_EQ(ids.add("ben"), 1U);
  EXPECT_EQ(ids.add("ana"), 0U);
  EXPECT_EQ(ids.add(""), 2U);
  EXPECT_EQ(ids.add(std::string_view("a\0b", 3)), 3U);
  EXPECT_EQ(ids.add(std::string_view("a\0c", 3)), 4U);
  EXPECT_EQ(ids.size(), 5U);
}

TEST_F(KeyTableTest, IdsAreCopied) {
  KeyTable ids = table();
  std::string id(kMaxIdBytes, 'x');
  const std::string same = id;
  EXPECT_EQ(ids.add(id), 0U);
  std::ranges::fill(id, 'y');
  EXPECT_EQ(ids.add(same), 0U);
  EXPECT_EQ(ids.add(id), 1U);
}

// Slots remember 32 bits of a hash: among 200,000 ids some five pairs share them.
TEST_F(KeyTableTest, IdsWithOneHashStayApart) {
  constexpr std::uint32_t kIds = 200'000;
  KeyTable ids = table();
  std::set<std::uint32_t> hashes;
  for (std::uint32_t i = 0; i < kIds; ++i) {
    const std::string id = fmt::format("spotify:track:{:016x}", std::uint64_t{i} * 0x9E3779B97F4A7C15U);
    hashes.insert(static_cast<std::uint32_t>(XXH3_64bits(id.data(), id.size())));
    ASSERT_EQ(ids.add(id), i);
  }
  ASSERT_LT(hashes.size(), kIds) << "no two ids clash: the test shows nothing";
  for (std::uint32_t i = kIds; i-- > 0;) {
    ASSERT_EQ(ids.add(fmt::format("spotify:track:{:016x}", std::uint64_t{i} * 0x9E3779B97F4A7C15U)), i);
  }
}

TEST_F(KeyTableTest, IdsOfAnyLengthKeepTheirBytes) {
  KeyTable ids = table();
  std::vector<std::string> all;
  std::mt19937 random(1);
  for (std::size_t i = 0; i < 2000; ++i) {
    std::string id = fmt::format("{}:", i);
    id.resize(std::max<std::size_t>(id.size(), random() % (kMaxIdBytes + 1)), static_cast<char>('a' + i % 26));
    all.push_back(id);
    ids.add(id);
  }
  for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(ids.add(all[i]), i);
}

TEST_F(KeyTableTest, KeysAreThoseOfTheDatabase) {
  ASSERT_TRUE(connection_->execute("INSERT INTO names VALUES (70, 'ben')").ok());
  KeyTable ids = table();
  ids.add("ana");
  ids.add("ben");
  EXPECT_EQ(ids.resolve(*connection_).value(), 1) << "ben was there";
  EXPECT_EQ(ids.key(1), 70);
  ids.add("cleo");
  EXPECT_EQ(ids.resolve(*connection_).value(), 1);
  EXPECT_EQ(ids.resolve(*connection_).value(), 0);
  const std::int64_t ana = ids.key(0);
  EXPECT_NE(ana, ids.key(2));

  // What was made may be rolled back: forgotten keys are asked for again, the numbers stay.
  ASSERT_TRUE(connection_->execute("DELETE FROM names WHERE id = 'ana'").ok());
  ids.forget_keys();
  EXPECT_EQ(ids.resolve(*connection_).value(), 1);
  EXPECT_EQ(ids.key(1), 70);
  EXPECT_EQ(ids.add("ana"), 0U);

  ids.clear();
  EXPECT_EQ(ids.size(), 0U);
  EXPECT_EQ(ids.add("ben"), 0U);
  EXPECT_EQ(ids.resolve(*connection_).value(), 0);
  EXPECT_EQ(ids.key(0), 70);
}

TEST_F(KeyTableTest, AFailingDatabaseIsAnError) {
  KeyTable ids = table();
  ids.add("ana");
  ASSERT_TRUE(connection_->execute("ALTER TABLE names RENAME TO gone").ok());
  EXPECT_FALSE(ids.resolve(*connection_).ok());
  ASSERT_TRUE(connection_->execute("ALTER TABLE gone RENAME TO names").ok());
  ids.forget_keys();
  EXPECT_EQ(ids.resolve(*connection_).value(), 1);
}

}  // namespace
}  // namespace mla::catalog
