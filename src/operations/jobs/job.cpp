#include "operations/jobs/job.h"

#include <algorithm>
#include <array>

#include "foundation/base/parse.h"

namespace mla::jobs {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"queued", "running", "succeeded", "failed", "cancelled"};

}  // namespace

std::string_view to_string(JobState state) { return kNames[static_cast<std::size_t>(state)]; }

std::optional<JobState> parse_state(std::string_view name) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<JobState>(found - kNames.begin());
}

bool has_ended(JobState state) { return state != JobState::kQueued && state != JobState::kRunning; }

JobLog::JobLog(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) add(line);
}

void JobLog::add(std::string_view line) {
  std::string one(line.substr(0, kLineBytes));
  while (line.size() > kLineBytes && !one.empty() && !base::is_utf8(one)) one.pop_back();
  std::replace_if(
      one.begin(), one.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  lines_.push_back(std::move(one));
  if (lines_.size() > kLines) lines_.erase(lines_.begin());
}

}  // namespace mla::jobs
