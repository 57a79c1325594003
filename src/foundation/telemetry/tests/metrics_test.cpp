#include "foundation/telemetry/metrics.h"

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/clock.h"
#include "foundation/telemetry/impl/process.h"

namespace mla::telemetry {
namespace {

using testing::HasSubstr;

// Dashboards and alerts name these: a change here breaks them.
TEST(Metrics, TheDeclaredSeriesAreTheGoldenOnes) {
  std::ostringstream list;
  for (const auto& row : Metrics::declared()) {
    list << row.type << ' ' << row.name;
    for (const auto label : row.labels) list << ' ' << label;
    list << '\n';
  }
  EXPECT_EQ(list.str(),
            "counter ml_analytics_requests_total endpoint status\n"
            "histogram ml_analytics_request_duration_seconds endpoint\n"
            "counter ml_analytics_rate_limited_total limit\n"
            "gauge ml_analytics_active_connections\n"
            "gauge ml_analytics_queue_size queue\n"
            "gauge ml_analytics_cache_hit_ratio cache_type\n"
            "counter ml_analytics_archive_told_total kind\n"
            "counter ml_analytics_archive_failures_total\n"
            "gauge ml_analytics_archive_waiting\n"
            "gauge ml_analytics_memory_usage_bytes\n"
            "gauge ml_analytics_cpu_usage_percent\n");
}

TEST(Metrics, TextHoldsWhatWasWritten) {
  Metrics metrics;
  const Counter ok = metrics.counter(kRequestsTotal, {{"endpoint", "/x"}, {"status", "200"}});
  ok.add();
  ok.add(2);
  metrics.counter(kRequestsTotal, {{"status", "404"}, {"endpoint", "/x"}}).add();
  metrics.gauge(kQueueSize, {{"queue", "http"}}).set(7);
  const Gauge connections = metrics.gauge(kActiveConnections);
  connections.add(3);
  connections.add(-1);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# HELP ml_analytics_requests_total Requests answered, by route pattern and status\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE ml_analytics_requests_total counter\n"));
  EXPECT_THAT(text, HasSubstr("ml_analytics_requests_total{endpoint=\"/x\",status=\"200\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("ml_analytics_requests_total{endpoint=\"/x\",status=\"404\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("ml_analytics_queue_size{queue=\"http\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("ml_analytics_active_connections 2\n"));
}

TEST(Metrics, TheSameLabelsAreTheSameSeries) {
  Metrics metrics;
  metrics.counter(kRequestsTotal, {{"endpoint", "/x"}, {"status", "200"}}).add(4);
  EXPECT_EQ(metrics.counter(kRequestsTotal, {{"status", "200"}, {"endpoint", "/x"}}).value(), 4);
}

TEST(Metrics, HistogramBucketsAreCumulative) {
  Metrics metrics;
  const Histogram seconds = metrics.histogram(kRequestDuration, {{"endpoint", "/x"}});
  for (const double value : {0.0001, 0.004, 0.02, 60.0}) seconds.observe(value);
  const std::string text = metrics.text();
  const auto bucket = [&](const std::string& bound) {
    std::smatch match;
    const std::regex line("request_duration_seconds_bucket\\{endpoint=\"/x\",le=\"" + bound + "\"\\} (\\d+)\n");
    return std::regex_search(text, match, line) ? std::stoi(match[1]) : -1;
  };
  EXPECT_EQ(bucket("0.001"), 1);
  EXPECT_EQ(bucket("0.01"), 2);
  EXPECT_EQ(bucket("0.1"), 3);
  EXPECT_EQ(bucket("10"), 3);
  EXPECT_EQ(bucket("\\+Inf"), 4);
  EXPECT_THAT(text, HasSubstr("ml_analytics_request_duration_seconds_count{endpoint=\"/x\"} 4\n"));
}

TEST(Metrics, LabelValuesAreEscaped) {
  Metrics metrics;
  metrics.gauge(kQueueSize, {{"queue", "a\"b\\c\nd"}}).set(1);
  EXPECT_THAT(metrics.text(), HasSubstr(R"(ml_analytics_queue_size{queue="a\"b\\c\nd"} 1)"));
}

TEST(Metrics, MisuseIsAnError) {
  Metrics metrics;
  EXPECT_THROW(metrics.counter("ml_analytics_nothing"), std::logic_error);
  EXPECT_THROW(metrics.gauge(kRequestsTotal, {{"endpoint", "/x"}, {"status", "200"}}), std::logic_error);
  EXPECT_THROW(metrics.counter(kRequestsTotal, {{"endpoint", "/x"}}), std::logic_error);
  EXPECT_THROW(metrics.gauge(kActiveConnections, {{"x", "y"}}), std::logic_error);
}

TEST(Metrics, ManyThreadsLoseNoCount) {
  Metrics metrics;
  const Counter counter = metrics.counter(kRequestsTotal, {{"endpoint", "/x"}, {"status", "200"}});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i) counter.add();
      metrics.text();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 40'000);
}

// Every line of a scrape is a comment or a sample of a declared series.
TEST(Metrics, TextHoldsOnlyDeclaredNames) {
  Metrics metrics;
  metrics.histogram(kRequestDuration, {{"endpoint", "/x"}}).observe(0.1);
  std::set<std::string> declared;
  for (const auto& row : Metrics::declared()) declared.emplace(row.name);
  std::istringstream lines(metrics.text());
  int samples = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    std::string name = line.substr(0, line.find_first_of("{ "));
    name = std::regex_replace(name, std::regex("_(bucket|sum|count)$"), "");
    EXPECT_TRUE(declared.contains(name)) << line;
    ++samples;
  }
  EXPECT_GT(samples, 20);
}

// What `text` writes, as numbers.
TEST(Metrics, SamplesSayWhatTheTextSays) {
  Metrics metrics;
  metrics.counter(kRequestsTotal, {{"endpoint", "/x"}, {"status", "200"}}).add(3);
  metrics.histogram(kRequestDuration, {{"endpoint", "/x"}}).observe(0.004);
  metrics.histogram(kRequestDuration, {{"endpoint", "/x"}}).observe(100);
  const std::vector<Metrics::Sample> samples = metrics.samples();
  const auto find = [&](std::string_view name) {
    const auto found = std::ranges::find(samples, name, &Metrics::Sample::name);
    EXPECT_NE(found, samples.end()) << name;
    return *found;
  };
  const Metrics::Sample requests = find(kRequestsTotal);
  EXPECT_EQ(requests.value, 3);
  EXPECT_TRUE(requests.buckets.empty());
  EXPECT_EQ(requests.labels, (std::vector<std::pair<std::string, std::string>>{{"endpoint", "/x"}, {"status", "200"}}));
  const Metrics::Sample duration = find(kRequestDuration);
  EXPECT_DOUBLE_EQ(duration.value, 100.004);
  EXPECT_EQ(duration.count, 2u);
  ASSERT_FALSE(duration.buckets.empty());
  EXPECT_EQ(duration.buckets.front().second, 0u);
  EXPECT_EQ(duration.buckets.back().second, 2u) << "up to infinity";
  for (const auto& [bound, count] : duration.buckets) EXPECT_EQ(count, bound < 0.004 ? 0u : bound < 100 ? 1u : 2u);
  EXPECT_GT(find(kMemoryUsage).value, 1e6);
}

TEST(Process, MemoryGrowsWithWhatIsTouched) {
  const auto before = resident_bytes();
  const std::vector<char> block(64 << 20, 1);
  EXPECT_GE(resident_bytes() - before, 48 << 20);
  EXPECT_EQ(block.back(), 1);
}

TEST(Process, CpuOfABusyThreadIsAboutOneCore) {
  CpuMeter meter;
  EXPECT_EQ(meter.percent(), 0);  // too soon to say
  const double begin = base::monotonic_seconds();
  while (base::monotonic_seconds() - begin < 1.05) {
  }
  const double percent = meter.percent();
  EXPECT_GT(percent, 1);  // a busy machine gives us a part of a core only
  EXPECT_LT(percent, 250);
  EXPECT_EQ(meter.percent(), percent);
}

}  // namespace
}  // namespace mla::telemetry
