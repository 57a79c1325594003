#include "serving/analysis/journal.h"

#include "foundation/base/file.h"
#include "serving/analysis/tests/made_files.h"

namespace mla::analysis {
namespace {

constexpr const char* kLine = R"({"file":"a.mp3","file_bytes":10,"file_modified_ns":20,"duration":1})";
constexpr const char* kFailed = R"({"file":"b.mp3","file_bytes":0,"file_modified_ns":0,"error":{"code":"corrupt"}})";

TEST(Journal, Knows_what_it_wrote_and_with_which_stamp) {
  const MadeFiles made;
  const auto path = made.folder() / "out.ndjson";
  {
    auto journal = Journal::open(path, false);
    ASSERT_TRUE(journal.ok());
    ASSERT_TRUE(journal->write(kLine).ok());
    ASSERT_TRUE(journal->write(kFailed).ok());
    ASSERT_TRUE(journal->sync().ok());
  }
  const auto journal = Journal::open(path, true);
  ASSERT_TRUE(journal.ok());
  bool failed = true;
  EXPECT_TRUE(journal->has("a.mp3", {10, 20}, failed));
  EXPECT_FALSE(failed);
  EXPECT_TRUE(journal->has("b.mp3", {0, 0}, failed));
  EXPECT_TRUE(failed);
  EXPECT_FALSE(journal->has("a.mp3", {11, 20}, failed)) << "another size";
  EXPECT_FALSE(journal->has("a.mp3", {10, 21}, failed)) << "another time";
  EXPECT_FALSE(journal->has("c.mp3", {10, 20}, failed));
}

TEST(Journal, A_torn_last_line_is_cut_wherever_it_tore) {
  const MadeFiles made;
  const std::string whole = std::string(kLine) + "\n";
  for (std::size_t kept = 0; kept < whole.size(); ++kept) {
    const auto path = made.write("torn.ndjson", whole + whole.substr(0, kept));
    auto journal = Journal::open(path, true);
    ASSERT_TRUE(journal.ok()) << kept;
    ASSERT_TRUE(journal->write(kFailed).ok());
    EXPECT_EQ(*base::read_file(path, 1 << 20), whole + kFailed + "\n") << kept;
  }
}

TEST(Journal, A_file_of_somebody_else_is_left_alone) {
  const MadeFiles made;
  for (const char* text : {"my notes\n", "{\"file\": 3}\n", "[1]\n", "{\"name\": \"x\"}\n"}) {
    const auto path = made.write("notes.txt", text);
    const auto journal = Journal::open(path, true);
    ASSERT_FALSE(journal.ok()) << text;
    EXPECT_EQ(journal.error().code, base::ErrorCode::kCorrupt);
    EXPECT_EQ(*base::read_file(path, 1000), text);
  }
}

TEST(Journal, Starts_anew_without_resume_and_says_what_cannot_be_opened) {
  const MadeFiles made;
  const auto path = made.write("out.ndjson", std::string(kLine) + "\n");
  ASSERT_TRUE(Journal::open(path, false).ok());
  EXPECT_EQ(*base::read_file(path, 1000), "");
  EXPECT_EQ(Journal::open(made.folder() / "no" / "out.ndjson", false).error().code, base::ErrorCode::kNotFound);
}

TEST(FileStamp, Changes_with_the_file) {
  const MadeFiles made;
  const auto path = made.write("a.wav", "1");
  const FileStamp before = stamp_of(path);
  EXPECT_EQ(before.bytes, 1U);
  made.write("a.wav", "22");
  EXPECT_NE(stamp_of(path), before);
  EXPECT_EQ(stamp_of(made.folder() / "none"), FileStamp{});
}

}  // namespace
}  // namespace mla::analysis
