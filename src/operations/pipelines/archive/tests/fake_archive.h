#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "operations/pipelines/archive/archive.h"

namespace mla::pipelines {

// An archive in memory that may be away, or take only a part of what it is told.
class FakeArchive final : public Archive {
 public:
  std::string name() const override { return name_; }
  base::Status reach() override { return away_ ? base::Status(gone()) : base::Status(); }
  base::Status put_events(std::span<const catalog::Event> events) override {
    ++calls_;
    if (away_) return gone();
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (i == takes_) return gone();
      events_[events[i].id.str()] = events[i].user.str() + " " + events[i].item.str();
    }
    if (after_events_) after_events_();
    return {};
  }
  base::Status put_analyses(std::span<const FullAnalysis> analyses) override {
    if (away_) return gone();
    for (const FullAnalysis& one : analyses) analyses_[one.payload] = one.json;
    return {};
  }
  base::Status erase_listener(const base::UserId& listener) override {
    if (away_) return gone();
    std::erase_if(events_, [&](const auto& one) { return one.second.starts_with(listener.str() + " "); });
    return {};
  }
  base::Result<Counts> counts() override {
    return Counts{static_cast<std::int64_t>(events_.size()), static_cast<std::int64_t>(analyses_.size())};
  }

  // "user item" of each event, in no order.
  std::vector<std::string> told() const {
    std::vector<std::string> told;
    for (const auto& [id, what] : events_) told.push_back(what);
    return told;
  }

  std::string name_ = "fake";
  bool away_ = false;
  std::size_t takes_ = static_cast<std::size_t>(-1);  // events of one call; then it breaks
  std::function<void()> after_events_;                // when they are there, but nobody knows it yet
  int calls_ = 0;
  std::map<std::string, std::string> events_, analyses_;

 private:
  static base::Error gone() { return {base::ErrorCode::kBusy, "fake: gone"}; }
};

}  // namespace mla::pipelines
