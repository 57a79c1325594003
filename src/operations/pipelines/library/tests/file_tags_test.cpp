#include "operations/pipelines/library/file_tags.h"

#include <fstream>

#include <gmock/gmock.h>

#include "operations/pipelines/library/impl/tags_text.h"
#include "operations/pipelines/library/tests/music_files.h"

namespace mla::pipelines {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using FileTagsTest = MusicFilesTest;

TEST_F(FileTagsTest, AreReadFromEveryFormat) {
  const std::pair<const char*, std::string> files[] = {{"a.mp3", mp3(1)}, {"a.wav", wav(1)}, {"a.flac", flac(1)}};
  for (const auto& [name, bytes] : files) {
    write(music_ / name, bytes);
    tag(music_ / name, {{"TITLE", "Ümläut ♫"},
                        {"ARTIST", "Some One"},
                        {"ALBUM", "It"},
                        {"ALBUMARTIST", "Various"},
                        {"DATE", "1999-05-01"},
                        {"TRACKNUMBER", "3/12"},
                        {"DISCNUMBER", "2"},
                        {"GENRE", "Rock; Dream Pop/rock"},
                        {"COMMENT", "hello"},
                        {"ISRC", "DEAB12345678"},
                        {"ACOUSTID_ID", "11111111-2222"},
                        {"MUSICBRAINZ_TRACKID", "33333333-4444"},
                        {"REPLAYGAIN_TRACK_GAIN", "-7.25 dB"}});
    const FileTags tags = read_tags(music_ / name).value();
    EXPECT_EQ(tags.title, "Ümläut ♫") << name;
    EXPECT_EQ(tags.artist, "Some One");
    EXPECT_EQ(tags.album, "It");
    EXPECT_EQ(tags.album_artist, "Various");
    EXPECT_EQ(tags.date.substr(0, 4), "1999");
    EXPECT_EQ(tags.track, 3);
    EXPECT_EQ(tags.disc, 2);
    EXPECT_THAT(tags.genres, ElementsAre("rock", "dream pop")) << name;
    EXPECT_EQ(tags.comment, "hello") << name;
    EXPECT_EQ(tags.external_ids.at("isrc"), "DEAB12345678");
    EXPECT_EQ(tags.external_ids.at("acoustid"), "11111111-2222");
    EXPECT_EQ(tags.external_ids.at("mbid"), "33333333-4444");
    EXPECT_DOUBLE_EQ(tags.replay_gain_db.value_or(0), -7.25);
    EXPECT_NEAR(tags.duration_seconds.value_or(0), name == std::string("a.mp3") ? 5.2 : 2.0, 0.1) << name;
    EXPECT_EQ(decode_tags(encode_tags(tags)).value(), tags);
  }
}

// A picture of 200 MB (a hole in the file), behind the title or alone in front of the sound.
TEST_F(FileTagsTest, BehindAHugePictureAFileIsStillATrack) {
  const auto synchsafe = [](std::uint32_t number) {
    std::string text;
    for (const int shift : {21, 14, 7, 0}) text += static_cast<char>((number >> shift) & 0x7F);
    return text;
  };
  constexpr std::uint32_t kPicture = 200'000'000;
  for (const bool titled : {true, false}) {
    const std::string title = titled ? "TIT2" + synchsafe(5) + std::string("\0\0", 2) + "\x03Loud" : "";
    const std::string picture = "APIC" + synchsafe(kPicture) + std::string("\0\0", 2);
    const auto all = static_cast<std::uint32_t>(title.size() + picture.size()) + kPicture;
    const std::string front = "ID3\x04" + std::string("\0\0", 2) + synchsafe(all) + title + picture;
    std::ofstream file(music_ / "07 - Big.mp3", std::ios::binary);
    file << front;
    file.seekp(static_cast<std::streamoff>(front.size()) + kPicture);
    file << mp3(1);
    file.close();
    const auto tags = read_tags(music_ / "07 - Big.mp3");
    ASSERT_TRUE(tags.ok()) << tags.error().message;
    EXPECT_EQ(to_item(base::ItemId("x"), music_ / "07 - Big.mp3", *tags).title, titled ? "Loud" : "Big");
  }
  std::ofstream junk(music_ / "junk.mp3", std::ios::binary);
  junk.seekp(kPicture);
  junk << "nothing";
  junk.close();
  EXPECT_FALSE(read_tags(music_ / "junk.mp3").ok()) << "no tag, no frame";
}

TEST_F(FileTagsTest, SayWhatIsExplicit) {
  const std::pair<std::string, bool> cases[] = {
      {"1", true}, {"4", true}, {"2", false}, {"0", false}, {"Explicit", true}};
  for (const auto& [advisory, expected] : cases) {
    for (const auto& [name, bytes] : {std::pair<const char*, std::string>{"a.mp3", mp3(1)}, {"a.flac", flac(1)}}) {
      write(music_ / name, bytes);
      tag(music_ / name, {{"TITLE", "x"}, {"ITUNESADVISORY", advisory}});
      const FileTags tags = read_tags(music_ / name).value();
      EXPECT_EQ(tags.explicit_words, expected) << name << ' ' << advisory;
      EXPECT_EQ(decode_tags(encode_tags(tags)).value(), tags);
      EXPECT_EQ(to_item(base::ItemId("x"), name, tags).is_explicit(), expected);
    }
  }
  write(music_ / "a.mp3", mp3(1));
  tag(music_ / "a.mp3", {{"GENRE", "Rap; Explicit"}});
  const FileTags rap = read_tags(music_ / "a.mp3").value();
  EXPECT_THAT(rap.genres, testing::ElementsAre("rap"));
  const catalog::Item item = to_item(base::ItemId("x"), "a.mp3", rap);
  EXPECT_TRUE(item.is_explicit());
  EXPECT_TRUE(catalog::check(item).ok()) << "the tag comes once";
}

TEST_F(FileTagsTest, OfAFileThatSaysNothingAreEmpty) {
  write(music_ / "07 - Plain Name.wav", wav(2));
  const FileTags tags = read_tags(music_ / "07 - Plain Name.wav").value();
  EXPECT_TRUE(tags.title.empty() && tags.artist.empty() && tags.genres.empty());
  EXPECT_EQ(to_item(base::ItemId("x"), music_ / "07 - Plain Name.wav", tags).title, "Plain Name");
  EXPECT_EQ(to_item(base::ItemId("x"), music_ / "1999.wav", tags).title, "1999");
  EXPECT_EQ(to_item(base::ItemId("x"), music_ / "7 Seconds.wav", tags).title, "Seconds") << "a number in front";
}

TEST_F(FileTagsTest, AreCutAndCleaned) {
  write(music_ / "a.mp3", mp3(3));
  tag(music_ / "a.mp3", {{"TITLE", std::string(10'000, 'x')}, {"ARTIST", "two\nlines\x01"}, {"GENRE", ";;, /"}});
  const FileTags tags = read_tags(music_ / "a.mp3").value();
  EXPECT_EQ(tags.title.size(), catalog::kMaxTextBytes);
  EXPECT_EQ(tags.artist, "two lines");
  EXPECT_TRUE(tags.genres.empty());
  EXPECT_TRUE(catalog::check(to_item(base::ItemId("x"), music_ / "a.mp3", tags)).ok());
}

TEST_F(FileTagsTest, OfAFileWithoutSoundAreAnError) {
  write(music_ / "noise.mp3", noise(5000, 4));
  EXPECT_EQ(read_tags(music_ / "noise.mp3").error().code, ErrorCode::kCorrupt);
  write(music_ / "empty.flac", "");
  EXPECT_EQ(read_tags(music_ / "empty.flac").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(read_tags(music_ / "none.flac").error().code, ErrorCode::kNotFound);
  write(music_ / "strange.caf", "caff" + noise(100, 5));
  EXPECT_TRUE(read_tags(music_ / "strange.caf").ok()) << "TagLib does not know it, which says nothing of the file";
}

TEST_F(FileTagsTest, AHugePictureCostsNoMemoryAndNoTags) {
  // A block of metadata that claims 16 MB, and an ID3v2 tag that claims 256 MB of a file with a hole of 2 GB.
  const std::filesystem::path file = music_ / "huge.mp3";
  write(file, std::string("ID3\x03\0\0\x7F\x7F\x7F\x7F", 10) + "APIC" + std::string("\x7F\xFF\xFF\xFF\0\0", 6));
  std::filesystem::resize_file(file, std::uintmax_t{2} << 30);
  EXPECT_FALSE(read_tags(file).ok());
}

TEST_F(FileTagsTest, APathThatIsNotTextIsNotGivenToTheCatalogue) {
  EXPECT_EQ(catalog_path("/music/ä.mp3"), "/music/ä.mp3");
  EXPECT_EQ(catalog_path("/music/\xE4.mp3"), "");
  EXPECT_EQ(catalog_path("/music/a\nb.mp3"), "");
  EXPECT_EQ(catalog_path("/" + std::string(5000, 'x')), "");
}

TEST(TagsText, RefusesWhatItDidNotWrite) {
  EXPECT_EQ(decode_tags("[1]").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(decode_tags("{\"title\":").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(decode_tags("{\"title\":7,\"track\":\"x\",\"genres\":[1]}").value(), FileTags());
}

}  // namespace
}  // namespace mla::pipelines
