#include "knowledge/catalog/import/importer.h"

#include <fstream>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

#include "knowledge/catalog/import/item_merger.h"
#include "knowledge/catalog/tests/import_fixture.h"

namespace mla::catalog {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;

class ImporterTest : public ImportTest {};

TEST_F(ImporterTest, SummariesCountInThousands) {
  ImportReport report;
  EXPECT_EQ(summary(report), "nothing added");
  report.items = {.added = 17'632, .unchanged = 1};
  report.events = {.added = 1'234'567, .unchanged = 999};
  report.friends = 100;
  report.rejected = 1000;
  report.rejects_file = "e.csv.rejects.csv";
  EXPECT_EQ(summary(report),
            "17,632 items added, 1 items unchanged, 1,234,567 events added, 999 events already there, "
            "100 friend links added, 1,000 rows rejected (see e.csv.rejects.csv)");
}

TEST_F(ImporterTest, TheRejectsFileIsNamedAfterTheSource) {
  EXPECT_EQ(import("events-csv", write("my events.csv", "user,item\nu,\nu,a\n")).value().rejects_file,
            folder_ / "my events.csv.rejects.csv");
  std::filesystem::create_directories(folder_ / "sub");
  write("sub/artists.dat", "id\tname\n1\tA\n\tB\n");
  write("sub/tags.dat", "tagID\ttagValue\n");
  write("sub/user_taggedartists.dat", "userID\tartistID\ttagID\n");
  write("sub/user_artists.dat", "userID\tartistID\tweight\n");
  write("sub/user_friends.dat", "userID\tfriendID\n");
  EXPECT_EQ(import("lastfm-hetrec", folder_ / "sub/").value().rejects_file, folder_ / "sub.rejects.csv");
}

TEST_F(ImporterTest, PathsThatCannotBeReadAreNamed) {
  for (const char* kind : {"events-csv", "catalogue-csv", "lastfm-hetrec"}) {
    const auto gone = import(kind, folder_ / "gone");
    ASSERT_FALSE(gone.ok());
    EXPECT_EQ(gone.error().code, ErrorCode::kNotFound) << kind;
    EXPECT_THAT(gone.error().message, HasSubstr("gone"));
  }
  EXPECT_FALSE(import("events-csv", folder_).ok());
  if (::geteuid() == 0) return;  // root may read everything
  std::filesystem::create_directories(folder_ / "closed");
  std::filesystem::permissions(folder_ / "closed", std::filesystem::perms::none);
  EXPECT_EQ(detect_kind(folder_ / "closed").error().code, ErrorCode::kPermission);
  EXPECT_EQ(import("lastfm-hetrec", folder_ / "closed").error().code, ErrorCode::kPermission);
  std::filesystem::permissions(folder_ / "closed", std::filesystem::perms::owner_all);
}

// It was opened twice once: the first rows went to nobody, and the second opening waited for ever.
TEST_F(ImporterTest, APipeIsReadOnceAndWhole) {
  const std::filesystem::path pipe = folder_ / "pipe.csv";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(detect_kind(pipe).error().message, HasSubstr("only once"));
  std::thread writer([&] {
    std::ofstream out(pipe);
    out << "user,item\n";
    for (int row = 0; row < 5000; ++row) out << "u" << row << ",a\n";
  });
  const auto report = import("events-csv", pipe);
  writer.join();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->events.added, 5000);
}

TEST_F(ImporterTest, MergedItemsKeepTheFirstRowAndFillItsGaps) {
  const auto make = [](const char* title, const char* artist, std::vector<Tag> tags) {
    Item item;
    item.id = base::ItemId("x");
    item.title = title;
    item.artist = artist;
    item.tags = std::move(tags);
    return item;
  };
  WriteCounts counts;
  ItemMerger merger(*catalog_, counts, 1);  // every item is a batch of its own
  ASSERT_TRUE(merger.add(make("First", "", {{"a", 1}, {"b", 1}})).ok());
  ASSERT_TRUE(merger.add(make("Second", "Ann", {{"b", 2}, {"c", 1}})).ok());
  ASSERT_TRUE(merger.flush().ok());
  const Item item = catalog_->find_item(base::ItemId("x")).value().value();
  EXPECT_EQ(item.title, "First");
  EXPECT_EQ(item.artist, "Ann");
  EXPECT_THAT(item.tags, ElementsAre(Tag{"a", 1}, Tag{"b", 3}, Tag{"c", 1}));
  EXPECT_EQ(counts, (WriteCounts{.added = 1, .updated = 1}));

  // Another import replaces what is stored.
  ItemMerger again(*catalog_, counts);
  ASSERT_TRUE(again.add(make("New", "", {})).ok());
  ASSERT_TRUE(again.flush().ok());
  EXPECT_EQ(catalog_->find_item(base::ItemId("x")).value().value(), make("New", "", {}));
}

TEST_F(ImporterTest, MappingsAreFieldsAndColumns) {
  const auto columns = parse_mapping("title=a, tags = b,tags=c").value();
  EXPECT_THAT(columns.at("title"), ElementsAre("a"));
  EXPECT_THAT(columns.at("tags"), ElementsAre("b", "c"));
  EXPECT_TRUE(parse_mapping("").value().empty());
  EXPECT_THAT(parse_mapping("title:a").error().message, HasSubstr("'title:a' is not of the form field=column"));
}

}  // namespace
}  // namespace mla::catalog
