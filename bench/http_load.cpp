// Open-loop load on POST /ml-analytics/recommendations: requests start at a constant rate whether or not answers have
// come, and a latency counts from the moment at which the request was due. A client that waits for answers before it
// asks again (wrk, ab) leaves out exactly the requests that would have waited ("coordinated omission").
#include <algorithm>
#include <chrono>
#include <deque>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  int port = 8000;
  double rate = 1000;
  double seconds = 10;
  double warmup = 2;
  int connections = 64;
  int limit = 20;
  std::size_t events_every = 0;  // every n-th request is a new event of that user; 0 = none
  std::string algorithm = "hybrid";
  std::string users_file;
  std::string token;
};

struct Connection {
  int socket = -1;
  bool busy = false;
  Clock::time_point due;  // of the request that is under way
  std::string answer;
};

int connect_to(int port) {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fmt::print(stderr, "cannot connect to port {}\n", port);
    std::exit(1);
  }
  const int on = 1;
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(made, F_SETFL, O_NONBLOCK);
  return made;
}

std::string post(std::string_view route, std::string_view body, std::string_view token) {
  return fmt::format(
      "POST /ml-analytics/{} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Authorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{}",
      route, token, body.size(), body);
}

std::string request_for(const Options& options, const std::string& user, std::size_t index) {
  if (options.events_every != 0 && index % options.events_every == 0) {
    return post("events", fmt::format(R"({{"user_id":"{}","track_id":"{}","type":"like"}})", user, 51 + index % 50),
                options.token);
  }
  return post("recommendations",
              fmt::format(R"({{"user_id":"{}","config":{{"algorithm":"{}"}},"limit":{}}})", user, options.algorithm,
                          options.limit),
              options.token);
}

// The status of a whole answer, or 0 while bytes are missing.
int finished_status(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == std::string::npos) return 0;
  const std::size_t field = answer.find("Content-Length: ");
  if (field == std::string::npos || field > end) return 0;
  const std::size_t length = std::stoul(answer.substr(field + 16, 12));
  return answer.size() >= end + 4 + length ? std::stoi(answer.substr(9, 3)) : 0;
}

class Load {
 public:
  Load(const Options& options, std::vector<std::string> users)
      : options_(options), users_(std::move(users)), poll_(epoll_create1(EPOLL_CLOEXEC)) {
    connections_.resize(static_cast<std::size_t>(options_.connections));
    for (Connection& connection : connections_) {
      connection.socket = connect_to(options_.port);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = &connection;
      epoll_ctl(poll_, EPOLL_CTL_ADD, connection.socket, &event);
      idle_.push_back(&connection);
    }
  }

  void run() {
    begin_ = Clock::now();
    const auto total = static_cast<std::size_t>(options_.rate * (options_.warmup + options_.seconds));
    std::size_t due = 0;
    while (done_ < total && !failed_) {
      const auto now = Clock::now();
      while (due < total && due_time(due) <= now) waiting_.push_back(due++);
      while (!waiting_.empty() && !idle_.empty()) send_next();
      const auto next = due < total ? due_time(due) : now + std::chrono::milliseconds(100);
      const auto left = std::chrono::duration_cast<std::chrono::microseconds>(next - Clock::now());
      receive(left.count() > 0 ? left : std::chrono::microseconds(0));
    }
    print();
  }

 private:
  Clock::time_point due_time(std::size_t index) const {
    return begin_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(static_cast<double>(index) / options_.rate));
  }

  void send_next() {
    Connection& connection = *idle_.back();
    idle_.pop_back();
    const std::size_t index = waiting_.front();
    waiting_.pop_front();
    // A step that is prime to most counts visits all users in a scattered order.
    const std::string request = request_for(options_, users_[index * 7919 % users_.size()], index);
    connection.due = due_time(index);
    connection.busy = true;
    connection.answer.clear();
    if (send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
      failed_ = true;
    }
  }

  void receive(std::chrono::microseconds wait) {
    epoll_event events[64];
    const timespec limit{wait.count() / 1'000'000, wait.count() % 1'000'000 * 1000};
    const int count = epoll_pwait2(poll_, events, 64, &limit, nullptr);
    for (int i = 0; i < count; ++i) {
      Connection& connection = *static_cast<Connection*>(events[i].data.ptr);
      char bytes[65536];
      const ssize_t got = recv(connection.socket, bytes, sizeof bytes, 0);
      if (got <= 0) {
        fmt::print(stderr, "the server closed a connection\n");
        failed_ = true;
        return;
      }
      connection.answer.append(bytes, static_cast<std::size_t>(got));
      const int status = finished_status(connection.answer);
      if (status == 0) continue;
      const auto now = Clock::now();
      if (connection.due - begin_ >= std::chrono::duration<double>(options_.warmup)) {
        latencies_.push_back(std::chrono::duration<double, std::milli>(now - connection.due).count());
        ++statuses_[status];
      }
      last_ = now;
      ++done_;
      idle_.push_back(&connection);
    }
  }

  void print() {
    std::sort(latencies_.begin(), latencies_.end());
    const auto quantile = [&](double q) {
      const auto rank = static_cast<std::size_t>(q * static_cast<double>(latencies_.size()));
      return latencies_.empty() ? 0.0 : latencies_[std::min(rank, latencies_.size() - 1)];
    };
    const double seconds = std::chrono::duration<double>(last_ - begin_).count() - options_.warmup;
    fmt::print("| requests | asked/s | served/s | p50 ms | p90 ms | p99 ms | p99.9 ms | max ms | statuses |\n");
    fmt::print("|---|---|---|---|---|---|---|---|---|\n");
    std::string statuses;
    for (const auto& [status, count] : statuses_)
      statuses += fmt::format("{}{}: {}", statuses.empty() ? "" : ", ", status, count);
    fmt::print("| {} | {:.0f} | {:.0f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {} |\n", latencies_.size(),
               options_.rate, static_cast<double>(latencies_.size()) / seconds, quantile(0.5), quantile(0.9),
               quantile(0.99), quantile(0.999), quantile(1), statuses);
    const bool all_served = statuses_.size() == 1 && statuses_.contains(200);
    if (!all_served) fmt::print(stderr, "not every request was served: these are no latencies of recommendations\n");
    if (failed_ || !all_served) std::exit(1);
  }

  Options options_;
  std::vector<std::string> users_;
  int poll_;
  std::vector<Connection> connections_;
  std::vector<Connection*> idle_;
  std::deque<std::size_t> waiting_;  // due, but every connection is busy
  Clock::time_point begin_;
  Clock::time_point last_;
  std::size_t done_ = 0;
  bool failed_ = false;
  std::vector<double> latencies_;  // ms
  std::map<int, int> statuses_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Open-loop load on POST /ml-analytics/recommendations"};
  app.add_option("--port", options.port);
  app.add_option("--rate", options.rate, "requests a second");
  app.add_option("--seconds", options.seconds);
  app.add_option("--warmup", options.warmup, "seconds before that, not counted");
  app.add_option("--connections", options.connections);
  app.add_option("--algorithm", options.algorithm);
  app.add_option("--limit", options.limit, "recommendations a request");
  app.add_option("--events-every", options.events_every, "every n-th request posts an event of that user; 0 = none");
  app.add_option("--users", options.users_file, "a file with one user id a line")->required();
  app.add_option("--token", options.token, "access token of a service or an admin")->envname("TOKEN")->required();
  CLI11_PARSE(app, argc, argv);
  std::vector<std::string> users;
  std::ifstream file(options.users_file);
  for (std::string line; std::getline(file, line);) users.push_back(line);
  if (users.empty()) {
    fmt::print(stderr, "no users in {}\n", options.users_file);
    return 1;
  }
  Load(options, std::move(users)).run();
}
