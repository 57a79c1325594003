#include "foundation/base/log.h"

#include <limits>
#include <sstream>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/parse.h"

namespace mla::base::log {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

TEST(LogLevel, ReadsNamesInAnyCase) {
  EXPECT_EQ(*parse_level("debug"), Level::kDebug);
  EXPECT_EQ(*parse_level("INFO"), Level::kInfo);
  EXPECT_EQ(*parse_level("Warn"), Level::kWarning);
  EXPECT_EQ(*parse_level("warning"), Level::kWarning);
  EXPECT_EQ(*parse_level("CRITICAL"), Level::kError);
  const auto refused = parse_level("loud");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("'loud'"));
  EXPECT_THAT(refused.error().message, HasSubstr("debug, info, warning, error"));
}

TEST(LogJson, HasEveryPartInOrder) {
  EXPECT_EQ(format_json("2024-05-01T12:00:00.000Z", Level::kInfo, "http", "request",
                        {{"path", "/health"}, {"status", 200}, {"seconds", 0.5}, {"cached", true}}),
            R"({"time":"2024-05-01T12:00:00.000Z","level":"info","room":"http","message":"request",)"
            R"("path":"/health","status":200,"seconds":0.5,"cached":true})");
}

TEST(LogJson, EscapesWhatJsonDoesNotAllow) {
  const std::string line = format_json("t", Level::kError, "base", "a\"b\\c\nd\re\tf\x01", {{"k\"ey", "v\nw"}});
  EXPECT_THAT(line, HasSubstr(R"("message":"a\"b\\c\nd\re\tf\u0001")"));
  EXPECT_THAT(line, HasSubstr(R"("k\"ey":"v\nw")"));
  EXPECT_THAT(line, Not(HasSubstr("\n")));
}

TEST(LogJson, StaysValidWithBrokenUtf8AndNumbers) {
  const std::string line = format_json("t", Level::kInfo, "base", "M\xF6tley",
                                       {{"good", "Sigur R\xC3\xB3s"},
                                        {"nan", std::numeric_limits<double>::quiet_NaN()},
                                        {"infinite", -std::numeric_limits<double>::infinity()},
                                        {"tenth", 0.1}});
  EXPECT_TRUE(is_utf8(line));
  EXPECT_THAT(line, HasSubstr("M?tley"));
  EXPECT_THAT(line, HasSubstr("Sigur R\xC3\xB3s"));
  EXPECT_THAT(line, HasSubstr(R"("nan":null,"infinite":null,"tenth":0.1)"));
}

TEST(LogRequest, EveryLineOfTheScopeCarriesItsId) {
  EXPECT_EQ(current_request_id(), "");
  {
    const RequestScope outer("r-1");
    EXPECT_THAT(format_json("t", Level::kInfo, "http", "m", {}), HasSubstr(R"("request_id":"r-1")"));
    {
      const RequestScope inner("r-2");
      EXPECT_EQ(current_request_id(), "r-2");
    }
    EXPECT_EQ(current_request_id(), "r-1");
    std::thread([] { EXPECT_EQ(current_request_id(), "") << "ids belong to one thread"; }).join();
  }
  EXPECT_EQ(current_request_id(), "");
  EXPECT_THAT(format_json("t", Level::kInfo, "http", "m", {}), Not(HasSubstr("request_id")));
}

class LogWrite : public testing::Test {
 protected:
  ~LogWrite() override {
    set_level(Level::kInfo);
    set_format(Format::kAuto);
  }
  template <class Body>
  std::vector<std::string> lines_of(Body body) {
    testing::internal::CaptureStderr();
    body();
    std::istringstream text(testing::internal::GetCapturedStderr());
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }
};

TEST_F(LogWrite, WritesJsonLinesToStderr) {
  set_format(Format::kJson);
  const auto lines = lines_of([] { warning("store", "slow", {{"ms", 12}}); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr(R"("level":"warning","room":"store","message":"slow","ms":12})"));
  EXPECT_EQ(lines[0].substr(0, 9), R"({"time":")");
  EXPECT_EQ(lines[0].substr(32, 2), "Z\"");
}

TEST_F(LogWrite, WritesTextForPeople) {
  set_format(Format::kText);
  const auto lines = lines_of([] { info("http", "listening", {{"port", 8000}, {"tls", false}}); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("info    http: listening port=8000 tls=false"));
}

TEST_F(LogWrite, LeavesOutWhatIsBelowTheLevel) {
  set_format(Format::kJson);
  set_level(Level::kWarning);
  const auto lines = lines_of([] {
    debug("base", "d");
    info("base", "i");
    warning("base", "w");
    error("base", "e");
  });
  EXPECT_EQ(lines.size(), 2u);
  set_level(Level::kOff);
  EXPECT_TRUE(lines_of([] { error("base", "e"); }).empty());
}

TEST_F(LogWrite, LinesOfManyThreadsDoNotMix) {
  set_format(Format::kJson);
  const auto lines = lines_of([] {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([thread] {
        const RequestScope scope("r" + std::to_string(thread));
        for (int i = 0; i < 100; ++i) info("base", std::string(200, static_cast<char>('a' + thread)));
      });
    }
  });
  ASSERT_EQ(lines.size(), 400u);
  for (const std::string& line : lines) {
    const char letter = line[line.find("\"message\":\"") + 11];
    ASSERT_THAT(line,
                HasSubstr(std::string(200, letter) + "\",\"request_id\":\"r" + std::to_string(letter - 'a') + "\"}"));
  }
}

}  // namespace
}  // namespace mla::base::log
