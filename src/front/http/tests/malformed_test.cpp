#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "front/http/impl/listener.h"
#include "front/http/impl/service.h"
#include "front/http/tests/known_callers.h"
#include "front/http/tests/raw_client.h"

// Broken and hostile HTTP: each is refused with the right status, never reaches a handler, and harms nobody else.
namespace mla::http {
namespace {

using namespace std::string_literals;

constexpr int kClosed = 0;  // no answer: the connection just ends

struct Case {
  const char* name;
  int status;
  std::string bytes;
};

std::string get(const std::string& headers, const std::string& line = "GET /x HTTP/1.1\r\n") {
  return line + "Host: h\r\n" + headers + "\r\n";
}

std::string post(const std::string& headers, const std::string& body) {
  return "POST /x HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}

std::string chunks(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }

std::vector<Case> cases() {
  const std::string long_name(17'000, 'a');
  std::string many;
  for (int i = 0; i < 1000; ++i) many += fmt::format("X-{}: aaaaaaaaaaaaaa\r\n", i);
  return {
      // Request line.
      {"empty line only", 400, "\r\n\r\n"},
      {"no version", 400, "GET /x\r\n\r\n"},
      {"no target", 400, "GET HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"two spaces", 400, "GET  /x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"space at the end", 400, "GET /x HTTP/1.1 \r\nHost: h\r\n\r\n"},
      {"tab for space", 400, "GET\t/x\tHTTP/1.1\r\nHost: h\r\n\r\n"},
      {"bare LF", 400, "GET /x HTTP/1.1\nHost: h\n\n"},
      {"bare CR", 400, "GET /x HTTP/1.1\rHost: h\r\r"},
      {"null in the method", 400, "G\0T /x HTTP/1.1\r\nHost: h\r\n\r\n"s},
      {"null in the target", 400, "GET /\0x HTTP/1.1\r\nHost: h\r\n\r\n"s},
      {"control in the target", 400, "GET /\x01x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"DEL in the target", 400, "GET /\x7fx HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"space in the target", 400, "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"method with a bracket", 400, "G(T /x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"method with a colon", 400, "G:T /x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"no method", 400, " /x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"HTTP/2.0", 400, "GET /x HTTP/2.0\r\nHost: h\r\n\r\n"},
      {"HTTP/0.9", 400, "GET /x HTTP/0.9\r\nHost: h\r\n\r\n"},
      {"HTTP/1.2", 400, "GET /x HTTP/1.2\r\nHost: h\r\n\r\n"},
      {"HTTP/11", 400, "GET /x HTTP/11\r\nHost: h\r\n\r\n"},
      {"http in small letters", 400, "GET /x http/1.1\r\nHost: h\r\n\r\n"},
      {"HTTP/1.x", 400, "GET /x HTTP/1.x\r\nHost: h\r\n\r\n"},
      {"preface of HTTP/2", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"TLS hello", 400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s},
      {"binary", 400, std::string(300, '\xff') + "\r\n\r\n"},
      {"long target", 414, "GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"endless target", 414, "GET /" + std::string(60'000, 'a')},
      {"endless method", 414, std::string(60'000, 'A')},
      // Host.
      {"no Host", 400, "GET /x HTTP/1.1\r\n\r\n"},
      {"two Hosts", 400, "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
      {"two equal Hosts", 400, "GET /x HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"},
      // Header fields.
      {"space before the colon", 400, get("A : b\r\n")},
      {"no colon", 400, get("Abc\r\n")},
      {"empty name", 400, get(": b\r\n")},
      {"space in the name", 400, get("A b: c\r\n")},
      {"null in the name", 400, get("A\0b: c\r\n"s)},
      {"null in the value", 400, get("A: b\0c\r\n"s)},
      {"control in the value", 400, get("A: b\x01\r\n")},
      {"bare CR in the value", 400, get("A: b\rc\r\n")},
      {"bare LF in the header", 400, get("A: b\nC: d\r\n")},
      {"bracket in the name", 400, get("A[b]: c\r\n")},
      {"UTF-8 in the name", 400, get("\xc3\xa4: c\r\n")},
      {"folded first line", 400, "GET /x HTTP/1.1\r\n Host: h\r\n\r\n"},
      {"large header", 431, get("A: " + long_name + "\r\n")},
      {"long header name", 431, get(long_name + ": a\r\n")},
      {"many headers", 431, get(many)},
      {"endless header", 431, "GET /x HTTP/1.1\r\nHost: h\r\nA: " + std::string(60'000, 'a')},
      // Length.
      {"length is a word", 400, post("Content-Length: abc\r\n", "abc")},
      {"length is negative", 400, post("Content-Length: -1\r\n", "")},
      {"length has a plus", 400, post("Content-Length: +3\r\n", "abc")},
      {"length is hexadecimal", 400, post("Content-Length: 0x3\r\n", "abc")},
      {"length is fractional", 400, post("Content-Length: 3.0\r\n", "abc")},
      {"length is empty", 400, post("Content-Length: \r\n", "")},
      {"length has a space", 400, post("Content-Length: 3 3\r\n", "abc")},
      {"length is a list", 400, post("Content-Length: 3, 3\r\n", "abc")},
      {"length overflows", 400, post("Content-Length: 99999999999999999999999\r\n", "abc")},
      {"two lengths that differ", 400, post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd")},
      {"length over the limit", 413, post("Content-Length: 1001\r\n", "")},
      {"length far over the limit", 413, post("Content-Length: 18446744073709551615\r\n", "")},
      {"a GET over the limit", 413, get("Content-Length: 5000\r\n")},
      // Smuggling.
      {"length and chunked", 400, post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"chunked and length", 400, post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")},
      {"chunked twice", 400, post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
      {"chunked in two headers", 400,
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"chunked is not last", 400, post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")},
      {"chunked with a suffix", 400, post("Transfer-Encoding: chunkedx\r\n", "0\r\n\r\n")},
      {"an encoding that we lack", 400, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
      {"an encoding alone", 400, post("Transfer-Encoding: gzip\r\n", "")},
      {"identity", 400, post("Transfer-Encoding: identity\r\n", "")},
      {"chunked with vertical tab", 400,
       post("Transfer-Encoding: \x0b"
            "chunked\r\n",
            "0\r\n\r\n")},
      {"chunked with space before the colon", 400, post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")},
      {"chunked in HTTP/1.0", 400, "POST /x HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      // Chunks.
      {"chunk size is a word", 400, chunks("xyz\r\nabc\r\n0\r\n\r\n")},
      {"chunk size is negative", 400, chunks("-3\r\nabc\r\n0\r\n\r\n")},
      {"chunk size has 0x", 400, chunks("0x3\r\nabc\r\n0\r\n\r\n")},
      {"chunk size has a plus", 400, chunks("+3\r\nabc\r\n0\r\n\r\n")},
      {"chunk size is empty", 400, chunks("\r\nabc\r\n0\r\n\r\n")},
      {"chunk size overflows", 400, chunks("fffffffffffffffff\r\nabc\r\n0\r\n\r\n")},
      {"chunk size wraps round", 413, chunks("ffffffffffffffff\r\nabc\r\n0\r\n\r\n")},
      {"chunk with bare LF", kClosed, chunks("3\nabc\n0\n\n")},
      {"chunk longer than said", 400, chunks("3\r\nabcdef\r\n0\r\n\r\n")},
      {"chunk without end", 400, chunks("3\r\nabc0\r\n\r\n")},
      {"null in the chunk size", 400, chunks("3\0\r\nabc\r\n0\r\n\r\n"s)},
      {"one chunk over the limit", 413, chunks("3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n")},
      {"small chunks over the limit", 413,
       [] {
         std::string body;
         for (int i = 0; i < 1001; ++i) body += "1\r\nx\r\n";
         return chunks(body + "0\r\n\r\n");
       }()},
      {"endless chunk extension", 400, chunks("3;" + std::string(100'000, 'x'))},
      {"broken trailer", 400, chunks("0\r\nA b\r\n\r\n")},
      // Expectations.
      {"unknown expectation", 417, post("Expect: 200-ok\r\nContent-Length: 3\r\n", "abc")},
      // Ends in the middle (the client stops sending).
      {"nothing at all", kClosed, ""},
      {"half a request line", kClosed, "GET /"},
      {"half a header", kClosed, "GET /x HTTP/1.1\r\nHost"},
      {"header without its end", kClosed, "GET /x HTTP/1.1\r\nHost: h\r\n"},
      {"half a body", kClosed, post("Content-Length: 10\r\n", "abc")},
      {"half a chunk", kClosed, chunks("5\r\nab")},
      {"no last chunk", kClosed, chunks("3\r\nabc\r\n")},
      // Targets (refused by the service).
      {"percent alone", 400, "GET /% HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"percent and one digit", 400, "GET /%4 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"percent and letters", 400, "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"encoded null", 400, "GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"encoded line break", 400, "GET /a%0d%0ab HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"encoded bad UTF-8", 400, "GET /%ff%fe HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"encoded overlong slash", 400, "GET /%c0%af HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"encoded surrogate", 400, "GET /%ed%a0%80 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"relative target", 400, "GET x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"star", 400, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"authority", 400, "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"other scheme", 400, "GET ftp://h/x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"dots leave nothing", 404, "GET /../x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"encoded dots leave nothing", 404, "GET /%2e%2e/x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"encoded slash is no slash", 400, "GET %2Fx HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"unknown method", 405, "BREW /x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"method in small letters", 405, "get /x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"TRACE", 405, "TRACE /x HTTP/1.1\r\nHost: h\r\n\r\n"},
  };
}

class Malformed : public testing::Test {
 protected:
  Malformed()
      : service({{"GET", "/x", Access::open(), [this](const Call&) { return ++handled, Response{}; }},
                 {"POST", "/x", Access::open(), [this](const Call&) { return ++handled, Response{}; }}},
                metrics, callers.security()),
        listener({.max_body = 1000, .request_timeout = std::chrono::milliseconds(5000)}, service, metrics) {
    listener.start().value();
  }

  telemetry::Metrics metrics;
  std::atomic<int> handled{0};
  base::SystemClock clock;
  std::unique_ptr<store::Database> database = store::fresh_database();
  KnownCallers callers{*database, clock};
  Service service;
  Listener listener;
};

TEST_F(Malformed, EveryCaseIsRefused) {
  ASSERT_GE(cases().size(), 100u);
  RawClient bystander(listener.port());
  for (const Case& c : cases()) {
    RawClient client(listener.port());
    client.send(c.bytes);
    client.finish_sending();
    const RawAnswer answer = client.read();
    EXPECT_EQ(answer.status, c.status) << c.name << ": " << answer.body;
    if (answer.status != 0) {
      EXPECT_TRUE(answer.body.starts_with("{\"detail\":")) << c.name << ": " << answer.body;
      EXPECT_EQ(answer.header("x-request-id").size(), 32u) << c.name;
    }
    EXPECT_EQ(handled, 0) << c.name;
    handled = 0;
    // Nothing of what was sent is taken for a second request.
    EXPECT_EQ(client.read().status, 0) << c.name;
  }
  EXPECT_EQ(bystander.ask("GET", "/x").status, 200);
}

// A thousand requests with a few bytes changed, cut out, doubled or put in: each is answered or its connection ends,
// none as our own fault, and the server lives on. What reached a handler was answered 200.
TEST_F(Malformed, ChangedRequestsHarmNobody) {
  const std::string valid[] = {
      get("Accept: application/problem+json\r\nX-Request-ID: abc\r\n"),
      post("Content-Type: application/json\r\nContent-Length: 14\r\n", R"({"user_id":"u"})"),
      chunks("3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\nX-Trailer: 1\r\n\r\n"),
      post("Expect: 100-continue\r\nContent-Length: 3\r\n", "abc"),
  };
  const std::set<int> fair = {0, 100, 200, 400, 404, 405, 406, 413, 414, 417, 431, 505};
  base::Random random(20'26);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random.below(limit)); };
  int answered = 0;
  int served = 0;
  RawClient bystander(listener.port());
  for (int i = 0; i < 1000; ++i) {
    std::string bytes = valid[below(std::size(valid))];
    for (std::size_t change = below(4); change < 4; ++change) {
      const std::size_t at = below(bytes.size());
      const char odd = "\r\n\0 :;,\t/%\x7f\xff"[below(12)];
      switch (below(5)) {
        case 0:
          bytes[at] = odd;
          break;
        case 1:
          bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
          break;
        case 2:
          bytes.erase(at, 1 + below(4));
          break;
        case 3:
          bytes.insert(at, bytes.substr(at, below(30)));
          break;
        default:
          bytes.insert(at, below(3), odd);
      }
      if (bytes.empty()) bytes = "G";
    }
    RawClient client(listener.port());
    client.send(bytes);
    client.finish_sending();
    RawAnswer answer = client.read();
    for (; answer.status != 0; answer = client.read(), ++answered) {
      EXPECT_TRUE(fair.contains(answer.status)) << answer.status << ": " << testing::PrintToString(bytes);
      if (answer.status == 200) ++served;
    }
    if (i % 100 == 0) {
      EXPECT_EQ(bystander.ask("GET", "/x").status, 200) << i;
    }
  }
  EXPECT_EQ(handled, served + 10) << "the bystander's ten";
  EXPECT_GT(answered, 500);
  EXPECT_GT(served, 50) << "some changes do no harm";
  const telemetry::Gauge active = metrics.gauge(telemetry::kActiveConnections);
  for (int i = 0; i < 5000 && active.value() > 1; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(active.value(), 1) << "none but the bystander's is left";
}

// What looks odd but is allowed must keep working.
TEST_F(Malformed, OddButValid) {
  const std::pair<const char*, std::string> valid[] = {
      {"absolute target", "GET http://h/x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"query", "GET /x?a=%zz HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"encoded letter", "GET /%78 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"empty Host", "GET /x HTTP/1.1\r\nHost:\r\n\r\n"},
      {"header names in any case", "GET /x HTTP/1.1\r\nhOST: h\r\n\r\n"},
      {"UTF-8 in a value", get("A: \xc3\xa4\r\n")},
      {"empty value", get("A:\r\n")},
      {"chunked in capitals", post("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n")},
      {"chunk extension", chunks("3;a=\"b\"\r\nabc\r\n0\r\n\r\n")},
      {"leading zeros", post("Content-Length: 003\r\n", "abc")},
      {"length zero", post("Content-Length: 0\r\n", "")},
      {"body at the limit", post("Content-Length: 1000\r\n", std::string(1000, 'x'))},
      {"header of 8 KiB", get("A: " + std::string(8192, 'a') + "\r\n")},
  };
  for (const auto& [name, bytes] : valid) {
    RawClient client(listener.port());
    client.send(bytes);
    EXPECT_EQ(client.read().status, 200) << name;
  }
}

}  // namespace
}  // namespace mla::http
