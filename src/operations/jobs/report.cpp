#include "operations/jobs/report.h"

#include <cerrno>
#include <csignal>
#include <cstdio>

#include <boost/json.hpp>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "foundation/base/clock.h"
#include "foundation/base/json.h"

namespace mla::jobs {
namespace {

namespace json = boost::json;

constexpr double kTellEvery = 0.1;  // seconds
constexpr int kNice = 10;

std::optional<std::string> text(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<std::int64_t> count(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return std::nullopt;
  return value->get_int64();
}

// kInternal for a name that is none.
base::ErrorCode parse_code(std::string_view name) {
  for (int code = 0; code < static_cast<int>(base::ErrorCode::kInternal); ++code) {
    if (base::to_string(static_cast<base::ErrorCode>(code)) == name) return static_cast<base::ErrorCode>(code);
  }
  return base::ErrorCode::kInternal;
}

}  // namespace

void Report::send(const std::string& line) {
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t sent = ::send(channel_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Report::begin(std::string_view step, std::uint64_t total) {
  const std::lock_guard lock(mutex_);
  done_ = 0;
  send(base::to_json_text(json::object{{"step", step}, {"total", static_cast<std::int64_t>(total)}}) + "\n");
}

void Report::advance(std::uint64_t units) {
  const std::lock_guard lock(mutex_);
  done_ += static_cast<std::int64_t>(units);
  const double now = base::monotonic_seconds();
  if (now - told_ < kTellEvery) return;
  told_ = now;
  send(base::to_json_text(json::object{{"done", done_}}) + "\n");
}

void Report::note(std::string_view line) {
  const std::lock_guard lock(mutex_);
  send(base::to_json_text(json::object{{"note", line.substr(0, 4 * JobLog::kLineBytes)}}) + "\n");
}

void Report::succeeded(std::string_view result) {
  const std::lock_guard lock(mutex_);
  send(base::to_json_text(json::object{{"result", json::parse(json::string_view(result))}}) + "\n");
}

void Report::failed(const base::Error& error) {
  const std::lock_guard lock(mutex_);
  const json::object told{{"code", base::to_string(error.code)}, {"message", error.message}};
  send(base::to_json_text(json::object{{"error", told}}) + "\n");
}

std::optional<Told> parse_told(std::string_view line) {
  boost::system::error_code failure;
  const json::value value = json::parse(json::string_view(line), failure);
  if (failure || !value.is_object()) return std::nullopt;
  const json::object& object = value.get_object();
  if (const auto note = text(object, "note")) return Note{*note};
  if (const auto done = count(object, "done")) return Done{*done};
  if (const auto step = text(object, "step")) {
    const auto total = count(object, "total");
    return total ? std::optional<Told>(StepBegan{*step, *total}) : std::nullopt;
  }
  if (const json::value* result = object.if_contains("result"); result != nullptr && result->is_object())
    return Succeeded{base::to_json_text(*result)};
  if (const json::value* error = object.if_contains("error"); error != nullptr && error->is_object()) {
    const auto code = text(error->get_object(), "code");
    const auto message = text(error->get_object(), "message");
    if (code && message) return Failed{parse_code(*code), *message};
  }
  return std::nullopt;
}

bool become_worker(int channel) {
  int kind = 0;
  ::socklen_t size = sizeof kind;
  if (::getsockopt(channel, SOL_SOCKET, SO_TYPE, &kind, &size) != 0) return false;
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return false;
  ::setpriority(PRIO_PROCESS, 0, kNice);
  if (std::FILE* file = std::fopen("/proc/self/oom_score_adj", "w"); file != nullptr) {
    std::fputs("1000", file);
    std::fclose(file);
  }
  // Gone before the kernel knew that we want to go with it?
  ::pollfd runner{channel, POLLRDHUP, 0};
  return ::poll(&runner, 1, 0) == 0;
}

}  // namespace mla::jobs
