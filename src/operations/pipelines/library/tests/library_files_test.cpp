#include "operations/pipelines/library/library_files.h"

#include <gmock/gmock.h>

#include "foundation/store/tests/fresh_database.h"
#include "operations/pipelines/library/impl/identify.h"
#include "operations/pipelines/library/tests/music_files.h"

namespace mla::pipelines {
namespace {

using testing::ElementsAre;

LibraryFile file(const std::string& path, const std::string& item, const std::string& payload = "p") {
  LibraryFile one;
  one.path = path;
  one.item = base::ItemId(item);
  one.stamp = {10, 20};
  one.payload = payload;
  one.tags.title = "T " + item;
  return one;
}

class LibraryFilesTest : public MusicFilesTest {
 protected:
  void put(const std::vector<LibraryFile>& files) { ASSERT_TRUE(files_.put(files).ok()); }
  std::vector<std::string> below(const std::string& folder) const {
    std::vector<std::string> items;
    EXPECT_TRUE(files_
                    .for_each(folder, false,
                              [&](LibraryFile one) -> base::Status {
                                items.push_back(one.item.str());
                                EXPECT_TRUE(one.tags.title.empty()) << "left out as asked";
                                return {};
                              })
                    .ok());
    return items;
  }

  std::unique_ptr<store::Database> database_ = store::fresh_database();
  LibraryFiles files_ = LibraryFiles::open(*database_).value();
};

TEST_F(LibraryFilesTest, ReadBackAsTheyWereWritten) {
  LibraryFile one = file("/m/caf\xE9.mp3", "a");
  one.gone = 123;
  put({one});
  EXPECT_EQ(files_.find(base::ItemId("a")).value(), one);
  EXPECT_EQ(files_.find(base::ItemId("b")).value(), std::nullopt);
  one.gone.reset();
  one.tags.title = "new";
  put({one});
  EXPECT_EQ(files_.find(base::ItemId("a")).value(), one) << "replaced";
}

TEST_F(LibraryFilesTest, AreListedByFolder) {
  put({file("/m/b", "b"), file("/m/a/x", "ax"), file("/m/a", "a"), file("/m.old/x", "old"), file("/mm/x", "mm")});
  EXPECT_THAT(below("/m"), ElementsAre("a", "ax", "b"));
  EXPECT_THAT(below("/m/a"), ElementsAre("ax"));
  EXPECT_THAT(below(""), ElementsAre("old", "a", "ax", "b", "mm")) << "by bytes";
}

TEST_F(LibraryFilesTest, MayChangePlacesInOneWrite) {
  put({file("/m/1", "a"), file("/m/2", "b")});
  put({file("/m/2", "a"), file("/m/1", "b")});
  EXPECT_THAT(below("/m"), ElementsAre("b", "a"));
}

TEST_F(LibraryFilesTest, TwoThatAreThereCannotHaveOnePath) {
  put({file("/m/1", "a")});
  const LibraryFile other = file("/m/1", "b");
  EXPECT_FALSE(files_.put({&other, 1}).ok());
  EXPECT_EQ(files_.find(base::ItemId("b")).value(), std::nullopt) << "and nothing of the write is kept";
  LibraryFile gone = file("/m/1", "a");
  gone.gone = 1;
  put({gone, other});
  EXPECT_THAT(below("/m"), ElementsAre("b", "a")) << "what is there first";
}

TEST_F(LibraryFilesTest, AreFoundByTheirSound) {
  put({file("/m/2", "a", "same"), file("/m/1", "b", "same"), file("/m/3", "c", "other")});
  const auto same = files_.with_payload("same").value();
  ASSERT_EQ(same.size(), 2u);
  EXPECT_EQ(same[0].item.str(), "b") << "in order of paths";
  EXPECT_EQ(same[0].tags.title, "T b");
}

TEST_F(LibraryFilesTest, AnIdentityIsGivenOnce) {
  put({file("/away/1", "file-p")});  // not there any more
  Identifier identifier(files_);
  const LibraryFile first = file("/m/1", "");
  const LibraryFile second = file("/m/2", "");
  const auto moved = identifier.identify(first, nullptr).value();
  EXPECT_EQ(moved.item.str(), "file-p");
  EXPECT_EQ(moved.origin, Origin::kMoved);
  const auto copy = identifier.identify(second, nullptr).value();
  EXPECT_EQ(copy.item.str(), "file-p-2");
  EXPECT_EQ(copy.origin, Origin::kNew);
}

TEST_F(LibraryFilesTest, AFileThatIsWhereItWasIsNotTakenFromThere) {
  write(music_ / "1.mp3", mp3(1));
  LibraryFile known = file((music_ / "1.mp3").string(), "file-x");
  known.payload = "0123456789abcdef";  // what lies there now is something else
  put({known});
  LibraryFile found = file("/m/2", "");
  found.payload = known.payload;
  EXPECT_EQ(Identifier(files_).identify(found, nullptr).value().item.str(), "file-x") << "its place has other sound";
}

}  // namespace
}  // namespace mla::pipelines
