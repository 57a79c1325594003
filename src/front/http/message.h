#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "foundation/base/ip_address.h"
#include "foundation/base/work.h"

// Requests and answers as handlers see them: no sockets, no parser.
namespace mla::http {

// What the connection itself refuses, before any route: a broken message, a full queue.
struct Refusal {
  int status = 400;
  std::string detail;
};

// Whether a request has its answer or was given up: what comes first counts. Thread-safe.
class Verdict {
 public:
  // The answer is made and will be sent. False if nobody waits for it any more.
  bool answer() {
    State state = State::kOpen;
    return state_.compare_exchange_strong(state, State::kAnswered) || state == State::kAnswered;
  }
  // Nobody waits for the answer any more. False if it is made.
  bool give_up() {
    State state = State::kOpen;
    if (!state_.compare_exchange_strong(state, State::kGivenUp)) return false;
    given_up_.cancel();
    return true;
  }
  // Raised by give_up: what makes the answer may stop.
  const base::CancelFlag& given_up() const { return given_up_; }

 private:
  enum class State : std::uint8_t { kOpen, kAnswered, kGivenUp };
  std::atomic<State> state_{State::kOpen};
  base::CancelFlag given_up_;
};

struct Request {
  std::string method;  // "GET", as sent
  std::string target;  // "/path?query", as sent
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::optional<Refusal> refusal;  // the rest may then be incomplete
  base::IpAddress peer = {};       // whose connection it came on: the client, or a proxy before us
  std::shared_ptr<Verdict> verdict = std::make_shared<Verdict>();  // shared by copies

  // The first header of that name in any case, or "".
  std::string_view header(std::string_view name) const;
};

inline constexpr std::chrono::milliseconds kPiecePause{500};

// What an answer that goes on sends next; empty: nothing new.
struct Piece {
  std::string bytes;
  bool last = false;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // values without control characters
  // Set for errors in place of `body`: FastAPI's `detail`, written as the client prefers (errors.h).
  std::optional<boost::json::value> detail;
  // Set for an answer that goes on after `body`: asked by a worker thread every kPiecePause for the next piece until it
  // says that it is the last, or until the client or the server goes away. Such an answer is the last of its
  // connection.
  std::function<Piece()> more;
};

// "Not Found"; "Error" for a status without a name here.
std::string_view reason_phrase(int status);

// Answers requests. Thread-safe; does not throw.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual Response handle(const Request& request) = 0;
  // True: answered in microseconds without waiting for anything, so that a full queue does not delay it.
  virtual bool is_light(const Request& request) const = 0;
};

}  // namespace mla::http
