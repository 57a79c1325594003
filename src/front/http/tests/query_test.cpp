#include "front/http/impl/query.h"

#include <gmock/gmock.h>

#include "foundation/base/json.h"
#include "front/http/impl/answers.h"

namespace mla::http {
namespace {

TEST(Query, ValuesAreDecoded) {
  std::vector<FieldError> errors;
  Query query("/a?text=%C3%A9+b&limit=7&clean=true&cursor=" + encode_cursor("a/b é") + "#fragment", errors);
  EXPECT_EQ(query.text("text", {1, 10}), "é b");
  EXPECT_EQ(query.limit(20, 500), 7u);
  EXPECT_EQ(query.flag("clean"), true);
  EXPECT_EQ(query.cursor(), "a/b é");
  EXPECT_EQ(query.text("none", {1, 10}), std::nullopt);
  EXPECT_TRUE(errors.empty());
}

TEST(Query, WhatIsMissingHasItsDefault) {
  std::vector<FieldError> errors;
  Query query("/a", errors);
  EXPECT_EQ(query.limit(20, 500), 20u);
  EXPECT_EQ(query.flag("clean"), std::nullopt);
  EXPECT_EQ(query.cursor(), "");
  EXPECT_TRUE(errors.empty());
}

TEST(Query, WhatIsWrongIsTold) {
  const std::pair<const char*, const char*> cases[] = {
      {"limit=0", R"(["query","limit"])"},         {"limit=501", R"(["query","limit"])"},
      {"limit=1.5", R"(["query","limit"])"},       {"limit=", R"(["query","limit"])"},
      {"clean=1", R"(["query","clean"])"},         {"cursor=1", R"(["query","cursor"])"},
      {"cursor=ff", R"(["query","cursor"])"},      {"text=", R"(["query","text"])"},
      {"text=12345678901", R"(["query","text"])"}, {"limit=%zz", R"(["query"])"},
      {"limit=1&limit=1", R"(["query"])"},         {"text=%00", R"(["query"])"},
  };
  for (const auto& [text, loc] : cases) {
    std::vector<FieldError> errors;
    Query query(std::string("/a?") + text, errors);
    query.text("text", {1, 10});
    query.limit(20, 500);
    query.flag("clean");
    query.cursor();
    ASSERT_EQ(errors.size(), 1u) << text;
    EXPECT_EQ(base::to_json_text(errors[0].loc), loc) << text;
  }
}

TEST(Cursor, IsReadBackOrRefused) {
  for (const char* place : {"", "a", "Sigur Rós", "x y"}) EXPECT_EQ(decode_cursor(encode_cursor(place)).value(), place);
  for (const char* bad : {"a", "zz", "ff", "A B"}) EXPECT_FALSE(decode_cursor(bad).ok()) << bad;
}

}  // namespace
}  // namespace mla::http
