#include "adapters/postgres/impl/placeholders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::postgres {
namespace {

using testing::HasSubstr;

TEST(Placeholders, AreNumberedFromLeftToRight) {
  EXPECT_EQ(numbered("SELECT a FROM t WHERE b = ? AND c IN (?,?)").value(),
            "SELECT a FROM t WHERE b = $1 AND c IN ($2,$3)");
  EXPECT_EQ(numbered("").value(), "");
  EXPECT_EQ(numbered("?").value(), "$1");
  EXPECT_EQ(numbered("?????????? ?").value(), "$1$2$3$4$5$6$7$8$9$10 $11");
}

TEST(Placeholders, QuotesAndCommentsStayAsTheyAre) {
  for (const char* sql : {"SELECT '?' FROM \"a?b\"", "SELECT 'it''s ?'", "-- why?\nSELECT 1", "/* ? */ SELECT 1",
                          "SELECT 'never closed ?", "SELECT 1 -- open?", "SELECT 1 /* open?", "SELECT \"open ?"}) {
    EXPECT_EQ(numbered(sql).value(), sql);
  }
  EXPECT_EQ(numbered("SELECT '?', ? -- ?\n, ?").value(), "SELECT '?', $1 -- ?\n, $2");
  EXPECT_EQ(numbered("a-?/?*?").value(), "a-$1/$2*$3");
}

// PostgreSQL would silently compare with the name of the connection's role.
TEST(Placeholders, TheBareWordUserIsRefused) {
  for (const char* sql : {"SELECT item FROM exposures WHERE user = ?", "INSERT INTO t (user, day) VALUES (?, ?)",
                          "USER", "SELECT User FROM t"}) {
    const auto refused = numbered(sql);
    ASSERT_FALSE(refused.ok()) << sql;
    EXPECT_EQ(refused.error().code, base::ErrorCode::kInternal);
    EXPECT_THAT(refused.error().message, HasSubstr("write \"user\" in quotes"));
    EXPECT_THAT(refused.error().message, HasSubstr(sql));
  }
  for (const char* sql : {"SELECT e.user FROM events e", "SELECT \"user\" FROM t", "SELECT users FROM user_table",
                          "SELECT 'user' -- user", "SELECT users.id, a_user FROM users"}) {
    EXPECT_EQ(numbered(sql).value(), sql);
  }
}

}  // namespace
}  // namespace mla::postgres
