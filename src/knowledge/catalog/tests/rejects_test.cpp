#include "knowledge/catalog/import/rejects.h"

#include "knowledge/catalog/import/csv.h"
#include "knowledge/catalog/tests/import_fixture.h"

namespace mla::catalog {
namespace {

using testing::ElementsAre;

class RejectsTest : public ImportTest {};

TEST_F(RejectsTest, TheFileIsMadeWithTheFirstRow) {
  Rejects rejects(folder_ / "r.csv");
  EXPECT_EQ(rejects.count(), 0);
  EXPECT_TRUE(rejects.file().empty());
  rejects.flush();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "r.csv"));
  rejects.add(7, "no user", ",a");
  rejects.add(9, "no item", "b,", "part");
  rejects.flush();
  EXPECT_EQ(rejects.count(), 2);
  EXPECT_EQ(rejects.first(), "line 7: no user");
  EXPECT_EQ(rejects.file(), folder_ / "r.csv");
  EXPECT_EQ(read(rejects.file()), "line,reason,row\n7,\"no user\",\",a\"\npart:9,\"no item\",\"b,\"\n");
}

TEST_F(RejectsTest, AnyRowIsReadableCsvAgain) {
  const std::string row =
      "say \"hi\"\tand\x01"
      "caf\xE9\nnext" +
      std::string(300, 'x');
  Rejects rejects(folder_ / "r.csv");
  rejects.add(1, "a \"reason\"", row);
  rejects.flush();
  const auto source = open_source(rejects.file()).value();
  CsvReader reader(*source);
  ASSERT_EQ(reader.next().value(), CsvReader::Row::kFields);
  ASSERT_EQ(reader.next().value(), CsvReader::Row::kFields);
  ASSERT_EQ(reader.fields().size(), 3U);
  EXPECT_EQ(reader.fields()[1], "a \"reason\"");
  EXPECT_TRUE(reader.fields()[2].starts_with("say \"hi\"?and?caf??nextxxx"));
  EXPECT_EQ(reader.fields()[2].size(), Rejects::kMaxRowBytes);
  EXPECT_EQ(reader.next().value(), CsvReader::Row::kEnd);
}

TEST_F(RejectsTest, LettersAreNotCutInHalf) {
  std::string row(199, 'x');
  row += "\xC3\xA9";
  Rejects rejects(folder_ / "r.csv");
  rejects.add(1, "r", row);
  rejects.flush();
  EXPECT_EQ(read(rejects.file()), "line,reason,row\n1,\"r\",\"" + std::string(199, 'x') + "\"\n");
}

TEST_F(RejectsTest, AFileThatCannotBeWrittenStillCounts) {
  Rejects rejects(folder_ / "missing" / "r.csv");
  rejects.add(1, "r", "x");
  rejects.flush();
  EXPECT_EQ(rejects.count(), 1);
  EXPECT_TRUE(rejects.file().empty());
  ImportReport report;
  report.rejected = 1;
  EXPECT_EQ(summary(report), "nothing added, 1 rows rejected (their list could not be written)");
}

TEST_F(RejectsTest, OnlySoManyAreWritten) {
  Rejects rejects(folder_ / "r.csv");
  for (int i = 0; i < Rejects::kMaxRows + 10; ++i) rejects.add(1, "r", "x");
  rejects.flush();
  EXPECT_EQ(rejects.count(), Rejects::kMaxRows + 10);
  const std::string text = read(rejects.file());
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), Rejects::kMaxRows + 1);
}

}  // namespace
}  // namespace mla::catalog
