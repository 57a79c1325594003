#include "knowledge/catalog/import/clean.h"

#include <gtest/gtest.h>

#include "foundation/base/parse.h"
#include "knowledge/catalog/item.h"

namespace mla::catalog {
namespace {

TEST(Clean, TextIsTrimmedPrintableUtf8) {
  EXPECT_EQ(clean_text("  a\tb\nc \r\n"), "a b c");
  EXPECT_EQ(clean_text("Bj\xC3\xB6rk"), "Björk");
  EXPECT_EQ(clean_text("Bj\xF6rk"), "Björk");  // Latin-1
  EXPECT_EQ(clean_text(std::string_view("a\0b", 3)), "a b");
  EXPECT_EQ(clean_text(""), "");
}

TEST(Clean, EveryByteBecomesValidText) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  Item item;
  item.id = base::ItemId("x");
  item.title = clean_text(all);
  EXPECT_TRUE(check(item).ok());
}

TEST(Clean, TagsAreLowerCaseAndCutBetweenLetters) {
  EXPECT_EQ(clean_tag(" Doom METAL "), "doom metal");
  std::string long_tag;
  while (long_tag.size() < 300) long_tag += "\xC3\xA9";  // é
  const std::string cut = clean_tag("x" + long_tag);
  EXPECT_EQ(cut.size(), kMaxTagBytes - 1);  // 1 + 127 × 2
  EXPECT_TRUE(base::is_utf8(cut));
}

TEST(Clean, DatesKeepWhatIsADate) {
  EXPECT_EQ(clean_date("2019-06-14"), "2019-06-14");
  EXPECT_EQ(clean_date("2019-06"), "2019-06");
  EXPECT_EQ(clean_date("2019"), "2019");
  EXPECT_EQ(clean_date("2019-06-14T00:00:00Z"), "2019-06-14");
  EXPECT_EQ(clean_date("2019-00-00"), "2019");
  EXPECT_EQ(clean_date("unknown"), "");
  EXPECT_EQ(clean_date(""), "");
}

}  // namespace
}  // namespace mla::catalog
