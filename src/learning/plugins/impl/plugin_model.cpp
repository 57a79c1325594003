#include "learning/plugins/impl/plugin_model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "foundation/base/clock.h"
#include "learning/plugins/impl/training_message.h"

namespace mla::plugins {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using models::Evidence;
using models::Listener;

constexpr double kStartSeconds = 60;  // to be opened, made, loaded or saved
constexpr std::uint64_t kMostDescription = 1 << 20;
constexpr std::uint64_t kMostState = std::uint64_t{4} << 30;
constexpr double kLongestRest = 300;  // seconds
constexpr std::size_t kMostMetrics = 64;
constexpr std::size_t kMostMetricName = 64;
constexpr int kMostNotes = 1000;  // of one training

// What is told while it learns: lines for whoever waits, and the last value of each figure.
class TrainingLog {
 public:
  explicit TrainingLog(base::Progress& progress) : progress_(progress) {}

  void take(Told told, std::string_view bytes) {
    if (told == Told::kLog) note(plain_line(bytes));
    Unpacker unpacker(bytes);
    if (told == Told::kMetric) {
      const std::string name = plain_line(unpacker.text());
      const auto value = unpacker.value<double>();
      const bool room = metrics_.size() < kMostMetrics || metrics_.contains(name);
      const bool good = unpacker.done() && std::isfinite(value) && !name.empty() && name.size() <= kMostMetricName;
      if (!good || !room) return;
      const auto [known, added] = metrics_.try_emplace(name, value);
      if (added || std::exchange(known->second, value) != value) note(fmt::format("{} {:g}", name, value));
    }
    if (told == Told::kProgress) {
      const auto done = unpacker.value<std::uint64_t>();
      const auto total = unpacker.value<std::uint64_t>();
      if (!unpacker.done()) return;
      if (total != total_ || done < done_) {
        progress_.begin("plugin", total);
        total_ = total;
        done_ = 0;
      }
      progress_.advance(done - done_);
      done_ = done;
    }
  }

  std::map<std::string, double> metrics() && { return std::move(metrics_); }

 private:
  void note(const std::string& line) {
    if (notes_++ < kMostNotes) progress_.note(line);
  }

  base::Progress& progress_;
  std::map<std::string, double> metrics_;
  int notes_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = ~std::uint64_t{0};
};

void pack_history(const Listener& listener, Packer& packer) {
  std::vector<std::int32_t> items;
  std::vector<float> weights;
  std::vector<std::int64_t> times;
  for (const models::HistoryEntry& entry : listener.history) {
    items.push_back(entry.item);
    weights.push_back(entry.weight);
    times.push_back(entry.time);
  }
  packer.array(std::span<const std::int32_t>(items));
  packer.array(std::span<const float>(weights));
  packer.array(std::span<const std::int64_t>(times));
  packer.value<std::int64_t>(listener.now);
}

class PluginModel final : public models::Recommender {
 public:
  PluginModel(std::shared_ptr<const Plugin> plugin, std::vector<double> values)
      : plugin_(std::move(plugin)), values_(std::move(values)) {}

  std::string_view name() const override { return plugin_->description.name; }
  std::int32_t items() const override { return items_; }

  Status fit(const models::TrainingData& data, base::Work& work) override {
    const std::lock_guard lock(mutex_);
    MLA_CHECK(named(make()));
    TrainingLog log(work.progress);
    const auto event = [&](Told told, std::string_view bytes) { log.take(told, bytes); };
    const auto learnt = process_.ask(Ask::kFit, pack(data, work.seed), "learns", {.cancel = &work.cancel}, event);
    if (!learnt.ok()) return named(learnt.error());
    auto state = process_.ask(Ask::kSave, {}, "is saved", {kStartSeconds, kMostState, &work.cancel});
    if (!state.ok()) return named(state.error());
    owned_ = *std::move(state);
    state_ = std::span(reinterpret_cast<const std::uint8_t*>(owned_.data()), owned_.size());
    metrics_ = std::move(log).metrics();
    items_ = data.items();
    return {};
  }

  std::vector<std::string> report() const override {
    std::vector<std::string> lines;
    for (const auto& [metric, value] : metrics_) lines.push_back(fmt::format("{}: {} {:g}", name(), metric, value));
    return lines;
  }

  void score(const Listener& listener, std::span<float> scores) const override {
    Packer packer;
    pack_history(listener, packer);
    floats(Ask::kScore, packer.bytes(), "scores", scores);
  }

  std::vector<Evidence> explain(const Listener& listener, std::int32_t item, std::size_t limit) const override {
    if (!plugin_->description.explains) return {};
    Packer packer;
    packer.value(item);
    pack_history(listener, packer);
    std::vector<float> raised(listener.history.size());
    floats(Ask::kExplain, packer.bytes(), "explains", raised);
    std::vector<Evidence> facts;
    for (std::size_t i = 0; i < raised.size(); ++i) {
      if (raised[i] > 0) facts.push_back({Evidence::Kind::kCoListening, listener.history[i].item, raised[i]});
    }
    std::ranges::stable_sort(facts, std::greater(), &Evidence::contribution);
    facts.resize(std::min(facts.size(), limit));
    return facts;
  }

  Status save(artifact::Writer& writer) const override {
    writer.add("state", state_);
    writer.set("items", items_);
    boost::json::object metrics;
    for (const auto& [metric, value] : metrics_) metrics[metric] = value;
    writer.set("plugin", boost::json::object{{"version", plugin_->description.version},
                                             {"sha256", plugin_->sha256},
                                             {"abi", MLA_PLUGIN_ABI},
                                             {"training", std::move(metrics)}});
    return {};
  }

  Status load(const artifact::Reader& reader) override {
    const std::lock_guard lock(mutex_);
    MLA_ASSIGN(state_, reader.bytes("state"));
    MLA_ASSIGN(const boost::json::value items, reader.attribute("items"));
    if (!items.is_int64() || items.get_int64() < 0 || items.get_int64() > INT32_MAX)
      return Error{ErrorCode::kCorrupt, "the model's 'items' is no count"};
    items_ = static_cast<std::int32_t>(items.get_int64());
    reader_ = reader;
    return named(restore());
  }

 private:
  Status named(const Status& status) const { return status.ok() ? status : named(status.error()); }
  Error named(const Error& error) const {
    if (error.code == ErrorCode::kCancelled) return error;
    return {error.code, fmt::format("the plugin '{}': {}", name(), error.message)};
  }

  // A process with a model that has learnt nothing.
  Status make() const {
    process_.end();
    MLA_ASSIGN(process_, start_plugin(*plugin_));
    Packer packer;
    packer.array(std::span<const double>(values_));
    MLA_CHECK(process_.ask(Ask::kCreate, packer.bytes(), "is made", {kStartSeconds, 0}));
    return {};
  }

  // A process with what was learnt.
  Status restore() const {
    MLA_CHECK(make());
    Packer packer;
    packer.value(items_);
    packer.array(state_);
    const auto loaded = process_.ask(Ask::kLoad, packer.bytes(), "is loaded", {kStartSeconds, 0});
    if (loaded.ok()) return {};
    process_.end();  // it has no state to answer from
    return loaded.error();
  }

  // Fills `out` with what the plugin answers. Throws base::Failure.
  void floats(Ask ask, const std::string& request, std::string_view doing, std::span<float> out) const {
    const std::lock_guard lock(mutex_);
    if (!process_.alive()) {
      if (base::monotonic_seconds() < rest_until_) {
        throw base::Failure(named(Error{ErrorCode::kInternal, fmt::format("is left alone for a while: {}", lost_)}));
      }
      if (const Status restored = restore(); !restored.ok()) lose(restored.error());
    }
    const auto answer = process_.ask(ask, request, doing, {plugin_->score_seconds, out.size_bytes()});
    if (!answer.ok() && !process_.alive()) lose(answer.error());
    if (!answer.ok()) throw base::Failure(named(answer.error()));
    if (answer->size() != out.size_bytes()) {
      process_.end();
      lose({ErrorCode::kInternal, fmt::format("its process answers with {} bytes instead of {} while it {}",
                                              answer->size(), out.size_bytes(), doing)});
    }
    losses_ = 0;
    std::ranges::copy(*answer, reinterpret_cast<char*>(out.data()));
  }

  [[noreturn]] void lose(const Error& why) const {
    const double rest = std::ldexp(plugin_->first_rest, std::min(losses_, 30));
    rest_until_ = base::monotonic_seconds() + std::min(rest, kLongestRest);
    ++losses_;
    lost_ = why.message;
    throw base::Failure(named(why));
  }

  const std::shared_ptr<const Plugin> plugin_;
  const std::vector<double> values_;
  std::int32_t items_ = 0;
  std::map<std::string, double> metrics_;
  std::string owned_;
  std::span<const std::uint8_t> state_;  // what `save` wrote: owned_, or mapped by reader_
  std::optional<artifact::Reader> reader_;

  mutable std::mutex mutex_;  // guards what follows
  mutable HostProcess process_;
  mutable int losses_ = 0;  // in a row
  mutable double rest_until_ = 0;
  mutable std::string lost_;  // why
};

}  // namespace

Result<HostProcess> start_plugin(const Plugin& plugin, Description* description) {
  MLA_ASSIGN(HostProcess process, HostProcess::start(plugin.host));
  MLA_ASSIGN(const std::string said,
             process.ask(Ask::kOpen, plugin.bytes, "is opened", {kStartSeconds, kMostDescription}));
  if (description != nullptr) {
    MLA_ASSIGN(*description, read_description(said));
  }
  return process;
}

std::unique_ptr<models::Recommender> make_plugin_model(std::shared_ptr<const Plugin> plugin,
                                                       std::vector<double> values) {
  return std::make_unique<PluginModel>(std::move(plugin), std::move(values));
}

}  // namespace mla::plugins
