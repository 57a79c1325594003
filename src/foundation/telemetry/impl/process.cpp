#include "foundation/telemetry/impl/process.h"

#include <fstream>

#include <sys/resource.h>
#include <unistd.h>

#include "foundation/base/clock.h"

namespace mla::telemetry {
namespace {

double cpu_seconds() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

std::int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  if (!(statm >> total >> resident)) return 0;
  return resident * sysconf(_SC_PAGESIZE);
}

CpuMeter::CpuMeter() : wall_(base::monotonic_seconds()), cpu_(cpu_seconds()) {}

double CpuMeter::percent() {
  const double wall = base::monotonic_seconds();
  if (wall - wall_ < 1) return last_;
  const double cpu = cpu_seconds();
  last_ = 100 * (cpu - cpu_) / (wall - wall_);
  wall_ = wall;
  cpu_ = cpu;
  return last_;
}

}  // namespace mla::telemetry
