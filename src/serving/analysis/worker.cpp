#include "serving/analysis/worker.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "foundation/base/clock.h"
#include "serving/analysis/impl/protocol.h"
#include "serving/analysis/impl/sandbox.h"

namespace mla::analysis {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;

constexpr double kStartSeconds = 60;

// What of our environment a worker may know: where libraries are, and how sanitizers report.
std::vector<std::string> worker_environment() {
  std::vector<std::string> kept = {"LC_ALL=C", "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1"};
  for (const char* name : {"LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) kept.push_back(std::string(name) + "=" + value);
  }
  return kept;
}

// The processor time of the process gets a hard end, `seconds` from now.
void limit_processor_time(const base::ChildProcess& process, double seconds) {
  ::clockid_t clock{};
  ::timespec used{};
  if (::clock_getcpuclockid(process.id(), &clock) != 0 || ::clock_gettime(clock, &used) != 0) return;
  const double end = static_cast<double>(used.tv_sec) + std::ceil(seconds) + 1;
  process.limit(RLIMIT_CPU, static_cast<std::uint64_t>(end));  // sends SIGXCPU, which ends it
}

// Codes come from the worker: only a plain word is taken over.
bool is_code(std::string_view code) {
  return !code.empty() && code.size() <= 32 &&
         std::all_of(code.begin(), code.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// The vectors come from the worker: whole, not too many and finite, or nothing.
std::optional<audio::ExcerptVectors> checked_excerpts(std::vector<float> values) {
  const std::size_t columns = audio::excerpt_columns();
  const std::size_t count = values.size() / columns;
  const bool good = values.size() % columns == 0 && count <= audio::ExcerptVectors::kMost &&
                    std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
  if (!good) return std::nullopt;
  return audio::ExcerptVectors{.count = count, .values = std::move(values)};
}

std::optional<json::object> parse_object(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

}  // namespace

struct Worker::Reading {
  ReplyReader reply;
};

base::Result<std::unique_ptr<Worker>> Worker::start(const WorkerOptions& options) {
  MLA_ASSIGN(base::ChildProcess process,
             base::ChildProcess::start(
                 {.command = options.command, .environment = worker_environment(), .silent = full_sandbox()}));
  std::unique_ptr<Worker> worker(new Worker());
  worker->options_ = options;
  worker->process_ = std::move(process);
  worker->name_ = "analysis worker";
  worker->busy_ = true;
  worker->reading_ = std::make_shared<Reading>();
  worker->deadline_ = base::monotonic_seconds() + kStartSeconds;
  for (;;) {
    ::pollfd ready{worker->process_.channel(), POLLIN, 0};
    ::poll(&ready, 1, 100);
    const auto outcome = worker->collect();
    if (!outcome) continue;
    if (outcome->error) return Error{ErrorCode::kInternal, outcome->error->message};
    worker->files_done_ = 0;
    return worker;
  }
}

Worker::~Worker() = default;

void Worker::submit(int descriptor, std::string_view name, const Wanted& wanted) {
  RequestHeader header;
  const std::string_view sent_name = name.substr(0, kMaxNameBytes);
  header.name_bytes = static_cast<std::uint32_t>(sent_name.size());
  header.task = wanted.task;
  header.with_plot = wanted.plot ? 1 : 0;
  header.left_out = wanted.left_out;
  name_ = name;
  busy_ = true;
  reading_ = std::make_shared<Reading>();
  deadline_ = base::monotonic_seconds() + options_.seconds;
  limit_processor_time(process_, options_.seconds);
  const std::string_view bytes(reinterpret_cast<const char*>(&header), sizeof header);
  // A worker that is gone shows when its answer is collected.
  if (send_all(process_.channel(), bytes, descriptor)) send_all(process_.channel(), sent_name);
}

int Worker::reap(bool kill) {
  if (kill) process_.signal(SIGKILL);
  return process_.wait();
}

Outcome Worker::stop(FileError error) {
  if (process_.alive()) reap(true);
  busy_ = false;
  Outcome outcome;
  outcome.error = std::move(error);
  return outcome;
}

Outcome Worker::died(std::string_view how) {
  const int status = reap(!how.empty());
  if (!how.empty()) return stop({"crashed", fmt::format("{}: {}", name_, how)});
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) {
    return stop(
        {"timed_out", fmt::format("{}: not analysed within {:g} s of processor time", name_, options_.seconds)});
  }
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
    return stop({"crashed", fmt::format("{}: the decoder was stopped when it asked the system for what decoding never "
                                        "needs; the file may be an attack",
                                        name_)});
  }
  if (WIFSIGNALED(status)) {
    return stop({"crashed", fmt::format("{}: the decoder ended with signal {} ({})", name_, WTERMSIG(status),
                                        ::strsignal(WTERMSIG(status)))});
  }
  return stop({"crashed", fmt::format("{}: the decoder ended with code {}", name_, WEXITSTATUS(status))});
}

std::optional<Outcome> Worker::collect() {
  char buffer[64 << 10];
  for (;;) {
    const ::ssize_t got = ::recv(process_.channel(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (base::monotonic_seconds() < deadline_) return std::nullopt;
      return stop({"timed_out", fmt::format("{}: not analysed within {:g} s", name_, options_.seconds)});
    }
    if (got <= 0) return died("");
    const auto complete = reading_->reply.add({buffer, static_cast<std::size_t>(got)});
    if (!complete.ok()) return died("the decoder answered with garbage");
    if (!*complete) continue;
    break;
  }
  const ReplyReader& reply = reading_->reply;
  Outcome outcome;
  busy_ = false;
  ++files_done_;
  if (reply.kind() == ReplyKind::kReady) return outcome;
  auto object = parse_object(reply.result());
  if (!object) return died("the decoder answered with garbage");
  if (reply.kind() == ReplyKind::kAnalysis) {
    outcome.analysis = std::move(*object);
    outcome.attachment = reply.attachment();
    auto excerpts = checked_excerpts(reply.excerpts());
    if (!excerpts) return died("the decoder answered with garbage");
    outcome.excerpts = std::move(*excerpts);
    return outcome;
  }
  const auto* code = object->if_contains("code");
  const auto* message = object->if_contains("message");
  if (code == nullptr || message == nullptr || !code->is_string() || !message->is_string() ||
      !is_code(code->get_string())) {
    return died("the decoder answered with garbage");
  }
  outcome.error = FileError{std::string(code->get_string()), std::string(message->get_string())};
  return outcome;
}

}  // namespace mla::analysis
