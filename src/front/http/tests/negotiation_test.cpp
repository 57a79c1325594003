#include "front/http/impl/negotiation.h"

#include <gtest/gtest.h>

namespace mla::http {
namespace {

TEST(Accept, TheMostSpecificRangeCounts) {
  const char* const json = "application/json";
  EXPECT_EQ(accept_quality("", json), 1);
  EXPECT_EQ(accept_quality(" ", json), 1);
  EXPECT_EQ(accept_quality("*/*", json), 1);
  EXPECT_EQ(accept_quality("application/*;q=0.5", json), 0.5);
  EXPECT_EQ(accept_quality("text/html, */*;q=0.1", json), 0.1);
  EXPECT_EQ(accept_quality("*/*, application/json;q=0", json), 0);
  EXPECT_EQ(accept_quality("application/*;q=0.2, application/json;q=0.7, */*", json), 0.7);
  EXPECT_EQ(accept_quality("Application/JSON; charset=utf-8; Q=0.3", json), 0.3);
  EXPECT_EQ(accept_quality("text/html", json), 0);
  EXPECT_EQ(accept_quality("application/jsonx", json), 0);
  EXPECT_EQ(accept_quality("application/json;q=2", json), 0) << "no weight";
  EXPECT_EQ(accept_quality("application/json;q=", json), 0);
  EXPECT_EQ(accept_quality(",,", json), 0);
}

TEST(AcceptEncoding, IsAskedForOrNotDone) {
  EXPECT_EQ(encoding_quality("", "gzip"), 0);
  EXPECT_EQ(encoding_quality("gzip", "gzip"), 1);
  EXPECT_EQ(encoding_quality("br, GZIP;q=0.8", "gzip"), 0.8);
  EXPECT_EQ(encoding_quality("*", "gzip"), 1);
  EXPECT_EQ(encoding_quality("gzip;q=0, *", "gzip"), 0);
  EXPECT_EQ(encoding_quality("identity", "gzip"), 0);
  EXPECT_EQ(encoding_quality("xgzip", "gzip"), 0);
}

TEST(EntityTags, AreComparedWeakly) {
  EXPECT_TRUE(matches_etag("W/\"a\"", "W/\"a\""));
  EXPECT_TRUE(matches_etag("\"a\"", "W/\"a\""));
  EXPECT_TRUE(matches_etag("\"b\", W/\"a\"", "W/\"a\""));
  EXPECT_TRUE(matches_etag(" * ", "W/\"a\""));
  EXPECT_FALSE(matches_etag("\"b\"", "W/\"a\""));
  EXPECT_FALSE(matches_etag("", "W/\"a\""));
  EXPECT_FALSE(matches_etag("a", "W/\"a\""));
}

TEST(TraceParent, OnlyAWholeOneHasATrace) {
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const std::string good = "00-" + trace + "-00f067aa0ba902b7-01";
  EXPECT_EQ(trace_id_of(good), trace);
  EXPECT_EQ(trace_id_of("01-" + trace + "-00f067aa0ba902b7-01-what comes later"), trace);
  for (const std::string& bad :
       {std::string(), good + "-x", "ff" + good.substr(2), "00-" + std::string(32, '0') + good.substr(35),
        "00-" + trace + "-" + std::string(16, '0') + "-01", "00-" + trace.substr(1) + "g-00f067aa0ba902b7-01",
        "00_" + good.substr(3), good.substr(0, 54),
        std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"), "01" + good.substr(2) + "x"}) {
    EXPECT_EQ(trace_id_of(bad), "") << bad;
  }
}

}  // namespace
}  // namespace mla::http
