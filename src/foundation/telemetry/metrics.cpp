#include "foundation/telemetry/metrics.h"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "foundation/telemetry/impl/process.h"

namespace mla::telemetry {
namespace {

// From 0.25 ms to 10 s: the promise is 10 ms, so most bounds lie around it.
const prometheus::Histogram::BucketBoundaries kDurationBounds = {
    0.00025, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

const std::vector<Metrics::Description>& table() {
  static const std::vector<Metrics::Description> rows = {
      {kRequestsTotal, "counter", {"endpoint", "status"}, "Requests answered, by route pattern and status"},
      {kRequestDuration, "histogram", {"endpoint"}, "Seconds from the whole request read to its answer ready"},
      {kRateLimited, "counter", {"limit"}, "Requests answered 429: by the limit of a principal, an address, of logins"},
      {kActiveConnections, "gauge", {}, "Open client connections"},
      {kQueueSize, "gauge", {"queue"}, "Work waiting for a thread"},
      {kCacheHitRatio,
       "gauge",
       {"cache_type"},
       "Share of recommendations since the start that were answered from a cache"},
      {kArchiveTold, "counter", {"kind"}, "What this server told the archive: events, analyses, erasures of listeners"},
      {kArchiveFailures, "counter", {}, "Attempts of this server to tell the archive that failed"},
      {kArchiveWaiting, "gauge", {}, "Parts of histories, and erasures, that the archive has not been told yet"},
      {kMemoryUsage, "gauge", {}, "Resident memory of the process"},
      {kCpuUsage, "gauge", {}, "CPU time of the process, 100 for each core that is fully busy"},
  };
  return rows;
}

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  std::map<std::string_view, std::reference_wrapper<prometheus::Family<prometheus::Counter>>> counters;
  std::map<std::string_view, std::reference_wrapper<prometheus::Family<prometheus::Gauge>>> gauges;
  std::map<std::string_view, std::reference_wrapper<prometheus::Family<prometheus::Histogram>>> histograms;
  std::mutex process_mutex;
  CpuMeter cpu;  // guarded by process_mutex

  template <class T>
  static prometheus::Family<T>& family(
      const std::map<std::string_view, std::reference_wrapper<prometheus::Family<T>>>& families,
      std::string_view name) {
    const auto found = families.find(name);
    if (found == families.end())
      throw std::logic_error(fmt::format("metric '{}' is not declared with this type", name));
    return found->second;
  }

  static prometheus::Labels checked(std::string_view name, const Labels& labels) {
    const auto row = std::ranges::find(table(), name, &Description::name);
    prometheus::Labels map;
    for (const auto& [label, value] : labels) map.emplace(label, value);
    const bool same = map.size() == row->labels.size() && std::ranges::all_of(row->labels, [&](std::string_view label) {
                        return map.contains(std::string(label));
                      });
    if (!same) throw std::logic_error(fmt::format("metric '{}' was asked for with other labels than declared", name));
    return map;
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {
  for (const Description& row : table()) {
    const std::string name(row.name);
    const std::string help(row.help);
    if (row.type == "counter") {
      state_->counters.emplace(row.name, prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry));
    } else if (row.type == "gauge") {
      state_->gauges.emplace(row.name, prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry));
    } else {
      state_->histograms.emplace(row.name,
                                 prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry));
    }
  }
}

Metrics::~Metrics() = default;

Counter Metrics::counter(std::string_view name, const Labels& labels) {
  auto& family = State::family(state_->counters, name);
  return Counter(family.Add(State::checked(name, labels)));
}

Gauge Metrics::gauge(std::string_view name, const Labels& labels) {
  auto& family = State::family(state_->gauges, name);
  return Gauge(family.Add(State::checked(name, labels)));
}

Histogram Metrics::histogram(std::string_view name, const Labels& labels) {
  auto& family = State::family(state_->histograms, name);
  return Histogram(family.Add(State::checked(name, labels), kDurationBounds));
}

void Metrics::measure_process() {
  const Gauge memory = gauge(kMemoryUsage);
  const Gauge cpu = gauge(kCpuUsage);
  const std::lock_guard lock(state_->process_mutex);
  memory.set(static_cast<double>(resident_bytes()));
  cpu.set(state_->cpu.percent());
}

std::string Metrics::text() {
  measure_process();
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

std::vector<Metrics::Sample> Metrics::samples() {
  measure_process();
  std::vector<Sample> samples;
  for (const prometheus::MetricFamily& family : state_->registry.Collect()) {
    for (const prometheus::ClientMetric& metric : family.metric) {
      Sample& sample = samples.emplace_back();
      sample.name = family.name;
      for (const auto& label : metric.label) sample.labels.emplace_back(label.name, label.value);
      switch (family.type) {
        case prometheus::MetricType::Counter:
          sample.value = metric.counter.value;
          break;
        case prometheus::MetricType::Histogram:
          sample.value = metric.histogram.sample_sum;
          sample.count = metric.histogram.sample_count;
          for (const auto& bucket : metric.histogram.bucket)
            sample.buckets.emplace_back(bucket.upper_bound, bucket.cumulative_count);
          break;
        default:
          sample.value = metric.gauge.value;
      }
    }
  }
  return samples;
}

std::span<const Metrics::Description> Metrics::declared() { return table(); }

void Counter::add(double by) const { counter_->Increment(by); }
double Counter::value() const { return counter_->Value(); }
void Gauge::set(double value) const { gauge_->Set(value); }
void Gauge::add(double by) const { gauge_->Increment(by); }
double Gauge::value() const { return gauge_->Value(); }
void Histogram::observe(double value) const { histogram_->Observe(value); }

}  // namespace mla::telemetry
