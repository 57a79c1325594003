// Answers that go on piece by piece.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "front/http/tests/listener_fixture.h"

namespace mla::http {
namespace {

using testing::HasSubstr;

TEST_F(ListenerTest, AnAnswerGoesOnPieceByPiece) {
  start();
  RawClient client(port());
  const RawAnswer head = client.ask("GET", "/pieces");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-type"), "text/event-stream");
  EXPECT_EQ(head.header("transfer-encoding"), "chunked");
  EXPECT_EQ(head.header("connection"), "close");
  EXPECT_EQ(head.header("content-length"), "");
  EXPECT_EQ(client.read_to_end(), "8\r\npiece 1;\r\n8\r\npiece 3;\r\n8\r\npiece 4;\r\n0\r\n\r\n");
}

TEST_F(ListenerTest, ToAnOldClientItEndsWithTheConnection) {
  start();
  RawClient client(port());
  ASSERT_TRUE(client.send("GET /pieces HTTP/1.0\r\n\r\n"));
  const std::string all = client.read_to_end();
  EXPECT_THAT(all, testing::EndsWith("\r\n\r\npiece 1;piece 3;piece 4;"));
  EXPECT_EQ(all.find("chunked"), std::string::npos);
}

TEST_F(ListenerTest, OfHeadNothingGoesOn) {
  start();
  RawClient client(port());
  ASSERT_TRUE(client.send("HEAD /pieces HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_EQ(client.read(true).status, 200);
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(echo.pieces, 0);
}

TEST_F(ListenerTest, AStopEndsWhatWouldGoOnForEver) {
  start();
  RawClient client(port());
  EXPECT_EQ(client.ask("GET", "/endless").status, 200);
  while (echo.pieces < 2) std::this_thread::yield();  // the first is written before the second is asked for
  listener->stop();
  EXPECT_THAT(client.read_to_end(), HasSubstr("more;"));
  EXPECT_EQ(metrics.gauge(telemetry::kActiveConnections).value(), 0);
}

TEST_F(ListenerTest, WhoGoesAwayIsForgotten) {
  start();
  {
    RawClient client(port());
    EXPECT_EQ(client.ask("GET", "/endless").status, 200);
  }
  const telemetry::Gauge active = metrics.gauge(telemetry::kActiveConnections);
  while (active.value() > 0) std::this_thread::yield();  // a write finds out; the test's time-out bounds this
  const int pieces = echo.pieces;
  EXPECT_GT(pieces, 0);
}

}  // namespace
}  // namespace mla::http
