#include "serving/analysis/listing.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "serving/analysis/tests/made_files.h"

namespace mla::analysis {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names(const MadeFiles& made, const std::vector<std::string>& paths) {
  const auto files = list_audio_files(paths);
  EXPECT_TRUE(files.ok());
  std::vector<std::string> out;
  if (files.ok()) {
    for (const fs::path& file : *files) out.push_back(file.lexically_relative(made.folder()).string());
  }
  return out;
}

TEST(Listing, Folders_are_walked_in_order_for_audio) {
  const MadeFiles made;
  for (const char* name :
       {"b/2.MP3", "b/1.flac", "a.wav", "c/d/e.opus", "cover.jpg", "._a.wav", ".hidden/x.mp3", "notes"}) {
    made.write(name, "x");
  }
  EXPECT_THAT(names(made, {made.folder().string()}),
              ::testing::ElementsAre("a.wav", "b/1.flac", "b/2.MP3", "c/d/e.opus"));
}

TEST(Listing, Files_named_are_taken_whatever_they_are_and_once) {
  const MadeFiles made;
  const std::string a = made.write("a.wav", "x").string();
  const std::string notes = made.write("notes.txt", "x").string();
  EXPECT_THAT(names(made, {notes, a, made.folder().string(), a, (made.folder() / "none").string()}),
              ::testing::ElementsAre("notes.txt", "a.wav", "none"));
}

TEST(Listing, Links_and_pipes_do_not_lead_astray) {
  const MadeFiles outside_owner;
  const fs::path inside = outside_owner.folder() / "in";
  outside_owner.write("out/secret.mp3", "x");
  outside_owner.write("in/a.mp3", "x");
  fs::create_symlink("a.mp3", inside / "b.mp3");
  fs::create_symlink("../out/secret.mp3", inside / "c.mp3");
  fs::create_directory_symlink("../out", inside / "d");
  fs::create_directory_symlink(".", inside / "loop");
  fs::create_symlink("nowhere.mp3", inside / "dangling.mp3");
  ASSERT_EQ(::mkfifo((inside / "pipe.mp3").c_str(), 0600), 0);
  EXPECT_THAT(names(outside_owner, {inside.string()}), ::testing::ElementsAre("in/a.mp3", "in/b.mp3"));
}

}  // namespace
}  // namespace mla::analysis
