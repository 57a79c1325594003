#pragma once

#include <cstdint>

namespace mla::telemetry {

// Resident memory of this process; 0 where the system does not say.
std::int64_t resident_bytes();

// CPU use of this process between two looks. Not thread-safe.
class CpuMeter {
 public:
  CpuMeter();
  // Percent of one core since the last look that was at least a second ago; the same answer again until then.
  double percent();

 private:
  double wall_;  // seconds
  double cpu_;   // seconds of user and system time
  double last_ = 0;
};

}  // namespace mla::telemetry
