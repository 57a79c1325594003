#include "foundation/base/id.h"

#include <type_traits>
#include <unordered_set>

#include <gtest/gtest.h>

namespace mla::base {
namespace {

TEST(Id, KeepsTheTextAsItIs) {
  EXPECT_EQ(UserId(" 007 ").str(), " 007 ");
  EXPECT_EQ(ItemId(std::string("a\0b", 3)).str().size(), 3u);
  EXPECT_TRUE(UserId().empty());
  EXPECT_FALSE(UserId("0").empty());
}

TEST(Id, ComparesByText) {
  EXPECT_EQ(UserId("a"), UserId(std::string_view("a")));
  EXPECT_NE(UserId("1"), UserId("01"));
  EXPECT_LT(ItemId("10"), ItemId("9"));
}

TEST(Id, UsersAndItemsDoNotMix) {
  EXPECT_FALSE((std::is_convertible_v<UserId, ItemId>));
  EXPECT_FALSE((std::is_constructible_v<ItemId, UserId>));
  EXPECT_FALSE((std::is_convertible_v<std::string, UserId>));
}

TEST(Id, IsAHashKey) {
  std::unordered_set<ItemId> seen{ItemId("x"), ItemId("y"), ItemId("x")};
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_TRUE(seen.contains(ItemId("y")));
}

}  // namespace
}  // namespace mla::base
