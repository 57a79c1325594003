#include "knowledge/catalog/import/zip.h"

#include "knowledge/catalog/tests/history_fixture.h"
#include "knowledge/catalog/tests/zip_archive.h"

namespace mla::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string listen(int minute, const std::string& title, const std::string& user = "anna") {
  return fmt::format(
      R"({{"listened_at":{},"user_name":"{}","track_metadata":{{"track_name":"{}","artist_name":"Blur"}}}})"
      "\n",
      1'714'564'800 + 60 * minute, user, title);
}

class Zip : public HistoryTest {
 protected:
  // What a member holds, or why it cannot be read.
  std::string content(const std::filesystem::path& archive, const std::string& member, std::size_t piece = 7) const {
    const auto source = open_zip_member(archive, member);
    if (!source.ok()) return "open: " + source.error().message;
    std::string all, buffer(piece, '\0');
    for (;;) {
      const auto got = (*source)->read(buffer);
      if (!got.ok()) return "read: " + got.error().message;
      if (*got == 0) return all;
      all += buffer.substr(0, *got);
    }
  }
};

TEST_F(Zip, MembersAreReadStoredAndDeflated) {
  const std::string large(300'000, 'x');
  for (const bool wide : {false, true}) {
    const auto archive = write("a.zip", zip_archive({{"a.txt", "stored", false},
                                                     {"folder/", "", false},
                                                     {"folder/b.txt", large},
                                                     {"__MACOSX/._b.txt", "nothing"},
                                                     {"empty", ""}},
                                                    wide, "a comment with PK\x05\x06 in it"));
    EXPECT_TRUE(is_zip(archive));
    EXPECT_THAT(zip_members(archive).value(),
                ElementsAre(archive / "a.txt", archive / "folder/b.txt", archive / "empty"));
    EXPECT_EQ(content(archive, "a.txt"), "stored");
    EXPECT_EQ(content(archive, "folder/b.txt", 70'000), large);
    EXPECT_EQ(content(archive, "empty"), "");
    EXPECT_THAT(content(archive, "c"), HasSubstr("there is no 'c'"));
    const auto source = open_source(archive / "folder/b.txt").value();
    EXPECT_EQ(source->name(), "folder/b.txt");
    EXPECT_EQ(source->size(), large.size());
  }
}

TEST_F(Zip, OtherFilesAndFoldersAreNone) {
  EXPECT_FALSE(is_zip(write("x", "PK")));
  EXPECT_FALSE(is_zip(write("y", "plain text")));
  EXPECT_FALSE(is_zip(folder_));
  EXPECT_FALSE(is_zip(folder_ / "missing"));
  EXPECT_FALSE(open_source(folder_ / "y" / "member").ok());
  EXPECT_TRUE(zip_members(write("none.zip", zip_archive({}))).value().empty());
}

TEST_F(Zip, DamageIsSaidWhereverItIs) {
  const std::string good = zip_archive({{"a.txt", "some text that is packed", false}});
  const auto spoilt = [&](std::size_t at, char byte) {
    std::string bytes = good;
    bytes[at] = byte;
    return content(write("bad.zip", bytes), "a.txt");
  };
  EXPECT_THAT(spoilt(40, '!'), HasSubstr("damaged archive"));
  EXPECT_THAT(content(write("cut.zip", good.substr(0, good.size() - 1)), "a.txt"), HasSubstr("cut off"));
  EXPECT_THAT(content(write("short.zip", good.substr(30)), "a.txt"), HasSubstr("damaged archive"));
  std::string entries = good;
  entries[good.size() - 12] = 2;  // of the directory
  EXPECT_THAT(content(write("two.zip", entries), "a.txt"), HasSubstr("damaged archive"));
  std::string packed = zip_archive({{"a.txt", std::string(1000, 'x')}});
  packed[39] = '\xFF';
  EXPECT_THAT(content(write("deflated.zip", packed), "a.txt"), HasSubstr("damaged archive"));
}

TEST_F(Zip, WhatCannotBeUnpackedIsRefused) {
  EXPECT_THAT(content(write("e.zip", zip_archive({{"a", "x", false, 1}})), "a"), HasSubstr("unpack the archive"));
  std::string odd = zip_archive({{"a", "x", false}});
  odd[odd.find("PK\x01\x02") + 10] = 6;  // imploded
  EXPECT_THAT(content(write("o.zip", odd), "a"), HasSubstr("unpack the archive"));
}

TEST_F(Zip, AnExportIsImportedAsItComes) {
  const auto archive = write("export.zip", zip_archive({{"user.json", R"({"user_id":1,"username":"anna"})"},
                                                        {"feedback.jsonl", R"({"recording_mbid":"x","score":1})"},
                                                        {"listens/2024/5.jsonl", listen(0, "a") + listen(5, "b")},
                                                        {"listens/2024/6.jsonl", listen(9, "c") + "{\"a\":1}\n"}}));
  EXPECT_EQ(detect_kind(archive).value()->name(), "listenbrainz");
  const ImportReport report = import("listenbrainz", archive).value();
  EXPECT_EQ(report.events.added, 3);
  EXPECT_EQ(report.rejected, 1);
  EXPECT_THAT(read(report.rejects_file), HasSubstr("listens/2024/6.jsonl:2"));
  EXPECT_EQ(import("listenbrainz", archive).value().events.added, 0);
  write("5.jsonl", listen(0, "a") + listen(11, "d"));
  EXPECT_EQ(import("listenbrainz", folder_ / "5.jsonl").value().events.added, 1) << "unpacked it is the same history";
}

TEST_F(Zip, AnArchiveOfSomethingElseOrDamagedWritesNothing) {
  const auto other = write("other.zip", zip_archive({{"readme.txt", "hello"}}));
  EXPECT_THAT(import("listenbrainz", other).error().message, HasSubstr("nothing of listenbrainz in"));
  EXPECT_FALSE(detect_kind(other).ok());
  std::string bytes = zip_archive({{"a.jsonl", listen(0, "a") + listen(1, "b"), false}});
  const auto cut = write("cut.zip", bytes.substr(0, bytes.size() - 10));
  EXPECT_THAT(import("listenbrainz", cut).error().message, HasSubstr("cut off"));
  EXPECT_THAT(detect_kind(cut).error().message, HasSubstr("cut off"));
  EXPECT_THAT(heard(), IsEmpty());
  bytes[bytes.find("\"b\"") + 1] = 'c';
  const auto changed = import("listenbrainz", write("changed.zip", bytes));
  ASSERT_FALSE(changed.ok()) << "not as it was packed";
  EXPECT_THAT(changed.error().message, HasSubstr("'a.jsonl'"));
}

TEST_F(Zip, AnotherPersonsArchiveIsRefused) {
  import("listenbrainz", write("a.zip", zip_archive({{"l.jsonl", listen(0, "a")}}))).value();
  const auto refused = import("listenbrainz", write("b.zip", zip_archive({{"l.jsonl", listen(0, "a", "bob")}})));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("account 'bob'"));
  EXPECT_EQ(heard().size(), 1U);
}

}  // namespace
}  // namespace mla::catalog
