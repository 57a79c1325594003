#include "operations/pipelines/library/library_sounds.h"

#include <span>

#include <gmock/gmock.h>

#include "foundation/store/tests/fresh_database.h"

namespace mla::pipelines {
namespace {

using testing::ElementsAre;

LibraryFile file(const std::string& path, const std::string& item, const std::string& payload) {
  LibraryFile one;
  one.path = path;
  one.item = base::ItemId(item);
  one.stamp = {10, 20};
  one.payload = payload;
  return one;
}

TrackSound sound(const std::string& payload) {
  TrackSound one;
  one.payload = payload;
  one.tagger = "shipped";
  one.vector.emplace().fill(0.25F);
  one.tempo = 120.5;
  one.tempo_confidence = 0.9;
  one.tonic = "C#";
  one.mode = "minor";
  one.key_confidence = 0.7;
  one.integrated_lufs = -14.2;
  one.genres = {{"jazz", 0.25}, {"rock", 0.75}};
  one.moods = {{"calmness", 0.5}, {"power", 0.125}};
  one.features = {{"energy", 0.5}};
  return one;
}

class LibrarySoundsTest : public testing::Test {
 protected:
  void put(const std::vector<TrackSound>& sounds) { ASSERT_TRUE(sounds_.put(sounds).ok()); }
  void put(const std::vector<LibraryFile>& files) { ASSERT_TRUE(files_.put(files).ok()); }
  std::vector<std::string> missing(const std::string& folder = "", const std::string& tagger = "shipped") const {
    std::vector<std::string> paths;
    const std::vector<LibraryFile> files = sounds_.missing(folder, tagger).value();
    for (const LibraryFile& one : files) paths.push_back(one.path);
    return paths;
  }
  void run(const char* sql) { ASSERT_TRUE(database_->acquire().value()->execute(sql).ok()); }

  std::unique_ptr<store::Database> database_ = store::fresh_database();
  LibraryFiles files_ = LibraryFiles::open(*database_).value();
  LibrarySounds sounds_ = LibrarySounds::open(*database_).value();
};

TEST_F(LibrarySoundsTest, AreReadBackAsTheyWereWritten) {
  TrackSound silent;
  silent.payload = "s";
  TrackSound broken;
  broken.payload = "b";
  broken.problem = "crashed: signal 11";
  put({sound("a"), silent, broken});
  EXPECT_EQ(sounds_.find("a").value(), sound("a"));
  EXPECT_EQ(sounds_.find("s").value(), silent) << "nothing found is nothing, not 0";
  EXPECT_EQ(sounds_.find("b").value(), broken);
  EXPECT_EQ(sounds_.find("c").value(), std::nullopt);
  TrackSound other = sound("a");
  other.tempo.reset();
  put({other});
  EXPECT_EQ(sounds_.find("a").value(), other) << "replaced";
}

TEST_F(LibrarySoundsTest, NameWhatIsLikeliest) {
  EXPECT_EQ(sound("a").likeliest_genre()->first, "rock");
  EXPECT_EQ(sound("a").strongest_mood()->first, "calmness");
  EXPECT_EQ(TrackSound().likeliest_genre(), nullptr);
  EXPECT_EQ(TrackSound().strongest_mood(), nullptr);
}

TEST_F(LibrarySoundsTest, FilesWithoutOneAreListedOnceAndByFolder) {
  LibraryFile gone = file("/m/gone", "g", "pg");
  gone.gone = 5;
  put({file("/m/b", "b", "pb"), file("/m/a", "a", "pa"), file("/m/copy", "a-2", "pa"), file("/n/c", "c", "pc"), gone});
  EXPECT_THAT(missing(), ElementsAre("/m/a", "/m/b", "/n/c"));
  EXPECT_THAT(missing("/m"), ElementsAre("/m/a", "/m/b"));
  put({sound("pa")});
  EXPECT_THAT(missing(), ElementsAre("/m/b", "/n/c")) << "the copy's sound is known too";
  EXPECT_THAT(missing("", "my own"), ElementsAre("/m/a", "/m/b", "/n/c")) << "another model of genre and mood";
}

TEST_F(LibrarySoundsTest, APathOfAnyBytesIsFound) {
  put({file("/m/caf\xE9.mp3", "a", "pa")});
  EXPECT_THAT(missing("/m"), ElementsAre("/m/caf\xE9.mp3"));
}

TEST_F(LibrarySoundsTest, ThoseOfAnotherVersionAreMadeAnew) {
  for (const char* column : {"version", "vector_version"}) {
    put({file("/m/a", "a", "pa")});
    put({sound("pa")});
    run(("UPDATE library_sounds SET " + std::string(column) + " = " + column + " - 1").c_str());
    EXPECT_EQ(sounds_.find("pa").value(), std::nullopt) << column;
    EXPECT_THAT(missing(), ElementsAre("/m/a")) << column;
  }
}

TEST_F(LibrarySoundsTest, AreListedByItemAlsoOfFilesThatAreGone) {
  LibraryFile gone = file("/m/gone", "g", "pg");
  gone.gone = 5;
  put({file("/m/b", "b", "pb"), file("/m/a", "a", "pa"), file("/m/copy", "a-2", "pa"), gone,
       file("/m/x", "unheard", "px")});
  TrackSound broken;
  broken.payload = "pb";
  broken.problem = "no sound";
  put({sound("pa"), sound("pg"), broken});
  std::vector<std::string> items;
  ASSERT_TRUE(sounds_
                  .for_each([&](const base::ItemId& item, const TrackSound& one) -> base::Status {
                    items.push_back(item.str() + " " + one.payload);
                    return {};
                  })
                  .ok());
  EXPECT_THAT(items, ElementsAre("a pa", "a-2 pa", "g pg"));
}

TEST_F(LibrarySoundsTest, DamagedRowsAreAnError) {
  put({sound("pa")});
  {
    const auto connection = database_->acquire().value();
    auto* damage = connection->prepare("UPDATE library_sounds SET vector = ?").value();
    damage->bind(1, std::as_bytes(std::span("", 1)));
    ASSERT_TRUE(damage->step().ok());
  }
  EXPECT_EQ(sounds_.find("pa").error().code, base::ErrorCode::kCorrupt);
  put({sound("pa")});
  run("UPDATE library_sounds SET moods = '{\"calm\": \"very\"}'");
  EXPECT_EQ(sounds_.find("pa").error().code, base::ErrorCode::kCorrupt);
}

TEST_F(LibrarySoundsTest, ADatabaseOfTheFirstVersionIsBroughtUpToDate) {
  auto old = store::fresh_database();
  ASSERT_TRUE(LibraryFiles::open(*old).ok());
  ASSERT_TRUE(
      old->acquire()
          .value()
          ->execute("DROP TABLE library_sounds; DELETE FROM schema_migrations WHERE component = 'pipelines' AND "
                    "number = 2")
          .ok());
  EXPECT_EQ(LibrarySounds::open(*old).value().find("a").value(), std::nullopt);
}

}  // namespace
}  // namespace mla::pipelines
