#include "front/engine/advice.h"

#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "foundation/config/load.h"
#include "learning/models/algorithms.h"

namespace mla::engine {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::int64_t kGiB = std::int64_t{1} << 30;
constexpr std::int64_t kMiB = std::int64_t{1} << 20;

std::string value(const std::vector<Choice>& choices, std::string_view name) {
  for (const Choice& one : choices) {
    if (one.name == name) return one.value;
  }
  return "not chosen";
}

catalog::CatalogCounts with_items(std::int64_t items) {
  catalog::CatalogCounts counts;
  counts.items = items;
  return counts;
}

std::string setting(const Machine& machine, std::string_view name) {
  return value(advise(machine, with_items(1000)).settings, name);
}

std::string parameter(const Machine& machine, std::int64_t items, std::string_view name) {
  return value(advise(machine, with_items(items)).parameters, name);
}

TEST(Advice, ThreadsFollowTheCores) {
  EXPECT_EQ(setting({1, kGiB, 0}, "performance.threads"), "1");
  EXPECT_EQ(setting({1, kGiB, 0}, "server.threads"), "32") << "what waits together costs less";
  EXPECT_EQ(setting({32, 64 * kGiB, 0}, "performance.threads"), "32");
  EXPECT_EQ(setting({32, 64 * kGiB, 0}, "server.threads"), "64");
}

TEST(Advice, TrainingsAtATimeFollowCoresAndMemoryAndShareIt) {
  EXPECT_EQ(setting({2, 24 * kGiB, 0}, "performance.async_workers"), "1");
  EXPECT_EQ(setting({2, 24 * kGiB, 0}, "jobs.memory_mb"), "18432") << "three quarters";
  EXPECT_EQ(setting({8, 16 * kGiB, 0}, "performance.async_workers"), "2");
  EXPECT_EQ(setting({8, 16 * kGiB, 0}, "jobs.memory_mb"), "6144");
  EXPECT_EQ(setting({64, 256 * kGiB, 0}, "performance.async_workers"), "4") << "no more, however large";
  EXPECT_EQ(setting({64, 4 * kGiB, 0}, "performance.async_workers"), "1") << "3 GiB are not enough for two";
  EXPECT_EQ(setting({1, 0, 0}, "jobs.memory_mb"), "1") << "0 would mean something else";
}

TEST(Advice, VectorsAreHalvedWhereTheyWouldFillTheMemory) {
  // 1,000,000 items × 128 × 4 bytes = 488 MiB.
  EXPECT_EQ(parameter({2, 8 * kGiB, 0}, 1'000'000, "vectors"), "float32");
  EXPECT_EQ(parameter({2, 2 * kGiB, 0}, 1'000'000, "vectors"), "float16");
}

TEST(Advice, TheScanFollowsItemsAndCache) {
  EXPECT_EQ(parameter({2, 16 * kGiB, 0}, 0, "scan"), "auto");
  EXPECT_EQ(parameter({2, 16 * kGiB, 512 * kMiB}, 10'000, "scan"), "auto") << "exact by itself";
  EXPECT_EQ(parameter({2, 16 * kGiB, 32 * kMiB}, 200'000, "scan"), "auto") << "98 MiB: bytes first";
  EXPECT_EQ(parameter({2, 16 * kGiB, 256 * kMiB}, 200'000, "scan"), "float32") << "98 MiB in a large cache";
  EXPECT_EQ(parameter({2, 16 * kGiB, 256 * kMiB}, 999'999, "scan"), "auto");
  EXPECT_EQ(parameter({2, 16 * kGiB, 2 * kGiB}, 1'000'000, "scan"), "hnsw");
}

TEST(Advice, WhatIsPrintedIsAConfigurationThatLoads) {
  const Advice advice = advise({6, 16 * kGiB, 32 * kMiB}, with_items(200'000));
  config::Configuration configuration;
  const base::Status applied = config::apply_yaml(configuration, to_yaml(advice), "advice");
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  EXPECT_EQ(configuration.settings.performance.threads, 6);
  EXPECT_EQ(configuration.settings.server.threads, 32);
  EXPECT_EQ(configuration.settings.performance.async_workers, 1);
  EXPECT_EQ(configuration.settings.jobs.memory_mb, 12288);
  EXPECT_EQ(configuration.origins.size(), advice.settings.size());
}

TEST(Advice, ParametersAreThoseThatTheAlgorithmDeclaresAndEveryChoiceHasItsReason) {
  for (const std::int64_t items : {0, 200'000, 2'000'000}) {
    const Advice advice = advise({4, 4 * kGiB, 256 * kMiB}, with_items(items));
    std::map<std::string, models::ParameterValue> parameters;
    for (const Choice& one : advice.parameters) parameters[one.name] = one.value;
    const auto model = models::make_recommender("ials", parameters);
    EXPECT_TRUE(model.ok()) << model.error().message;
    for (const auto* choices : {&advice.settings, &advice.parameters}) {
      for (const Choice& one : *choices) EXPECT_GT(one.why.size(), 10u) << one.name;
    }
  }
  EXPECT_THAT(to_yaml(advise({4, 4 * kGiB, 0}, with_items(2'000'000))),
              HasSubstr(R"(--params '{"vectors": "float16", "scan": "hnsw"}')"));
}

class MachineTest : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(root_); }
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  Machine machine() const { return this_machine(root_); }

  const fs::path root_ = fs::path(testing::TempDir()) / ("mla-advice-" + std::to_string(::getpid()));
};

TEST_F(MachineTest, WithoutLimitsItIsTheWholeMachine) {
  const Machine whole = machine();
  EXPECT_GE(whole.cores, 1);
  EXPECT_GT(whole.memory_bytes, 100 * kMiB);
  EXPECT_EQ(whole.largest_cache_bytes, 0) << "unknown";
  write("sys/fs/cgroup/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/memory.max", "max\n");
  EXPECT_EQ(machine().cores, whole.cores);
  EXPECT_EQ(machine().memory_bytes, whole.memory_bytes);
}

TEST_F(MachineTest, AContainerHasWhatItsControlGroupLeavesIt) {
  write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  write("sys/fs/cgroup/memory.max", "67108864\n");
  EXPECT_EQ(machine().cores, 1) << "half a core is one thread";
  EXPECT_EQ(machine().memory_bytes, 64 * kMiB);
}

TEST_F(MachineTest, TheFirstVersionOfControlGroupsToo) {
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "134217728\n");
  EXPECT_EQ(machine().cores, 1);
  EXPECT_EQ(machine().memory_bytes, 128 * kMiB);
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  EXPECT_GE(machine().cores, 1);
}

TEST_F(MachineTest, LimitsThatSayNothingLimitNothing) {
  const Machine whole = machine();
  for (const char* odd : {"", "0 0", "-5 100000", "many", "100000", "100000 0"}) {
    write("sys/fs/cgroup/cpu.max", odd);
    EXPECT_EQ(machine().cores, whole.cores) << odd;
  }
  write("sys/fs/cgroup/memory.max", "-1\n");
  EXPECT_EQ(machine().memory_bytes, whole.memory_bytes);
}

TEST_F(MachineTest, TheLargestCacheCounts) {
  write("sys/devices/system/cpu/cpu0/cache/index0/size", "48K\n");
  write("sys/devices/system/cpu/cpu0/cache/index2/size", "2048K\n");
  write("sys/devices/system/cpu/cpu0/cache/index3/size", "32M\n");
  EXPECT_EQ(machine().largest_cache_bytes, 32 * kMiB);
  write("sys/devices/system/cpu/cpu0/cache/index3/size", "unknown\n");
  EXPECT_EQ(machine().largest_cache_bytes, 2 * kMiB);
}

}  // namespace
}  // namespace mla::engine
