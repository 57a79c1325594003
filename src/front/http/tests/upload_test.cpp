#include "front/http/impl/upload.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mla::http {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kAllowed = {".mp3", ".wav", ".flac"};

TEST(FileNames, OfMusicAreTaken) {
  for (const char* name : {"a.mp3", "A.MP3", "01. Song feat. X.flac", "Ünïcode ✓.wav", "Mr. Jones (v2.1).mp3"}) {
    EXPECT_TRUE(check_file_name(name, kAllowed).ok()) << name;
  }
}

TEST(FileNames, ThatHideSomethingAreNot) {
  using namespace std::string_literals;
  const std::pair<std::string, const char*> cases[] = {
      {"", "needs a name"},
      {"a", "must end in one of .mp3, .wav, .flac"},
      {"a.ogg", "must end"},
      {"a.mp3.exe", "must end"},
      {"a.exe.mp3", "two extensions, .exe.mp3"},
      {"a.PHP .mp3", "two extensions"},
      {"a.wav.mp3", "two extensions"},
      {"a\0.mp3"s, "needs a name"},
      {"a.php\0.mp3"s, "needs a name"},
      {"a\n.mp3", "needs a name"},
      {"../a.mp3", "needs a name"},
      {"C:\\a.mp3", "needs a name"},
      {".mp3", "needs a name"},
      {"a\xff.mp3", "needs a name"},
      {std::string(252, 'a') + ".mp3", "needs a name"},
  };
  for (const auto& [name, what] : cases) {
    const auto checked = check_file_name(name, kAllowed);
    ASSERT_FALSE(checked.ok()) << name;
    EXPECT_THAT(checked.error().message, HasSubstr(what)) << name;
  }
}

class StoredUploadTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(folder); }
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / ("mla-upload-" + std::to_string(::getpid())) / "uploads";
};

TEST_F(StoredUploadTest, IsOursAloneAndGoesAtTheEnd) {
  std::filesystem::path path;
  {
    auto stored = StoredUpload::write(folder, std::string("a\0b", 3), ".mp3").value();
    path = stored.path();
    EXPECT_EQ(path.parent_path(), folder);
    EXPECT_EQ(path.extension(), ".mp3");
    std::ifstream file(path, std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), std::string("a\0b", 3));
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    ASSERT_EQ(::stat(folder.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700u);
    const StoredUpload moved = std::move(stored);
    EXPECT_TRUE(std::filesystem::exists(moved.path()));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(StoredUploadTest, StaysIfItIsKept) {
  std::filesystem::path path;
  {
    auto stored = StoredUpload::write(folder, "x", ".wav").value();
    path = stored.path();
    stored.keep();
  }
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(StoredUploadTest, NamesAreNeverTheSame) {
  std::set<std::string> names;
  for (int i = 0; i < 50; ++i) names.insert(StoredUpload::write(folder, "x", ".mp3").value().path().string());
  EXPECT_EQ(names.size(), 50u);
}

TEST_F(StoredUploadTest, AFolderThatCannotBeMadeIsTold) {
  std::filesystem::create_directories(folder.parent_path());
  std::ofstream(folder.string()) << "a file";
  EXPECT_FALSE(StoredUpload::write(folder, "x", ".mp3").ok());
}

TEST_F(StoredUploadTest, LeftoversGoUnlessTheyAreYoungOrAwaited) {
  const auto kept = [this](const char* extension) {
    auto stored = StoredUpload::write(folder, "x", extension).value();
    std::filesystem::path path = stored.path();
    stored.keep();
    return path;
  };
  const std::filesystem::path left = kept(".mp3");
  const std::filesystem::path awaited = kept(".flac");
  const std::filesystem::path foreign = folder / "notes.mp3";
  std::ofstream(foreign) << "not ours";
  const auto now = std::filesystem::last_write_time(left);
  EXPECT_EQ(remove_leftovers(folder, {}, now + std::chrono::minutes(59)), 0u) << "they may be on their way";
  EXPECT_EQ(remove_leftovers(folder, {awaited.stem().string()}, now + std::chrono::minutes(61)), 1u);
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(std::filesystem::exists(awaited));
  EXPECT_TRUE(std::filesystem::exists(foreign));
  EXPECT_EQ(remove_leftovers(folder / "none", {}, now), 0u);
}

}  // namespace
}  // namespace mla::http
