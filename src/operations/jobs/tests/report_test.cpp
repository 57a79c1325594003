#include "operations/jobs/report.h"

#include <array>

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include "foundation/base/descriptor.h"

namespace mla::jobs {
namespace {

class ReportTest : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ours_ = base::Descriptor(ends[0]);
    theirs_ = base::Descriptor(ends[1]);
  }

  std::vector<Told> told() {
    theirs_ = base::Descriptor();
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::read(ours_.get(), buffer.data(), buffer.size())) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(got));
    std::vector<Told> all;
    for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const auto one = parse_told(std::string_view(text).substr(begin, end - begin));
      EXPECT_TRUE(one) << text.substr(begin, end - begin);
      if (one) all.push_back(*one);
    }
    return all;
  }

  base::Descriptor ours_;
  base::Descriptor theirs_;
};

TEST_F(ReportTest, WhatIsSaidIsReadBack) {
  Report report(theirs_.get());
  report.begin("fit \"iALS\"", 20);
  report.advance(7);
  report.note("loss\n0.5");
  report.failed({base::ErrorCode::kDiskFull, "no space"});
  report.succeeded(R"({"model":"a/1"})");
  const std::vector<Told> all = told();
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(std::get<StepBegan>(all[0]).name, "fit \"iALS\"");
  EXPECT_EQ(std::get<StepBegan>(all[0]).total, 20);
  EXPECT_EQ(std::get<Done>(all[1]).units, 7);
  EXPECT_EQ(std::get<Note>(all[2]).line, "loss\n0.5");
  EXPECT_EQ(std::get<Failed>(all[3]).code, base::ErrorCode::kDiskFull);
  EXPECT_EQ(std::get<Failed>(all[3]).message, "no space");
  EXPECT_EQ(std::get<Succeeded>(all[4]).result, R"({"model":"a/1"})");
}

TEST_F(ReportTest, AThousandAdvancesAreFewLines) {
  Report report(theirs_.get());
  for (int i = 0; i < 1000; ++i) report.advance(1);
  EXPECT_LT(told().size(), 100u);
}

TEST_F(ReportTest, ARunnerThatIsGoneIsNoError) {
  ours_ = base::Descriptor();
  Report report(theirs_.get());
  report.note("anybody?");
  report.failed({base::ErrorCode::kIo, "x"});
}

TEST(ParseTold, RefusesWhatIsNoReport) {
  for (const char* line : {"", "text", "[]", "{}", R"({"note":1})", R"({"done":-1})", R"({"done":"1"})",
                           R"({"step":"a"})", R"({"step":"a","total":-1})", R"({"result":1})", R"({"error":{}})",
                           R"({"error":{"code":1,"message":"x"}})", R"({"other":1})"})
    EXPECT_FALSE(parse_told(line)) << line;
  const auto unknown = parse_told(R"({"error":{"code":"odd","message":"x"}})");
  EXPECT_EQ(std::get<Failed>(*unknown).code, base::ErrorCode::kInternal);
}

TEST(BecomeWorker, RefusesADescriptorThatIsNoChannel) {
  EXPECT_FALSE(become_worker(-1));
  EXPECT_FALSE(become_worker(STDERR_FILENO));
}

}  // namespace
}  // namespace mla::jobs
