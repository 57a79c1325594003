#include <fmt/format.h>

#include "adapters/sqlite/sqlite.h"
#include "knowledge/catalog/tests/import_fixture.h"

namespace mla::catalog {
namespace {

using base::ErrorCode;
using base::UserId;
using testing::ElementsAre;
using testing::HasSubstr;

class EventsCsvTest : public ImportTest {
 protected:
  ImportReport take(const std::string& text) { return import("events-csv", write("e.csv", text)).value(); }
  std::string refusal(const std::string& text) {
    const auto report = import("events-csv", write("e.csv", text));
    return report.ok() ? "accepted" : report.error().message;
  }
};

TEST_F(EventsCsvTest, ReadsAllColumnsInAnyOrder) {
  const ImportReport report = take(
      "type,weight,item,extra,User,timestamp,event_id,ms_played\n"
      "skip,2.5, track 1 ,x,ann,1700000000,id-1,1500\n"
      ",,track 1,x,ann,,,\n");
  EXPECT_EQ(report.events, (WriteCounts{.added = 2}));
  EXPECT_THAT(report.notes, ElementsAre("columns not used: extra"));
  std::vector<Event> history = catalog_->history(UserId("ann"), 10).value();
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].item.str(), "track 1");
  EXPECT_EQ(history[0].type, EventType::kSkip);
  EXPECT_EQ(history[0].time, 1'700'000'000'000);
  EXPECT_EQ(history[0].weight, 2.5);
  EXPECT_EQ(history[0].ms_played, 1500);
  EXPECT_EQ(history[1].type, EventType::kListen);
  EXPECT_EQ(history[1].weight, 1);
  EXPECT_FALSE(history[1].time);
}

TEST_F(EventsCsvTest, ReadsSecondsMillisecondsAndIso) {
  take(
      "user,item,timestamp\nu,a,1700000000\nu,b,1700000000000\nu,c,2023-11-14T22:13:20Z\nu,d,1700000000.5\nu,e,"
      "86400\n");
  std::map<std::string, std::int64_t> times;
  const std::vector<Event> history = catalog_->history(UserId("u"), 10).value();
  for (const Event& event : history) times[event.item.str()] = *event.time;
  EXPECT_EQ(times["a"], 1'700'000'000'000);
  EXPECT_EQ(times["b"], times["a"]);
  EXPECT_EQ(times["c"], times["a"]);
  EXPECT_EQ(times["d"], 1'700'000'000'500);
  EXPECT_EQ(times["e"], 86'400'000);
}

TEST_F(EventsCsvTest, RejectsBadRowsWithLineAndReasonAndKeepsTheOthers) {
  const std::string long_id(600, 'x');
  const ImportReport report = take(
      "user,item,timestamp,weight,type\n"
      "u,ok,,,\n"
      ",a,,,\n"
      "u,,,,\n"
      "u,a,,nan,\n"
      "u,a,,-1,\n"
      "u,a,,0,\n"
      "u,a,,inf,\n"
      "u,a,yesterday,,\n"
      "u,a,,,dance\n"
      "u,a\n" +
      long_id + ",a,,,\nu,caf\xE9,,,\n");
  EXPECT_EQ(report.events, (WriteCounts{.added = 1}));
  EXPECT_EQ(report.rejected, 11);
  EXPECT_EQ(report.rejects_file.filename(), "e.csv.rejects.csv");
  const std::string rejects = read(report.rejects_file);
  EXPECT_THAT(rejects, HasSubstr("line,reason,row\n3,\"user is empty\",\",a,,,\"\n4,\"item is empty\""));
  EXPECT_THAT(rejects, HasSubstr("5,\"weight 'nan' is not a number above 0\""));
  EXPECT_THAT(rejects, HasSubstr("6,\"weight '-1' is not a number above 0\""));
  EXPECT_THAT(rejects, HasSubstr("9,\"timestamp 'yesterday' is not seconds"));
  EXPECT_THAT(rejects, HasSubstr("10,\"unknown event type 'dance': use listen, skip, like, dislike or ban\""));
  EXPECT_THAT(rejects, HasSubstr("11,\"2 columns, the header has 5\",\"u,a\""));
  EXPECT_THAT(rejects,
              HasSubstr("12,\"user has 600 bytes, at most 512 are allowed\",\"" + std::string(200, 'x') + "\""));
  EXPECT_THAT(rejects, HasSubstr("13,\"not UTF-8\",\"u,caf?,,,\""));
  EXPECT_THAT(summary(report), HasSubstr("1 events added, 11 rows rejected (see"));
}

TEST_F(EventsCsvTest, NoRejectsFileWithoutRejects) {
  ASSERT_EQ(take("user,item\nu,\nu,a\n").rejected, 1);
  ASSERT_TRUE(std::filesystem::exists(folder_ / "e.csv.rejects.csv"));
  EXPECT_TRUE(take("user,item\nu,a\n").rejects_file.empty());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "e.csv.rejects.csv"));
}

TEST_F(EventsCsvTest, FilesThatCannotBeUsedAreErrorsInOneLine) {
  EXPECT_THAT(refusal("listener,item\n1,2\n"),
              HasSubstr("the header of 'e.csv' has no column 'user': found 'listener', 'item', expected user,item"));
  EXPECT_THAT(refusal("user\n1\n"), HasSubstr("has no column 'item'"));
  EXPECT_THAT(refusal("user,item,user\n"), HasSubstr("has two columns 'user'"));
  EXPECT_THAT(refusal(""), HasSubstr("'e.csv' is empty"));
  EXPECT_THAT(refusal(std::string("\x7F"
                                  "ELF\0\0",
                                  6)),
              HasSubstr("is a binary file"));
  EXPECT_THAT(refusal("user,item\n,\n,\n"), HasSubstr("no row of"));
  EXPECT_EQ(import("events-csv", folder_ / "gone.csv").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(take("user,item\n").events, WriteCounts{});
}

TEST_F(EventsCsvTest, ASecondImportAddsNothingAndEqualRowsAreCounted) {
  const std::string text = "user,item,timestamp\nu,a,5\nu,a,5\nu,b,\nu,b,\nu,b,\n";
  EXPECT_EQ(take(text).events, (WriteCounts{.added = 5}));
  EXPECT_EQ(take(text).events, (WriteCounts{.unchanged = 5}));
  EXPECT_EQ(take(text + "u,b,\n").events, (WriteCounts{.added = 1, .unchanged = 5}));
}

TEST_F(EventsCsvTest, EqualRowsInDifferentBatchesAreToldApart) {
  std::string text = "user,item\nu,twice\n";
  for (int i = 0; i < 300'000; ++i) text += fmt::format("u{},i{}\n", i % 50, i);
  text += "u,twice\n";
  EXPECT_EQ(take(text).events, (WriteCounts{.added = 300'002}));
  EXPECT_EQ(take(text).events, (WriteCounts{.unchanged = 300'002}));
}

TEST_F(EventsCsvTest, CancelStopsAndKeepsWhatWasWritten) {
  cancel_.cancel();
  std::string text = "user,item\n";
  for (int i = 0; i < 40'000; ++i) text += fmt::format("u,i{}\n", i);
  const auto report = import("events-csv", write("e.csv", text));
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::kCancelled);
  EXPECT_THAT(report.error().message, HasSubstr("0 new events of it are kept: cancelled"));
  EXPECT_EQ(catalog_->counts().value().events, 0);
}

TEST_F(EventsCsvTest, AFullDiskEndsTheImportWithNothingHalf) {
  sqlite::Options small;
  small.max_pages = 60;
  database_ = sqlite::open((folder_ / "small.db").string(), small).value();
  catalog_.emplace(Catalog::open(*database_).value());
  std::string text = "user,item\n";
  for (int i = 0; i < 20'000; ++i) text += fmt::format("u{},i{}\n", i, i);
  const auto report = import("events-csv", write("e.csv", text));
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::kDiskFull);
  EXPECT_EQ(catalog_->counts().value(), CatalogCounts{});
  EXPECT_EQ(take("user,item\nu,a\n").events.added, 1);
}

TEST_F(EventsCsvTest, IsDetectedByItsHeader) {
  EXPECT_EQ(detect_kind(write("a.csv", "weight,Item,USER\n")).value()->name(), "events-csv");
  EXPECT_EQ(detect_kind(write("b.csv", "id,title\n")).value()->name(), "catalogue-csv");
  const auto unknown = detect_kind(write("c.csv", "x,y\n"));
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error().message, HasSubstr("of no kind that is known here"));
  EXPECT_EQ(detect_kind(folder_).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(detect_kind(folder_ / "none").error().code, ErrorCode::kNotFound);
}

TEST_F(EventsCsvTest, KindsAreFoundByName) {
  EXPECT_EQ(find_importer("demo").value()->name(), "demo");
  EXPECT_THAT(find_importer("event-csv").error().message, HasSubstr("did you mean events-csv?"));
  for (const Importer* importer : importers()) EXPECT_FALSE(importer->description().empty());
}

}  // namespace
}  // namespace mla::catalog
