#pragma once

#include <string_view>

// Names of the series of one thread, which tells the archive; the others are in metrics.h.
namespace mla::telemetry {

inline constexpr std::string_view kArchiveTold = "ml_analytics_archive_told_total";
inline constexpr std::string_view kArchiveFailures = "ml_analytics_archive_failures_total";
inline constexpr std::string_view kArchiveWaiting = "ml_analytics_archive_waiting";

}  // namespace mla::telemetry
