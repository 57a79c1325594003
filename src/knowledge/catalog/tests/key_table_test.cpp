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
#include "knowledge/catalog/impl/batches.h"

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
  static KeyTable table() { return KeyTable("names"); }
  // The key of that id, asked for by itself.
  std::int64_t key_of(const std::string& id) {
    store::Statement* find = connection_->prepare("SELECT key FROM names WHERE id = ?").value();
    find->bind(1, id);
    EXPECT_TRUE(find->step().value()) << id;
    const std::int64_t key = find->integer(0);
    find->reset();
    return key;
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
  EXPECT_NE(ids.key(0), ids.key(2));

  ids.clear();
  EXPECT_EQ(ids.size(), 0U);
  EXPECT_EQ(ids.add("ben"), 0U);
  EXPECT_EQ(ids.resolve(*connection_).value(), 0);
  EXPECT_EQ(ids.key(0), 70);
}

// Statements take one, 16 or 256 ids: around each of these numbers, with every third id known before.
TEST_F(KeyTableTest, ManyAtOnceAreThoseOfOneByOne) {
  int round = 0;
  for (const int size : {1, 2, 15, 16, 17, 255, 256, 257, 273, 600}) {
    ++round;
    const auto name = [round](int i) { return fmt::format("{}'{}\"ü?$1", round, i); };
    KeyTable known = table();
    for (int i = 0; i < size; i += 3) known.add(name(i));
    EXPECT_EQ(known.resolve(*connection_).value(), (size + 2) / 3);
    KeyTable ids = table();
    for (int i = size; i-- > 0;) ids.add(name(i));
    EXPECT_EQ(ids.resolve(*connection_).value(), size - (size + 2) / 3) << size;
    std::set<std::int64_t> keys;
    for (int i = 0; i < size; ++i) {
      const std::int64_t key = ids.key(ids.add(name(i)));
      EXPECT_EQ(key, key_of(name(i)));
      keys.insert(key);
      if (i % 3 == 0) {
        EXPECT_EQ(known.key(known.add(name(i))), key);
      }
    }
    EXPECT_EQ(keys.size(), static_cast<std::size_t>(size));
  }
}

TEST(InBatches, EveryValueIsInOnePieceAndAStatementHasFewWidths) {
  for (const std::size_t size : {0, 1, 2, 16, 17, 256, 257, 272, 1000}) {
    std::size_t next = 0;
    ASSERT_TRUE(in_batches(size, [&](std::size_t first, std::size_t count, std::size_t width) -> base::Status {
                  EXPECT_EQ(first, next);
                  EXPECT_GE(count, 1U);
                  EXPECT_LE(count, width);
                  EXPECT_NE(std::ranges::find(kBatchWidths, width), std::end(kBatchWidths));
                  next += count;
                  return {};
                }).ok());
    EXPECT_EQ(next, size);
  }
  int calls = 0;
  EXPECT_FALSE(in_batches(1000, [&](std::size_t, std::size_t, std::size_t) -> base::Status {
                 ++calls;
                 return base::Error{base::ErrorCode::kBusy, "no"};
               }).ok());
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(repeated("(?)", 3), "(?), (?), (?)");
  EXPECT_EQ(repeated("?", 1), "?");
}

TEST_F(KeyTableTest, AFailingDatabaseIsAnError) {
  KeyTable ids = table();
  ids.add("ana");
  ASSERT_TRUE(connection_->execute("ALTER TABLE names RENAME TO gone").ok());
  EXPECT_FALSE(ids.resolve(*connection_).ok());
  ASSERT_TRUE(connection_->execute("ALTER TABLE gone RENAME TO names").ok());
  ids.clear();
  ids.add("ana");
  EXPECT_EQ(ids.resolve(*connection_).value(), 1);
}

}  // namespace
}  // namespace mla::catalog
