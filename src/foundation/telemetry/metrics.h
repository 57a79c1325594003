#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace mla::telemetry {

// Names of every series that the program writes; the table in metrics.cpp gives type, labels and help.
inline constexpr std::string_view kRequestsTotal = "ml_analytics_requests_total";
inline constexpr std::string_view kRequestDuration = "ml_analytics_request_duration_seconds";
inline constexpr std::string_view kRateLimited = "ml_analytics_rate_limited_total";
inline constexpr std::string_view kActiveConnections = "ml_analytics_active_connections";
inline constexpr std::string_view kQueueSize = "ml_analytics_queue_size";
inline constexpr std::string_view kCacheHitRatio = "ml_analytics_cache_hit_ratio";
inline constexpr std::string_view kArchiveTold = "ml_analytics_archive_told_total";
inline constexpr std::string_view kArchiveFailures = "ml_analytics_archive_failures_total";
inline constexpr std::string_view kArchiveWaiting = "ml_analytics_archive_waiting";
inline constexpr std::string_view kMemoryUsage = "ml_analytics_memory_usage_bytes";
inline constexpr std::string_view kCpuUsage = "ml_analytics_cpu_usage_percent";

// Handles on one series each. Cheap to copy and to write, thread-safe, valid while their Metrics lives.
class Counter {
 public:
  explicit Counter(prometheus::Counter& counter) : counter_(&counter) {}
  void add(double by = 1) const;  // REQUIRES: by >= 0
  double value() const;

 private:
  prometheus::Counter* counter_;
};

class Gauge {
 public:
  explicit Gauge(prometheus::Gauge& gauge) : gauge_(&gauge) {}
  void set(double value) const;
  void add(double by) const;
  double value() const;

 private:
  prometheus::Gauge* gauge_;
};

class Histogram {
 public:
  explicit Histogram(prometheus::Histogram& histogram) : histogram_(&histogram) {}
  void observe(double value) const;

 private:
  prometheus::Histogram* histogram_;
};

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;  // name, value

// All series of the process. Asking for a series looks it up under a lock: do it once and keep the handle.
// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The same labels give the same series. REQUIRES: `name` is declared with that type and exactly these labels;
  // std::logic_error otherwise.
  Counter counter(std::string_view name, const Labels& labels = {});
  Gauge gauge(std::string_view name, const Labels& labels = {});
  Histogram histogram(std::string_view name, const Labels& labels = {});

  // Prometheus text format 0.0.4; memory and CPU of the process are measured here, CPU over the time since the last
  // measurement.
  std::string text();

  // One series as it stands, measured as in `text`.
  struct Sample {
    std::string name;
    std::vector<std::pair<std::string, std::string>> labels;
    double value = 0;                                       // of a histogram: the sum
    std::uint64_t count = 0;                                // of a histogram
    std::vector<std::pair<double, std::uint64_t>> buckets;  // of a histogram: upper bound, how many up to it
  };
  std::vector<Sample> samples();

  struct Description {
    std::string_view name;
    std::string_view type;  // "counter", "gauge", "histogram"
    std::vector<std::string_view> labels;
    std::string_view help;
  };
  // Every series that may appear in `text`.
  static std::span<const Description> declared();

 private:
  void measure_process();

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mla::telemetry
