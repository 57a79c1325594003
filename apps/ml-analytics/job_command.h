#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/ml-analytics/call.h"

namespace mla::apps {

inline constexpr std::string_view kJobWorkerWord = "job-worker";

// This program as the worker of a job, with the settings of the call; the runner adds which job.
std::vector<std::string> job_command(const CommonOptions& common);

}  // namespace mla::apps
