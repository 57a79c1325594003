#include "operations/pipelines/library/audio_payload.h"

#include "operations/pipelines/library/tests/music_files.h"

namespace mla::pipelines {
namespace {

using base::ErrorCode;
using AudioPayload = MusicFilesTest;

// Pages of Ogg: serial 7, numbered from `first`, each with a position and a body of at most 255 bytes.
std::string page(std::uint32_t number, std::uint32_t position, const std::string& body) {
  std::string bytes = std::string("OggS\0", 5) + '\0';
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(i < 4 ? position >> (8 * i) : 0);
  for (const std::uint32_t field : {7U, number, 0xABCD0000U + number}) {
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(field >> (8 * i));
  }
  return bytes + '\x01' + static_cast<char>(body.size()) + body;
}

std::string ogg(const std::string& comment, const std::string& sound, std::uint32_t pages_of_comment = 1) {
  std::string bytes = page(0, 0, "\x01vorbis");
  std::uint32_t number = 1;
  for (std::uint32_t i = 0; i < pages_of_comment; ++i) bytes += page(number++, 0, comment);
  for (std::uint32_t i = 0; i < 4; ++i) bytes += page(number++, 1000 * (i + 1), sound + std::to_string(i));
  return bytes;
}

TEST_F(AudioPayload, StaysWhenTagsAreWrittenAnew) {
  const std::pair<const char*, std::string> files[] = {{"a.mp3", mp3(1)}, {"a.wav", wav(1)}, {"a.flac", flac(1)}};
  for (const auto& [name, bytes] : files) {
    write(music_ / name, bytes);
    const std::string before = payload_digest(music_ / name).value();
    EXPECT_EQ(before.size(), 16u);
    tag(music_ / name, {{"TITLE", "One"}, {"ARTIST", "Some"}});
    EXPECT_EQ(payload_digest(music_ / name).value(), before) << name;
    tag(music_ / name, {{"TITLE", std::string(5000, 'x')}, {"COMMENT", std::string(9000, 'y')}});
    EXPECT_EQ(payload_digest(music_ / name).value(), before) << name;
  }
}

TEST_F(AudioPayload, SeesTagsAtTheEndAsTags) {
  const std::string sound = mp3(2);
  write(music_ / "bare.mp3", sound);
  write(music_ / "id3v1.mp3", sound + "TAG" + std::string(125, ' '));
  const std::string item = std::string(100, 'i');
  const std::string ape =
      "APETAGEX" + std::string("\xD0\x07\0\0", 4) + little(132, 4) + little(1, 4) + little(0, 4) + std::string(8, '\0');
  write(music_ / "ape.mp3", sound + item + ape + "TAG" + std::string(125, ' '));
  const std::string bare = payload_digest(music_ / "bare.mp3").value();
  EXPECT_EQ(payload_digest(music_ / "id3v1.mp3").value(), bare);
  EXPECT_EQ(payload_digest(music_ / "ape.mp3").value(), bare);
}

TEST_F(AudioPayload, OfOggDoesNotDependOnCommentsAndPageNumbers) {
  write(music_ / "a.ogg", ogg("title=One", "sound"));
  write(music_ / "b.ogg", ogg("title=Another and a longer one", "sound", 3));
  write(music_ / "c.ogg", ogg("title=One", "other"));
  const std::string a = payload_digest(music_ / "a.ogg").value();
  EXPECT_EQ(payload_digest(music_ / "b.ogg").value(), a);
  EXPECT_NE(payload_digest(music_ / "c.ogg").value(), a);
}

TEST_F(AudioPayload, OfMp4IsItsLargestMdat) {
  const auto box = [](const char* name, const std::string& body) {
    const auto size = static_cast<std::uint32_t>(body.size() + 8);
    std::string bytes;
    for (int i = 3; i >= 0; --i) bytes += static_cast<char>(size >> (8 * i));
    return bytes + name + body;
  };
  const std::string sound = noise(300'000, 3);
  write(music_ / "a.m4a", box("ftyp", "M4A ") + box("moov", "short") + box("mdat", sound));
  write(music_ / "b.m4a", box("ftyp", "M4A ") + box("mdat", sound) + box("moov", std::string(9000, 't')));
  write(music_ / "c.m4a", box("ftyp", "M4A ") + box("mdat", noise(300'000, 4)) + box("moov", "short"));
  const std::string a = payload_digest(music_ / "a.m4a").value();
  EXPECT_EQ(payload_digest(music_ / "b.m4a").value(), a);
  EXPECT_NE(payload_digest(music_ / "c.m4a").value(), a);
}

TEST_F(AudioPayload, OfAsfIsItsData) {
  const auto asf = [](const std::string& header, const std::string& sound) {
    const auto field = [](std::size_t size) {
      return little(static_cast<std::uint32_t>(size), 4) + std::string(4, '\0');
    };
    return "\x30\x26\xB2\x75" + std::string(12, 'g') + field(24 + header.size()) + header + std::string(16, 'd') +
           field(24 + sound.size()) + sound;
  };
  const std::string sound = noise(5000, 6);
  write(music_ / "a.wma", asf("title one", sound));
  write(music_ / "b.wma", asf("another title", sound));
  write(music_ / "c.wma", asf("title one", noise(5000, 7)));
  EXPECT_EQ(payload_digest(music_ / "b.wma").value(), payload_digest(music_ / "a.wma").value());
  EXPECT_NE(payload_digest(music_ / "c.wma").value(), payload_digest(music_ / "a.wma").value());
}

TEST_F(AudioPayload, DiffersWhereverTheSoundDoes) {
  const std::string sound = wav(5, 400'000);
  write(music_ / "a.wav", sound);
  const std::string a = payload_digest(music_ / "a.wav").value();
  for (const std::size_t at : {std::size_t{100}, sound.size() / 2, sound.size() - 1}) {
    std::string other = sound;
    other[at] = static_cast<char>(other[at] ^ 1);
    write(music_ / "b.wav", other);
    EXPECT_NE(payload_digest(music_ / "b.wav").value(), a) << at;
  }
  write(music_ / "b.wav", wav(5, 400'001));
  EXPECT_NE(payload_digest(music_ / "b.wav").value(), a);
}

TEST_F(AudioPayload, SaysWhatCannotBeRead) {
  EXPECT_EQ(payload_digest(music_ / "none.mp3").error().code, ErrorCode::kNotFound);
  write(music_ / "empty.mp3", "");
  EXPECT_EQ(payload_digest(music_ / "empty.mp3").error().code, ErrorCode::kCorrupt);
}

TEST_F(AudioPayload, OfHostileBytesEndsAndIsADigest) {
  // Sizes that reach beyond the file, chunks without end, a tag that claims everything.
  const std::string hostile[] = {"ID3\x04\0\0\x7F\x7F\x7F\x7F",
                                 "fLaC\x01\xFF\xFF\xFF",
                                 "RIFF\xFF\xFF\xFF\xFFWAVEjunk\0\0\0\0",
                                 "OggS",
                                 std::string("\0\0\0\x01"
                                             "ftyp\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
                                             16),
                                 std::string(31, 'A') + "APETAGEX"};
  for (const std::string& bytes : hostile) {
    write(music_ / "x.mp3", bytes);
    EXPECT_EQ(payload_digest(music_ / "x.mp3").value().size(), 16u);
  }
}

}  // namespace
}  // namespace mla::pipelines
