#include "front/http/impl/listener.h"

#include <atomic>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "front/http/tests/listener_fixture.h"

namespace mla::http {
namespace {

std::string chunked(std::string_view target, std::string_view chunks) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{}", target, chunks);
}

TEST_F(ListenerTest, AnswersAndKeepsTheConnection) {
  start();
  RawClient client(port());
  for (int i = 0; i < 3; ++i) {
    const RawAnswer answer = client.ask("POST", "/a?b=c", fmt::format("body{}", i));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, fmt::format("POST /a?b=c body{}", i));
    EXPECT_EQ(answer.header("content-type"), "text/plain");
    EXPECT_EQ(answer.header("connection"), "");  // 1.1 keeps it without saying so
  }
  EXPECT_EQ(metrics.gauge(telemetry::kActiveConnections).value(), 1);
}

TEST_F(ListenerTest, PipelinedRequestsAreAnsweredInOrder) {
  start({.threads = 4});
  RawClient client(port());
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += fmt::format("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", i);
  ASSERT_TRUE(client.send(requests));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.read().body, fmt::format("GET /{} ", i));
}

TEST_F(ListenerTest, ClosesWhenAsked) {
  start();
  RawClient client(port());
  EXPECT_EQ(client.ask("GET", "/", "", "Connection: close\r\n").header("connection"), "close");
  client.finish_sending();
  EXPECT_TRUE(client.closed_by_server());
  RawClient old(port());
  old.send("GET / HTTP/1.0\r\n\r\n");  // 1.0 needs no Host and does not keep the connection
  EXPECT_EQ(old.read().status, 200);
  old.finish_sending();
  EXPECT_TRUE(old.closed_by_server());
}

TEST_F(ListenerTest, HeadHasTheLengthAndNoBody) {
  start();
  RawClient client(port());
  const RawAnswer head = client.ask("HEAD", "/abc");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "10");  // "HEAD /abc "
  EXPECT_EQ(client.ask("GET", "/next").body, "GET /next ");
}

TEST_F(ListenerTest, ChunkedBodiesAreReadAndTrailersAreNoHeaders) {
  start();
  RawClient client(port());
  client.send(chunked("/c", "3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\nX-Trailer: 1\r\n\r\n"));
  EXPECT_EQ(client.read().body, "POST /c abcdefgh");
  EXPECT_EQ(client.ask("GET", "/after").body, "GET /after ");
}

TEST_F(ListenerTest, LargeBodiesUpToTheLimit) {
  start({.max_body = 4 << 20});
  RawClient client(port());
  EXPECT_EQ(client.ask("POST", "/size", std::string(4 << 20, 'x')).body, "4194304");
  EXPECT_EQ(client.ask("POST", "/size", std::string((4 << 20) + 1, 'x')).status, 413);
}

// The answer must arrive although the client sends on: a reset would lose it.
TEST_F(ListenerTest, TooLargeIsToldBeforeAndDuringTheUpload) {
  start({.max_body = 1000});
  RawClient announced(port());
  announced.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
  EXPECT_EQ(announced.read().status, 413);
  RawClient streamed(port());
  std::string chunks;
  for (int i = 0; i < 2000; ++i) chunks += "400\r\n" + std::string(1024, 'x') + "\r\n";
  EXPECT_TRUE(streamed.send(chunked("/", chunks + "0\r\n\r\n")));
  const RawAnswer answer = streamed.read();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(echo.handled, 0);
}

TEST_F(ListenerTest, ContinueIsSentBeforeTheBody) {
  start({.max_body = 1000});
  RawClient client(port());
  client.send("POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.read().status, 100);
  client.send("abc");
  EXPECT_EQ(client.read().body, "POST /e abc");
  client.send("POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_EQ(client.read().status, 413);
  EXPECT_EQ(RawClient(port()).ask("POST", "/", "abc", "Expect: magic\r\n").status, 417);
}

TEST_F(ListenerTest, SlowClientsAreClosed) {
  start({.request_timeout = 300ms, .keep_alive_timeout = 200ms});
  RawClient silent(port());
  EXPECT_TRUE(silent.closed_by_server());
  RawClient header(port());
  header.send("GET / HTTP/1.1\r\nHo");
  EXPECT_TRUE(header.closed_by_server());
  RawClient body(port());
  body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_TRUE(body.closed_by_server());
  EXPECT_EQ(echo.handled, 0);
}

// Byte after byte does not move the deadline of the request.
TEST_F(ListenerTest, ADrippingClientIsClosed) {
  start({.request_timeout = 300ms, .keep_alive_timeout = 60s});
  RawClient client(port());
  const auto begin = std::chrono::steady_clock::now();
  bool open = true;
  while (open && std::chrono::steady_clock::now() - begin < 5s) {
    open = client.send("G");
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_FALSE(open);
}

TEST_F(ListenerTest, AFullQueueShedsAndLightRequestsPass) {
  start({.threads = 1, .queue_size = 1});
  RawClient running(port());
  running.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  echo.wait_for_waiting(1);
  RawClient queued(port());
  queued.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  const telemetry::Gauge depth = metrics.gauge(telemetry::kQueueSize, {{"queue", "http"}});
  for (int i = 0; i < 1000 && depth.value() < 1; ++i) std::this_thread::sleep_for(1ms);
  ASSERT_EQ(depth.value(), 1);
  RawClient shed(port());
  EXPECT_EQ(shed.ask("GET", "/").status, 503);
  EXPECT_EQ(shed.ask("GET", "/light").status, 200);
  EXPECT_EQ(shed.ask("GET", "/").status, 503);  // the connection is kept
  echo.release();
  EXPECT_EQ(running.read().status, 200);
  EXPECT_EQ(queued.read().status, 200);
}

// The time-out of a request holds in the queue, too: what has waited longer is not done any more.
TEST_F(ListenerTest, WhoHasWaitedTooLongIsRefused) {
  start({.threads = 1, .request_timeout = 100ms});
  RawClient running(port());
  running.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  echo.wait_for_waiting(1);
  RawClient queued(port());
  queued.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
  const telemetry::Gauge depth = metrics.gauge(telemetry::kQueueSize, {{"queue", "http"}});
  for (int i = 0; i < 1000 && depth.value() < 1; ++i) std::this_thread::sleep_for(1ms);
  ASSERT_EQ(depth.value(), 1);
  std::this_thread::sleep_for(150ms);  // the time that it waits is what is tested
  echo.release();
  EXPECT_EQ(running.read().status, 200) << "what has begun is finished";
  EXPECT_EQ(queued.read().status, 503);
  EXPECT_EQ(echo.handled, 1);
  EXPECT_EQ(queued.ask("GET", "/again").status, 200) << "the connection is kept";
}

TEST_F(ListenerTest, ConnectionsAreCapped) {
  start({.max_connections = 2});
  RawClient first(port());
  RawClient second(port());
  EXPECT_EQ(first.ask("GET", "/").status, 200);
  EXPECT_EQ(second.ask("GET", "/").status, 200);
  RawClient third(port());
  EXPECT_TRUE(third.closed_by_server());
  EXPECT_EQ(first.ask("GET", "/").status, 200);
}

TEST_F(ListenerTest, ConnectionsOfOneAddressAreCapped) {
  start({.max_connections_per_address = 2});
  RawClient first(port());
  EXPECT_EQ(first.ask("GET", "/").status, 200);
  {
    RawClient second(port());
    EXPECT_EQ(second.ask("GET", "/").status, 200);
    RawClient third(port());
    EXPECT_TRUE(third.closed_by_server());
  }
  const telemetry::Gauge active = metrics.gauge(telemetry::kActiveConnections);
  while (active.value() > 1) std::this_thread::yield();
  RawClient fourth(port());
  EXPECT_EQ(fourth.ask("GET", "/").status, 200) << "in the place of the one that went";
  EXPECT_EQ(first.ask("GET", "/").status, 200);
}

TEST_F(ListenerTest, ConnectionsOfAProxyAreNotCounted) {
  start({.max_connections_per_address = 1, .uncounted = {base::IpNetwork::parse("127.0.0.0/8").value()}});
  RawClient first(port());
  RawClient second(port());
  EXPECT_EQ(first.ask("GET", "/").status, 200);
  EXPECT_EQ(second.ask("GET", "/").status, 200);
}

TEST_F(ListenerTest, AnAnswerThatTakesTooLongIsGivenUp) {
  start({.threads = 1, .handler_timeout = 20ms});
  RawClient client(port());
  client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n");
  const RawAnswer answer = client.read();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "The answer took longer to make than the server allows; try again later");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.closed_by_server()) << "the request is still with the worker: no other one is read";
  echo.wait_for_waiting(1);
  EXPECT_TRUE(echo.given_up());
  echo.release();
  while (echo.handled == 0) std::this_thread::yield();
}

TEST_F(ListenerTest, WhatWasGivenUpInTheQueueIsNotDone) {
  start({.threads = 1, .handler_timeout = 20ms});
  RawClient running(port());
  running.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  echo.wait_for_waiting(1);
  EXPECT_EQ(RawClient(port()).ask("GET", "/late").status, 503);
  EXPECT_EQ(running.read().status, 503);
  echo.release();
  int status = 503;
  while (status == 503) status = RawClient(port()).ask("GET", "/next").status;  // behind the others in the queue
  EXPECT_EQ(status, 200);
  EXPECT_TRUE(echo.has_handled("/wait")) << "it had begun";
  EXPECT_FALSE(echo.has_handled("/late"));
}

TEST_F(ListenerTest, BodiesTogetherAreCapped) {
  start({.max_body = 1000, .max_bodies_at_once = 1500});
  RawClient first(port());
  first.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
  const telemetry::Gauge active = metrics.gauge(telemetry::kActiveConnections);
  for (int i = 0; i < 1000 && active.value() < 1; ++i) std::this_thread::sleep_for(1ms);
  RawClient second(port());
  int status = 200;
  for (int i = 0; i < 100 && status == 200; ++i) {  // until the first header has been read
    RawClient client(port());
    status = client.ask("POST", "/size", std::string(600, 'x')).status;
  }
  EXPECT_EQ(status, 503);
  first.send(std::string(1000, 'x'));
  EXPECT_EQ(first.read().status, 200);
  EXPECT_EQ(second.ask("POST", "/size", std::string(600, 'x')).body, "600");
}

TEST_F(ListenerTest, StopLetsRunningRequestsFinish) {
  start();
  RawClient idle(port());
  EXPECT_EQ(idle.ask("GET", "/").status, 200);
  RawClient running(port());
  running.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n");
  echo.wait_for_waiting(1);
  std::thread stopping([&] { listener->stop(); });
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_FALSE(RawClient(port()).connected());
  echo.release();
  const RawAnswer answer = running.read();
  EXPECT_EQ(answer.body, "GET /wait ");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(running.closed_by_server());
  stopping.join();
  EXPECT_EQ(metrics.gauge(telemetry::kActiveConnections).value(), 0);
  listener->stop();  // twice does no harm
}

TEST_F(ListenerTest, StopCutsOffClientsThatDoNotFinish) {
  start({.shutdown_timeout = 100ms});
  RawClient half(port());
  half.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(RawClient(port()).ask("GET", "/").status, 200);  // the half request has been read by now
  listener->stop();
  EXPECT_TRUE(half.closed_by_server());
  EXPECT_EQ(echo.handled, 1);
}

TEST_F(ListenerTest, ClientsThatGoAwayHarmNobody) {
  start();
  for (int i = 0; i < 50; ++i) {
    RawClient client(port());
    client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\nGET /y HTTP/1.1\r\nHos");
  }
  EXPECT_EQ(RawClient(port()).ask("GET", "/").status, 200);
}

TEST_F(ListenerTest, ManyClientsAtOnce) {
  start({.threads = 4});
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      RawClient client(port());
      for (int i = 0; i < 200; ++i) {
        const std::string body = fmt::format("{}-{}", t, i);
        if (client.ask("POST", "/p", body).body == "POST /p " + body) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 1600);
}

TEST_F(ListenerTest, APortInUseIsOneClearLine) {
  start();
  ListenerOptions taken;
  taken.port = static_cast<std::uint16_t>(port());
  Listener second(taken, echo, metrics);
  const auto status = second.start();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, base::ErrorCode::kBusy);
  EXPECT_EQ(status.error().message,
            fmt::format("port {} on 127.0.0.1 is in use: stop the program that has it, or choose another with --port "
                        "(0 takes any free one)",
                        port()));
}

TEST_F(ListenerTest, BadHostsAreErrors) {
  for (const char* host : {"256.1.1.1", "no such host", "203.0.113.1"}) {
    ListenerOptions options;
    options.host = host;
    Listener bad(options, echo, metrics);
    EXPECT_FALSE(bad.start().ok()) << host;
  }
  ListenerOptions name;
  name.host = "localhost";
  EXPECT_TRUE(Listener(name, echo, metrics).start().ok());
}

}  // namespace
}  // namespace mla::http
