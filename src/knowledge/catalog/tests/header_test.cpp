#include "knowledge/catalog/import/header.h"

#include "knowledge/catalog/import/history_columns.h"
#include "knowledge/catalog/tests/import_fixture.h"

namespace mla::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class HeaderTest : public ImportTest {
 protected:
  base::Result<Header> header_of(const std::string& bytes) const {
    const auto source = open_source(write("some.csv", bytes)).value();
    CsvReader reader(*source);
    return Header::read(reader, "some.csv");
  }
};

TEST_F(HeaderTest, NamesAreComparedWithoutTheirDress) {
  const Header header = header_of("\xEF\xBB\xBF User Name,\"Track-Name\",ms.played,UTS\nx,y,1,2\n").value();
  EXPECT_THAT(header.names(), ElementsAre("user_name", "track_name", "ms_played", "uts"));
  EXPECT_EQ(header.find("track_name"), 1U);
  EXPECT_EQ(header.find("Track-Name"), std::nullopt) << "asked for by the normal name";
  EXPECT_EQ(header.list(), "'user_name', 'track_name', 'ms_played', 'uts'");
}

TEST_F(HeaderTest, OfEqualNamesTheFirstCounts) { EXPECT_EQ(header_of("item,user,item\n").value().find("item"), 0U); }

TEST_F(HeaderTest, AnEmptyOrBrokenFirstLineIsRefused) {
  EXPECT_THAT(header_of("").error().message, HasSubstr("'some.csv' is empty, expected a header line"));
  const auto broken = header_of("user,\"item");
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(broken.error().message, HasSubstr("the header line of 'some.csv' cannot be read"));
}

TEST_F(HeaderTest, ManyLongNamesDoNotFloodAMessage) {
  std::string line;
  for (int i = 0; i < 500; ++i) line += (i ? "," : "") + std::string(300, 'n');
  const std::string list = header_of(line + "\n").value().list();
  EXPECT_LT(list.size(), 300U);
  EXPECT_TRUE(list.ends_with(", …"));
}

TEST_F(HeaderTest, PeekingIsSilentAboutWhatIsNoCsv) {
  EXPECT_EQ(Header::peek(write("good.csv", "user,item\n"))->size(), 2U);
  EXPECT_EQ(Header::peek(folder_ / "none.csv"), std::nullopt);
  EXPECT_EQ(Header::peek(write("empty.csv", "")), std::nullopt);
  EXPECT_EQ(Header::peek(write("cut.csv.gz", "\x1f\x8b\x08")), std::nullopt);
  EXPECT_EQ(Header::peek(folder_), std::nullopt);
}

TEST(HistoryColumns, TheFirstKnownNameIsTakenInTheOrderAskedFor) {
  const std::vector<std::string_view> fields = {"date", "Artist Name", "uts"};
  const Header header(fields);
  EXPECT_EQ(first_column(header, {"uts", "date"}), 2U);
  EXPECT_EQ(first_column(header, {"date", "uts"}), 0U);
  EXPECT_EQ(first_column(header, {"artist", "artist_name"}), 1U);
  EXPECT_EQ(first_column(header, {"album"}), std::nullopt);
}

TEST(HistoryColumns, AShortRowHasEmptyTexts) {
  const std::vector<std::string_view> fields = {" a ", "\tb"};
  EXPECT_EQ(column_text(fields, 0), "a");
  EXPECT_EQ(column_text(fields, 1), "b");
  EXPECT_EQ(column_text(fields, 2), "");
  EXPECT_EQ(column_text(fields, std::nullopt), "");
}

}  // namespace
}  // namespace mla::catalog
