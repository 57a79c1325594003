#include "learning/plugins/host.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "learning/plugins/impl/description.h"
#include "learning/plugins/impl/library.h"
#include "learning/plugins/impl/message.h"
#include "learning/plugins/impl/training_message.h"
#include "learning/plugins/plugin.h"

namespace mla::plugins {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr std::size_t kMostLine = 4096;  // bytes of a text that is passed on

bool receive_all(int socket, char* out, std::size_t bytes) {
  while (bytes > 0) {
    const ::ssize_t got = ::recv(socket, out, bytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

std::string_view text_of(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text).substr(0, kMostLine);
}

// Floats whose end is the end of what may be written to: one more and the process ends.
class FencedFloats {
 public:
  explicit FencedFloats(std::size_t count) : count_(count) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t bytes = (count * sizeof(float) + page - 1) / page * page;
    mapped_ = bytes + page;
    void* memory = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    memory_ = static_cast<char*>(memory);
    ::mprotect(memory_ + bytes, page, PROT_NONE);
    floats_ = reinterpret_cast<float*>(memory_ + bytes - count * sizeof(float));
  }
  ~FencedFloats() { ::munmap(memory_, mapped_); }
  FencedFloats(const FencedFloats&) = delete;
  FencedFloats& operator=(const FencedFloats&) = delete;

  float* data() { return floats_; }
  std::string_view bytes() const { return {reinterpret_cast<const char*>(floats_), count_ * sizeof(float)}; }

 private:
  std::size_t count_;
  std::size_t mapped_ = 0;
  char* memory_ = nullptr;
  float* floats_ = nullptr;
};

}  // namespace

}  // namespace mla::plugins

// What the callbacks are handed: opaque to the plugin, so outside our namespace.
struct mla_plugin_host {
  explicit mla_plugin_host(int socket_) : socket(socket_) {}

  const int socket;
  std::mutex sending;  // a plugin may report from threads of its own
  std::string why;     // it failed
  std::string state;   // what `save` wrote so far
  mla::plugins::TrainingMessage training;
  std::vector<std::int64_t> no_times;  // zeros for the longest history

  void tell(mla::plugins::Told told, std::string_view bytes) {
    const std::lock_guard lock(sending);
    if (!mla::plugins::send_message(socket, static_cast<std::uint32_t>(told), bytes)) ::_exit(0);
  }
};

namespace mla::plugins {
namespace {

void on_fail(mla_plugin_host* host, const char* why) { host->why = text_of(why); }

void on_log(mla_plugin_host* host, const char* line) { host->tell(Told::kLog, text_of(line)); }

void on_metric(mla_plugin_host* host, const char* name, double value) {
  Packer packer;
  packer.text(text_of(name));
  packer.value(value);
  host->tell(Told::kMetric, packer.bytes());
}

void on_progress(mla_plugin_host* host, std::uint64_t done, std::uint64_t total) {
  Packer packer;
  packer.value(done);
  packer.value(total);
  host->tell(Told::kProgress, packer.bytes());
}

mla_plugin_history on_history(mla_plugin_host* host, std::int32_t user) {
  const TrainingMessage& data = host->training;
  if (user < 0 || user >= data.users) return {};
  const auto begin = static_cast<std::size_t>(data.offsets[static_cast<std::size_t>(user)]);
  const auto end = static_cast<std::size_t>(data.offsets[static_cast<std::size_t>(user) + 1]);
  return {static_cast<std::int32_t>(end - begin), data.columns.data() + begin, data.weights.data() + begin,
          data.times.empty() ? host->no_times.data() : data.times.data() + begin, 0};
}

const float* on_embedding(mla_plugin_host* host, std::int32_t item) {
  const TrainingMessage& data = host->training;
  const auto dims = static_cast<std::size_t>(data.embedding_dims);
  const std::size_t begin = static_cast<std::size_t>(item) * dims;
  if (item < 0 || item >= data.items || dims == 0 || begin + dims > data.embeddings.size()) return nullptr;
  const std::span<const float> row = data.embeddings.subspan(begin, dims);
  const bool known = std::ranges::any_of(row, [](float value) { return value != 0; });
  return known ? row.data() : nullptr;
}

std::int32_t on_artist(mla_plugin_host* host, std::int32_t item) {
  const TrainingMessage& data = host->training;
  if (item < 0 || static_cast<std::size_t>(item) >= data.artists.size()) return -1;
  return data.artists[static_cast<std::size_t>(item)];
}

void on_write(mla_plugin_host* host, const void* bytes, std::size_t size) {
  if (size > 0) host->state.append(static_cast<const char*>(bytes), size);
}

// One plugin and one model of it.
class Host {
 public:
  explicit Host(int socket)
      : host_(socket),
        callbacks_{&host_, on_fail, on_log, on_metric, on_progress, on_history, on_embedding, on_artist, on_write} {}

  // The bytes of the answer, which stay valid until the next call.
  Result<std::string_view> answer(Ask ask, std::string_view request) {
    host_.why.clear();
    if (ask == Ask::kOpen) return open(request);
    if (plugin_ == nullptr || (ask != Ask::kCreate && model_ == nullptr)) return out_of_order();
    switch (ask) {
      case Ask::kCreate:
        return create(request);
      case Ask::kFit:
        return fit(request);
      case Ask::kSave:
        return save();
      case Ask::kLoad:
        return load(request);
      case Ask::kScore:
        return score(request);
      case Ask::kExplain:
        return explain(request);
      default:
        return out_of_order();
    }
  }

 private:
  static Error out_of_order() { return {ErrorCode::kInternal, "it was asked out of order"}; }

  // The plugin's own code is only called here.
  template <class Call>
  auto call(std::string_view what, const Call& plugin_call) -> Result<decltype(plugin_call())> {
    try {
      return plugin_call();
    } catch (const std::exception& e) {
      return Error{ErrorCode::kInternal, fmt::format("an exception leaves its {}: {}", what, e.what())};
    } catch (...) {
      return Error{ErrorCode::kInternal, fmt::format("an exception leaves its {}", what)};
    }
  }
  template <class Call>
  Status done(std::string_view what, const Call& plugin_call) {
    MLA_ASSIGN(const int returned, call(what, plugin_call));
    return returned == MLA_PLUGIN_OK ? Status() : failed(what);
  }
  Error failed(std::string_view what) const {
    return {ErrorCode::kInternal, host_.why.empty() ? fmt::format("its {} failed without a reason", what) : host_.why};
  }

  Result<std::string_view> open(std::string_view bytes) {
    MLA_ASSIGN(auto opened, call("library", [&] { return open_library(bytes); }));
    MLA_ASSIGN(plugin_, std::move(opened));
    answer_ = describe(*plugin_);
    return std::string_view(answer_);
  }

  Result<std::string_view> create(std::string_view request) {
    Unpacker unpacker(request);
    const auto values = unpacker.array<double>();
    if (model_ != nullptr || values.size() != plugin_->parameter_count) return out_of_order();
    MLA_ASSIGN(model_, call("create", [&] { return plugin_->create(&callbacks_, values.data()); }));
    if (model_ == nullptr) return failed("create");
    return std::string_view();
  }

  Result<std::string_view> fit(std::string_view request) {
    host_.training = read_training(request);
    const TrainingMessage& data = host_.training;
    std::int64_t longest = 0;
    for (std::size_t user = 1; user < data.offsets.size(); ++user)
      longest = std::max(longest, data.offsets[user] - data.offsets[user - 1]);
    if (data.times.empty()) host_.no_times.assign(static_cast<std::size_t>(longest), 0);
    const mla_plugin_training training{data.users, data.items, data.embedding_dims, data.seed};
    const Status learnt = done("fit", [&] { return plugin_->fit(model_, &training); });
    host_.training = {};
    MLA_CHECK(learnt);
    items_ = training.items;
    return std::string_view();
  }

  Result<std::string_view> save() {
    host_.state.clear();
    MLA_CHECK(done("save", [&] { return plugin_->save(model_); }));
    return std::string_view(host_.state);
  }

  Result<std::string_view> load(std::string_view request) {
    Unpacker unpacker(request);
    const auto items = unpacker.value<std::int32_t>();
    const auto state = unpacker.array<char>();
    MLA_CHECK(done("load", [&] { return plugin_->load(model_, state.data(), state.size(), items); }));
    items_ = items;
    return std::string_view();
  }

  static mla_plugin_history read_history(Unpacker& unpacker) {
    const auto items = unpacker.array<std::int32_t>();
    const auto weights = unpacker.array<float>();
    const auto times = unpacker.array<std::int64_t>();
    const auto now = unpacker.value<std::int64_t>();
    return {static_cast<std::int32_t>(items.size()), items.data(), weights.data(), times.data(), now};
  }

  Result<std::string_view> score(std::string_view request) {
    Unpacker unpacker(request);
    const mla_plugin_history history = read_history(unpacker);
    scores_.emplace(static_cast<std::size_t>(items_));
    MLA_ASSIGN(const std::int32_t written,
               call("score", [&] { return plugin_->score(model_, &history, scores_->data(), items_); }));
    if (written == -1) return failed("score");
    if (written != items_) {
      return Error{ErrorCode::kInternal, fmt::format("it gives {} scores for {} items", written, items_)};
    }
    return scores_->bytes();
  }

  Result<std::string_view> explain(std::string_view request) {
    Unpacker unpacker(request);
    const auto item = unpacker.value<std::int32_t>();
    const mla_plugin_history history = read_history(unpacker);
    if (plugin_->explain == nullptr) return out_of_order();
    scores_.emplace(static_cast<std::size_t>(history.count));
    MLA_CHECK(done("explain", [&] { return plugin_->explain(model_, &history, item, scores_->data()); }));
    return scores_->bytes();
  }

  mla_plugin_host host_;
  const mla_plugin_callbacks callbacks_;
  const mla_plugin* plugin_ = nullptr;
  mla_plugin_model* model_ = nullptr;  // ends with the process
  std::int32_t items_ = 0;
  std::string answer_;
  std::optional<FencedFloats> scores_;
};

// Ends the process when the program hangs up, also while the plugin is at work.
void end_with(int socket) {
  std::thread([socket] {
    ::pollfd gone{socket, POLLRDHUP, 0};
    while (::poll(&gone, 1, -1) < 0 && errno == EINTR) {
    }
    ::_exit(0);
  }).detach();
}

// The first to go where memory runs out, rather than the program that serves. That may be refused.
void prefer_as_victim() {
  if (std::FILE* file = std::fopen("/proc/self/oom_score_adj", "w"); file != nullptr) {
    std::fputs("1000", file);
    std::fclose(file);
  }
}

}  // namespace

void host_main(int socket) {
  ::signal(SIGINT, SIG_IGN);  // Ctrl-C is for the program, which ends us
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const ::rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  prefer_as_victim();
  end_with(socket);
  Host host(socket);
  std::string request;
  Header header;
  while (receive_all(socket, reinterpret_cast<char*>(&header), sizeof header) && header.magic == kMagic) {
    request.resize(header.bytes);
    if (!receive_all(socket, request.data(), request.size())) break;
    const auto answer = host.answer(static_cast<Ask>(header.kind), request);
    const bool sent = answer.ok()
                          ? send_message(socket, static_cast<std::uint32_t>(Told::kDone), *answer)
                          : send_message(socket, static_cast<std::uint32_t>(Told::kFailed), answer.error().message);
    if (!sent) break;
  }
  ::_exit(0);  // not through destructors of the plugin
}

}  // namespace mla::plugins
