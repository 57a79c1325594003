#include "knowledge/catalog/item.h"

#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "knowledge/catalog/impl/item_row.h"

namespace mla::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Item valid() {
  Item item;
  item.id = base::ItemId("t1");
  item.title = "Ågætis byrjun";
  item.tags = {{"post-rock", 2}};
  item.external_ids = {{"isrc", "X"}};
  return item;
}

std::string refusal(const std::function<void(Item&)>& spoil) {
  Item item = valid();
  spoil(item);
  const base::Status status = check(item);
  return status.ok() ? "accepted" : status.error().message;
}

TEST(Item, AcceptsWhatIsValid) {
  EXPECT_TRUE(check(valid()).ok());
  for (const char* date : {"", "1999", "1999-05", "1999-12-31"}) {
    EXPECT_EQ(refusal([&](Item& item) { item.release_date = date; }), "accepted") << date;
  }
  EXPECT_EQ(refusal([](Item& item) { item.duration_seconds = 0; }), "accepted");
  EXPECT_EQ(refusal([](Item& item) { item.title = std::string(kMaxTextBytes, 'x'); }), "accepted");
}

TEST(Item, IsExplicitIfItsTagsSaySo) {
  Item item = valid();
  EXPECT_FALSE(item.is_explicit());
  item.tags.push_back({"explicit content", 1});
  EXPECT_FALSE(item.is_explicit()) << "the whole tag";
  item.tags.push_back({std::string(kExplicitTag), 1});
  EXPECT_TRUE(item.is_explicit());
}

TEST(Item, RefusesIdsThatCannotBeKeys) {
  EXPECT_EQ(refusal([](Item& item) { item.id = {}; }), "an item without an id");
  EXPECT_THAT(refusal([](Item& item) { item.id = base::ItemId(std::string(513, 'i')); }), HasSubstr("has 513 bytes"));
  EXPECT_THAT(refusal([](Item& item) { item.id = base::ItemId("a\nb"); }), HasSubstr("id contains a control"));
}

TEST(Item, RefusesTextThatIsNotText) {
  EXPECT_THAT(refusal([](Item& item) { item.title = "caf\xE9"; }), HasSubstr("title is not UTF-8"));
  EXPECT_THAT(refusal([](Item& item) { item.album = "a\tb"; }), HasSubstr("album contains a control character"));
  EXPECT_THAT(refusal([](Item& item) { item.artist = std::string(4097, 'x'); }), HasSubstr("at most 4096 are allowed"));
  EXPECT_THAT(refusal([](Item& item) { item.path = "\x7F"; }), HasSubstr("path contains a control character"));
}

TEST(Item, RefusesDatesAndDurationsThatCannotBe) {
  for (const char* date : {"99", "1999-13", "1999-00", "1999-05-32", "1999/05", "May 1999", "0000", "1999-5-1"}) {
    EXPECT_THAT(refusal([&](Item& item) { item.release_date = date; }), HasSubstr("is not like 1999")) << date;
  }
  EXPECT_THAT(refusal([](Item& item) { item.duration_seconds = -1; }), HasSubstr("duration -1"));
  EXPECT_THAT(refusal([](Item& item) { item.duration_seconds = std::numeric_limits<double>::infinity(); }),
              HasSubstr("duration inf"));
}

TEST(Item, RefusesTagsAndIdentifiersThatCannotBeStored) {
  EXPECT_THAT(refusal([](Item& item) {
                item.tags.push_back({"post-rock", 1});
              }),
              HasSubstr("'post-rock' is given twice"));
  EXPECT_THAT(refusal([](Item& item) { item.tags.push_back({"", 1}); }), HasSubstr("a tag without a name"));
  EXPECT_THAT(refusal([](Item& item) { item.tags.push_back({"x", 0}); }), HasSubstr("has weight 0"));
  EXPECT_THAT(refusal([](Item& item) {
                item.tags.push_back({"x", std::numeric_limits<float>::quiet_NaN()});
              }),
              HasSubstr("has weight nan"));
  EXPECT_THAT(refusal([](Item& item) { item.tags.push_back({"a\nb", 1}); }), HasSubstr("control character"));
  EXPECT_THAT(refusal([](Item& item) { item.external_ids["mbid"] = ""; }), HasSubstr("without scheme or value"));
  EXPECT_THAT(refusal([](Item& item) { item.external_ids["a\tb"] = "x"; }), HasSubstr("control character"));
  EXPECT_THAT(refusal([](Item& item) {
                for (int i = 0; i < 1001; ++i) item.tags.push_back({std::to_string(i), 1});
              }),
              HasSubstr("more than 1000 tags"));
}

TEST(Item, NamesTheArtistOfATrackAndOfItself) {
  Item item = valid();
  item.artist = "Sigur Rós";
  EXPECT_EQ(item.artist_name(), "Sigur Rós");
  item.kind = ItemKind::kArtist;
  EXPECT_EQ(item.artist_name(), "Ågætis byrjun");
}

TEST(ItemRow, TagsAreOneLineEachAndReadBack) {
  const std::vector<Tag> tags = {{"doom metal", 3}, {"a b\u00e9", 0.1F}, {"x", 1e-20F}};
  EXPECT_EQ(encode_tags({{"doom metal", 3}, {"x", 0.5F}}), "3\tdoom metal\n0.5\tx\n");
  EXPECT_EQ(decode_tags(encode_tags(tags)), tags);
  EXPECT_TRUE(decode_tags("").empty());
  // A line that somebody damaged is passed over.
  EXPECT_THAT(decode_tags("no tab\n2\tok\n"), ElementsAre(Tag{"ok", 2}));
}

TEST(ItemRow, ExternalIdsAreOneLineEachAndReadBack) {
  const std::map<std::string, std::string> ids = {
      {"isrc", "GB1"}, {"spotify", "spotify:track:a"}, {"url", "http://x/?a=b"}};
  EXPECT_EQ(encode_external_ids({{"isrc", "GB1"}}), "isrc\tGB1\n");
  EXPECT_EQ(decode_external_ids(encode_external_ids(ids)), ids);
  EXPECT_EQ(decode_external_ids("url\twith\ttabs\n").at("url"), "with\ttabs");
}

}  // namespace
}  // namespace mla::catalog
