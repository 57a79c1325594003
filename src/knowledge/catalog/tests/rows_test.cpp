#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/clock.h"
#include "knowledge/catalog/import/catalogue_rows.h"
#include "knowledge/catalog/import/event_rows.h"

namespace mla::catalog {
namespace {

using testing::HasSubstr;
using Fields = std::vector<std::string_view>;

class EventRowsTest : public testing::Test {
 protected:
  std::string read(const Fields& fields) { return rows_.read(fields, event_); }
  EventRows rows_ =
      EventRows::from(Header(Fields{"user", "item", "timestamp", "weight", "type", "event_id"}), "f").value();
  Event event_;
};

TEST_F(EventRowsTest, ATimeWithAnOffsetKeepsTheListenersClock) {
  ASSERT_EQ(read({"u", "i", "2026-05-01T22:15:00+02:00", "", "", ""}), "");
  EXPECT_EQ(event_.context, R"({"utc_offset_minutes":120})");
  EXPECT_EQ(event_.time, base::parse_time("2026-05-01T20:15:00Z").value());
  ASSERT_EQ(read({"u", "i", "2026-05-01T20:15:00Z", "", "", ""}), "");
  EXPECT_EQ(event_.context, "");
}

TEST_F(EventRowsTest, ARowLeavesNothingOfTheRowBefore) {
  ASSERT_EQ(read({"u", "i", "1700000000", "3", "like", "e"}), "");
  EXPECT_EQ(event_.type, EventType::kLike);
  ASSERT_EQ(read({"v", "j", "", "", "", ""}), "");
  Event plain;
  plain.user = base::UserId("v");
  plain.item = base::ItemId("j");
  EXPECT_EQ(event_, plain);
}

TEST_F(EventRowsTest, TimesOfEveryMagnitude) {
  const std::pair<std::string_view, base::UnixMillis> cases[] = {
      {"999999999", 999'999'999'000},  // September 2001, nine digits
      {"1700000000", 1'700'000'000'000},
      {"7258118399", 7'258'118'399'000},
      {"100000000000", 100'000'000'000},  // milliseconds from here on
      {"1700000000123", 1'700'000'000'123},
      {"1700000000123456", 1'700'000'000'123},  // microseconds
      {"2023-11-14T22:13:20+01:00", 1'699'996'400'000},
  };
  for (const auto& [text, expected] : cases) {
    ASSERT_EQ(read({"u", "i", text, "", "", ""}), "") << text;
    EXPECT_EQ(event_.time, expected) << text;
  }
  for (const std::string_view text : {"7258118400", "99999999999", "-5", "12:30", "nan", "2023-02-30"}) {
    EXPECT_THAT(read({"u", "i", text, "", "", ""}), HasSubstr("timestamp")) << text;
  }
}

TEST_F(EventRowsTest, ReasonsNameFieldAndValue) {
  EXPECT_EQ(read({"", "i", "", "", "", ""}), "user is empty");
  EXPECT_EQ(read({"u", "  ", "", "", "", ""}), "item is empty");
  EXPECT_EQ(read({"u", "i"}), "2 columns, the header has 6");
  EXPECT_EQ(read({"u", "i", "", "1e999", "", ""}), "weight '1e999' is not a number above 0");
  EXPECT_EQ(read({"u", "i", "", "1,5", "", ""}), "weight '1,5' is not a number above 0");
  const std::string long_id(513, 'e');
  EXPECT_EQ(read({"u", "i", "", "", "", long_id}), "event_id has 513 bytes, at most 512 are allowed");
}

TEST(CatalogueRows, AnIdFromElsewhereServesWhereThereIsNone) {
  const Fields names = {"isrc", "title", "path"};
  const CatalogueRows rows = CatalogueRows::from(Header(names), {}, "f").value();
  Item item;
  ASSERT_EQ(rows.read(Fields{"GB1", "Song", "/a.flac"}, item), "");
  EXPECT_EQ(item.id.str(), "GB1");
  EXPECT_EQ(item.external_ids.at("isrc"), "GB1");
  EXPECT_EQ(item.path, "/a.flac");
  EXPECT_EQ(rows.describe(), "id from 'isrc', title from 'title', path from 'path', isrc from 'isrc'");
}

TEST(CatalogueRows, TheBetterKnownColumnWins) {
  const Fields names = {"name", "track_name", "id", "track_id"};
  const CatalogueRows rows = CatalogueRows::from(Header(names), {}, "f").value();
  Item item;
  ASSERT_EQ(rows.read(Fields{"playlist", "Song", "1", "2"}, item), "");
  EXPECT_EQ(item.title, "Song");
  EXPECT_EQ(item.id.str(), "1");
}

TEST(CatalogueRows, SpotifyIdsBecomeUris) {
  const Fields names = {"id", "title", "spotify_id"};
  const CatalogueRows rows = CatalogueRows::from(Header(names), {}, "f").value();
  Item item;
  ASSERT_EQ(rows.read(Fields{"1", "A", "6f80"}, item), "");
  EXPECT_EQ(item.external_ids.at("spotify"), "spotify:track:6f80");
  ASSERT_EQ(rows.read(Fields{"1", "A", "spotify:track:x"}, item), "");
  EXPECT_EQ(item.external_ids.at("spotify"), "spotify:track:x");
  ASSERT_EQ(rows.read(Fields{"1", "A", ""}, item), "");
  EXPECT_TRUE(item.external_ids.empty());
}

TEST(CatalogueRows, UnknownValuesStayUnknown) {
  const Fields names = {"track_id", "track_name", "track_artist", "duration", "genre"};
  const CatalogueRows rows = CatalogueRows::from(Header(names), {}, "f").value();
  Item item;
  ASSERT_EQ(rows.read(Fields{"1", "NA", "NA", "-3", "NA"}, item), "");
  EXPECT_EQ(item.title, "");
  EXPECT_FALSE(item.duration_seconds);
  EXPECT_TRUE(item.tags.empty());
  ASSERT_EQ(rows.read(Fields{"1", "NA", "Kesha", "1:02:03", "Pop"}, item), "");
  EXPECT_EQ(item.title, "NA");  // a song that is called so
  EXPECT_EQ(item.duration_seconds, 3723);
  EXPECT_THAT(rows.read(Fields{"", "T", "", "", ""}, item), HasSubstr("an item without an id"));
}

TEST(CatalogueRows, RecognisesCataloguesOnly) {
  const auto recognises = [](const Fields& names) { return CatalogueRows::recognises(Header(names)); };
  EXPECT_TRUE(recognises({"track_id", "track_name"}));
  EXPECT_TRUE(recognises({"path", "Title", "anything"}));
  EXPECT_FALSE(recognises({"track_id", "tempo"}));
  EXPECT_FALSE(recognises({"title"}));
}

}  // namespace
}  // namespace mla::catalog
