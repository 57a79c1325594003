#include "front/engine/advice.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include "foundation/base/parse.h"
#include "foundation/config/request_threads.h"

namespace mla::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMiB = std::int64_t{1} << 20;
constexpr std::int64_t kDimensions = 128;  // of an item vector, as a rule
constexpr int kCoresAJob = 4;              // a training has work for so many; more at a time would wait for memory
constexpr std::int64_t kJobBytes = 2048 * kMiB;     // below this a training beside others is no use
constexpr std::int64_t kFewBytes = 64 * kMiB;       // of vectors: what `scan: auto` looks at one by one
constexpr std::int64_t kItemsForGraph = 1'000'000;  // building takes the better part of an hour for as many
constexpr std::int64_t kShareOfVectors = 8;         // of the memory: beyond, they are kept as halves

std::optional<std::string> first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

std::optional<std::int64_t> number_in(const fs::path& path) {
  const auto line = first_line(path);
  return line ? base::parse_integer(base::trim(*line)) : std::nullopt;
}

// Cores' worth of processor time, or nothing if there is no limit.
std::optional<double> processor_quota(const fs::path& root) {
  if (const auto line = first_line(root / "sys/fs/cgroup/cpu.max")) {  // "200000 100000" or "max 100000"
    const std::size_t blank = line->find(' ');
    if (blank == std::string::npos) return std::nullopt;
    const auto quota = base::parse_integer(line->substr(0, blank));
    const auto period = base::parse_integer(line->substr(blank + 1));
    if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
    return static_cast<double>(*quota) / static_cast<double>(*period);
  }
  const auto quota = number_in(root / "sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  const auto period = number_in(root / "sys/fs/cgroup/cpu/cpu.cfs_period_us");
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

int cores_by_affinity() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) return std::max(1, CPU_COUNT(&allowed));
  return std::max(1, static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)));  // more cores than a cpu_set_t knows
}

// "32768K", "8M"; 0 if it is neither.
std::int64_t size_of(std::string text) {
  std::int64_t unit = 1;
  if (text.ends_with('K')) unit = 1024;
  if (text.ends_with('M')) unit = kMiB;
  if (unit > 1) text.pop_back();
  return base::parse_integer(text).value_or(0) * unit;
}

std::int64_t largest_cache(const fs::path& root) {
  std::int64_t largest = 0;
  for (int index = 0; index < 8; ++index) {
    const auto size = first_line(root / fmt::format("sys/devices/system/cpu/cpu0/cache/index{}/size", index));
    if (size) largest = std::max(largest, size_of(*size));
  }
  return largest;
}

std::string megabytes(std::int64_t bytes) { return fmt::format("{} MiB", (bytes + kMiB / 2) / kMiB); }

Choice scan_for(std::int64_t items, std::int64_t bytes, std::int64_t cache) {
  if (items >= kItemsForGraph) {
    return {"scan", "hnsw",
            fmt::format("{} items: a graph finds about 99 of 100 of the best in a fiftieth of the time, once it is "
                        "built: the better part of an hour of one core for each million",
                        items)};
  }
  if (bytes > kFewBytes && bytes <= cache / 2) {
    return {"scan", "float32",
            fmt::format("{} of vectors stay in the cache of {}: all are looked at, exactly", megabytes(bytes),
                        megabytes(cache))};
  }
  return {"scan", "auto",
          bytes > kFewBytes
              ? fmt::format("{} of vectors do not stay in a cache of {}: a quarter as many bytes are looked at first",
                            megabytes(bytes), megabytes(cache))
              : fmt::format("{} of vectors: all are looked at, exactly", megabytes(bytes))};
}

std::string json_of(const std::vector<Choice>& parameters) {
  std::string text;
  for (const Choice& one : parameters)
    text += fmt::format("{}\"{}\": \"{}\"", text.empty() ? "" : ", ", one.name, one.value);
  return "{" + text + "}";
}

}  // namespace

Machine this_machine(const fs::path& root) {
  Machine machine;
  machine.cores = cores_by_affinity();
  if (const auto quota = processor_quota(root))
    machine.cores = std::clamp(static_cast<int>(std::ceil(*quota)), 1, machine.cores);
  machine.memory_bytes = static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
  for (const char* limit : {"sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    const auto bytes = number_in(root / limit);  // "max" is no number
    if (bytes && *bytes > 0) machine.memory_bytes = std::min(machine.memory_bytes, *bytes);
  }
  machine.largest_cache_bytes = largest_cache(root);
  return machine;
}

Advice advise(const Machine& machine, const catalog::CatalogCounts& catalogue) {
  Advice advice;
  const int cores = machine.cores;
  const std::string count = fmt::format("{} core{}", cores, cores == 1 ? "" : "s");
  const auto set = [&advice](std::string name, std::int64_t value, std::string why) {
    advice.settings.push_back({std::move(name), std::to_string(value), std::move(why)});
  };
  set("server.threads", config::request_threads(cores),
      "requests wait for the disk and for company more than for a core; what they wait for together costs less");
  set("performance.threads", cores, count + " for this program");
  // A quarter stays with the server and the system, as jobs.memory_mb leaves it.
  const std::int64_t for_jobs = machine.memory_bytes / 4 * 3;
  const std::int64_t jobs =
      std::clamp<std::int64_t>(std::min<std::int64_t>(cores / kCoresAJob, for_jobs / kJobBytes), 1, 4);
  set("performance.async_workers", jobs,
      fmt::format("trainings at a time: each has work for {} cores, and {} of memory are for all of them", kCoresAJob,
                  megabytes(for_jobs)));
  set("jobs.memory_mb", std::max<std::int64_t>(for_jobs / jobs / kMiB, 1),
      fmt::format("three quarters of {} for {}", megabytes(machine.memory_bytes),
                  jobs == 1 ? "one training" : fmt::format("{} trainings", jobs)));

  const std::int64_t floats = catalogue.items * kDimensions * 4;
  const bool halves = floats > machine.memory_bytes / kShareOfVectors;
  advice.parameters.push_back(
      {"vectors", halves ? "float16" : "float32",
       halves ? fmt::format("{} of vectors in {} of memory: halves take half of it, and lose nothing that NDCG shows",
                            megabytes(floats), megabytes(machine.memory_bytes))
              : fmt::format("{} of vectors are little of {} of memory", megabytes(floats),
                            megabytes(machine.memory_bytes))});
  advice.parameters.push_back(scan_for(catalogue.items, halves ? floats / 2 : floats, machine.largest_cache_bytes));
  return advice;
}

std::string to_yaml(const Advice& advice) {
  std::string text = "# What suits this machine and catalogue; use it with --config FILE.\n";
  std::string section;
  for (const Choice& one : advice.settings) {
    const std::size_t dot = one.name.find('.');
    if (one.name.substr(0, dot) != section) {
      section = one.name.substr(0, dot);
      text += section + ":\n";
    }
    text += fmt::format("  {}: {}  # {}\n", one.name.substr(dot + 1), one.value, one.why);
  }
  text += "# Models of item vectors (ials, bpr; in a hybrid with other parts, scan changes nothing):\n";
  for (const Choice& one : advice.parameters) text += fmt::format("#   {}: {}  # {}\n", one.name, one.value, one.why);
  return text + fmt::format("#   ml-analytics train --model-type recommendation --algorithm ials --params '{}'\n",
                            json_of(advice.parameters));
}

}  // namespace mla::engine
