#include "serving/recommend/charts.h"

#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::recommend {
namespace {

constexpr std::size_t kDateLength = 10;  // "2026-11-29"

ChartEntry entry_of(const catalog::Item& item) {
  ChartEntry entry;
  entry.track_id = item.id;
  entry.track_name = item.title.empty() ? item.id.str() : item.title;
  entry.artist_name = item.artist_name();
  entry.album = item.album;
  entry.release_date = item.release_date;
  return entry;
}

// "played 12 times by 5 listeners".
std::string played_by(double plays, std::int64_t listeners) {
  return fmt::format("played {} time{} by {} listener{}", base::format_number(plays), plays == 1 ? "" : "s", listeners,
                     listeners == 1 ? "" : "s");
}

std::string reason_of(const catalog::Played& played) {
  if (played.recent_listeners > 0) {
    return fmt::format("{} in the last {} days", played_by(played.recent_plays, played.recent_listeners),
                       Charts::kHalfLifeDays);
  }
  return played_by(played.plays, played.listeners);
}

}  // namespace

base::Result<std::shared_ptr<const Charts::Chart>> Charts::make_popular(base::UnixMillis now) const {
  MLA_ASSIGN(const std::vector<catalog::Played> played, catalog_.most_played(now, kHalfLifeDays, kMost));
  auto chart = std::make_shared<Chart>();
  for (const catalog::Played& one : played) {
    ChartEntry entry = entry_of(one.item);
    entry.plays = one.plays;
    entry.listeners = one.listeners;
    entry.reason = reason_of(one);
    chart->push_back(std::move(entry));
  }
  return std::shared_ptr<const Chart>(std::move(chart));
}

base::Result<std::vector<ChartEntry>> Charts::popular(std::size_t limit, base::UnixMillis now) {
  std::shared_ptr<const Chart> chart;
  const auto look = [&] {
    const std::lock_guard lock(mutex_);
    chart = popular_;
    return is_fresh(now);
  };
  if (!look()) {
    std::unique_lock making(making_, std::defer_lock);
    if (chart == nullptr) {
      making.lock();
    } else {
      static_cast<void>(making.try_lock());  // if somebody makes the next one, the old one will do
    }
    if (making.owns_lock() && !look()) {
      auto made = make_popular(now);
      const bool away = !made.ok() && made.error().code == base::ErrorCode::kBusy;
      if (chart == nullptr || !away) {
        MLA_ASSIGN(chart, std::move(made));
        const std::lock_guard lock(mutex_);
        popular_ = chart;
        made_ = now;
      }
    }
  }
  const std::size_t count = std::min(limit, chart->size());
  return std::vector<ChartEntry>(chart->begin(), chart->begin() + static_cast<std::ptrdiff_t>(count));
}

base::Result<std::vector<ChartEntry>> Charts::latest(std::size_t limit, base::UnixMillis now) const {
  MLA_ASSIGN(const std::vector<catalog::Item> items,
             catalog_.newest_releases(base::format_time(now).substr(0, kDateLength), limit));
  std::vector<ChartEntry> chart;
  for (const catalog::Item& item : items) {
    chart.push_back(entry_of(item));
    chart.back().reason = "released " + item.release_date;
  }
  return chart;
}

}  // namespace mla::recommend
