#include "learning/models/sequence/session_knn.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "learning/models/impl/attributes.h"
#include "learning/models/impl/play_order.h"
#include "learning/models/impl/row_voting.h"

namespace mla::models {
namespace {

constexpr base::UnixMillis kMillisPerMinute = 60'000;

// sessions × items; values = place in the session.
class Sessions {
 public:
  Sessions(base::UnixMillis gap, std::size_t longest, std::int32_t items) : gap_(gap), longest_(longest) {
    rows_.cols = items;
  }

  // The entries of one listener.
  void add(std::span<const std::int32_t> items, std::span<const base::UnixMillis> times) {
    std::vector<Entry> timed;
    std::vector<Entry> untimed;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const base::UnixMillis time = times.empty() ? 0 : times[i];
      (time != 0 ? timed : untimed).push_back({items[i], time});
    }
    std::sort(timed.begin(), timed.end(),
              [](const Entry& a, const Entry& b) { return a.time != b.time ? a.time < b.time : a.item < b.item; });
    std::size_t begin = 0;
    for (std::size_t i = 1; i <= timed.size(); ++i) {
      if (i < timed.size() && timed[i].time - timed[i - 1].time <= gap_ && i - begin < longest_) continue;
      close({timed.begin() + static_cast<std::ptrdiff_t>(begin), timed.begin() + static_cast<std::ptrdiff_t>(i)});
      begin = i;
    }
    if (!untimed.empty()) close(std::move(untimed));
  }

  // Whether more than half of the items have no other beside them.
  bool mostly_alone() const {
    std::size_t alone = 0;
    for (std::int32_t row = 0; row < rows_.rows; ++row) alone += rows_.view().row_size(row) == 1 ? 1 : 0;
    return 2 * alone > rows_.columns.size();
  }

  math::CsrMatrix take() { return std::move(rows_); }

 private:
  struct Entry {
    std::int32_t item;
    base::UnixMillis time;
    float place = 0;
  };

  void close(std::vector<Entry> session) {
    for (std::size_t i = 1; i < session.size(); ++i) {  // one time is one place
      session[i].place = session[i].time == session[i - 1].time ? session[i - 1].place : static_cast<float>(i);
    }
    std::sort(session.begin(), session.end(), [](const Entry& a, const Entry& b) { return a.item < b.item; });
    for (const Entry& entry : session) {
      rows_.columns.push_back(entry.item);
      rows_.values.push_back(entry.place);
    }
    rows_.offsets.push_back(static_cast<std::int64_t>(rows_.columns.size()));
    ++rows_.rows;
  }

  base::UnixMillis gap_;
  std::size_t longest_;
  math::CsrMatrix rows_;
};

class SessionKnn final : public impl::RowVoting {
 public:
  explicit SessionKnn(const Parameters& parameters)
      : RowVoting(static_cast<std::size_t>(parameters.integer("neighbours"))),
        gap_minutes_(parameters.number("gap_minutes")),
        session_items_(parameters.integer("session_items")),
        recency_exponent_(parameters.number("recency_exponent")),
        distance_exponent_(parameters.number("distance_exponent")),
        length_exponent_(parameters.number("length_exponent")),
        item_exponent_(parameters.number("item_exponent")),
        target_exponent_(parameters.number("target_exponent")) {}

  std::string_view name() const override { return "session_knn"; }

  base::Status fit(const TrainingData& data, base::Work& work) override {
    const math::CsrView pairs = data.interactions.view();
    const auto longest = static_cast<std::size_t>(session_items_);
    Sessions sessions(static_cast<base::UnixMillis>(gap_minutes_ * kMillisPerMinute), longest, data.items());
    MLA_CHECK(add_all(data, sessions, work));
    if (sessions.mostly_alone()) {
      sessions = Sessions(std::numeric_limits<base::UnixMillis>::max(), longest, data.items());
      MLA_CHECK(add_all(data, sessions, work));
    }
    math::CsrMatrix rows = sessions.take();
    std::vector<float> matches(rows.columns.size());
    for (std::int32_t row = 0; row < rows.rows; ++row) {
      const auto begin = static_cast<std::size_t>(rows.offsets[row]);
      const std::size_t size = rows.view().row_size(row);
      std::fill_n(matches.begin() + static_cast<std::ptrdiff_t>(begin), size,
                  static_cast<float>(std::pow(static_cast<double>(size), -length_exponent_)));
    }
    MLA_CHECK(work.check());
    assign(std::move(rows), std::move(matches), pairs, item_exponent_, target_exponent_);
    work.progress.end();
    return {};
  }

  base::Status save(artifact::Writer& writer) const override {
    writer.set("session_items", session_items_);
    writer.set("recency_exponent", recency_exponent_);
    writer.set("distance_exponent", distance_exponent_);
    return RowVoting::save(writer);
  }

  base::Status load(const artifact::Reader& reader) override {
    MLA_ASSIGN(const double session_items, impl::number_attribute(reader, "session_items"));
    MLA_ASSIGN(recency_exponent_, impl::number_attribute(reader, "recency_exponent"));
    MLA_ASSIGN(distance_exponent_, impl::number_attribute(reader, "distance_exponent"));
    session_items_ = static_cast<int>(std::clamp(session_items, 1.0, 1e5));
    return RowVoting::load(reader);
  }

 private:
  static base::Status add_all(const TrainingData& data, Sessions& sessions, base::Work& work) {
    const math::CsrView pairs = data.interactions.view();
    work.progress.begin("sessions", static_cast<std::uint64_t>(data.users()));
    for (std::int32_t user = 0; user < data.users(); ++user) {
      MLA_CHECK(work.check());
      const std::span<const base::UnixMillis> all(data.times);
      sessions.add(
          pairs.row_columns(user),
          all.empty() ? all : all.subspan(static_cast<std::size_t>(pairs.offsets[user]), pairs.row_size(user)));
      work.progress.advance(1);
    }
    return {};
  }

  std::vector<float> weigh(std::span<const HistoryEntry> history) const override {
    const std::vector<std::int32_t> newer = impl::newer_entries(history);
    std::vector<float> weights(newer.size());
    std::transform(newer.begin(), newer.end(), weights.begin(), [this](std::int32_t n) {
      return n < session_items_ ? static_cast<float>(std::pow(1.0 + n, -recency_exponent_)) : 0.0F;
    });
    return weights;
  }

  float rate(const Near& near, double) const override { return near.overlap; }

  // Of the newest item that both have; of several, the last in the session.
  float place(std::int32_t session, std::span<const HistoryEntry> history) const override {
    const auto items = rows().row_columns(session);
    const auto places = rows().row_values(session);
    base::UnixMillis newest = -1;
    float anchor = 0;
    for (std::size_t h = 0, at = 0; h < history.size() && at < items.size();) {
      if (items[at] < history[h].item) {
        ++at;
      } else if (items[at] > history[h].item) {
        ++h;
      } else {
        if (history[h].time > newest || (history[h].time == newest && places[at] > anchor)) {
          newest = history[h].time;
          anchor = places[at];
        }
        ++h;
        ++at;
      }
    }
    return anchor;
  }

  float vote(const Near& near, float value) const override {
    const double distance = 1 + std::fabs(static_cast<double>(value - near.anchor));
    return near.strength * static_cast<float>(std::pow(distance, -distance_exponent_));
  }

  double gap_minutes_;
  int session_items_;
  double recency_exponent_;
  double distance_exponent_;
  double length_exponent_;
  double item_exponent_;
  double target_exponent_;
};

}  // namespace

Algorithm session_knn_algorithm() {
  return {"session_knn",
          "sessions that hold what the listener met lately, and what else they hold",
          {{"neighbours", 100.0, 1, 100000, "sessions that vote", {}, true},
           {"gap_minutes", 60.0, 1, 525600, "a longer pause ends a session"},
           {"session_items",
            100.0,
            1,
            100000,
            "items of a session at most, and items of a history that are asked",
            {},
            true},
           {"recency_exponent", 0.5, 0, 4, "how fast an item of the history counts less with each newer one"},
           {"distance_exponent", 0.5, 0, 4, "how fast a vote counts less with the distance to the match"},
           {"length_exponent", 0.5, 0, 2, "how much long sessions are held back"},
           {"item_exponent", 0.5, 0, 2, "how much popular items say less about likeness"},
           {"target_exponent", 0.3, 0, 2, "how much popular items are held back"}},
          [](const Parameters& parameters) -> std::unique_ptr<Recommender> {
            return std::make_unique<SessionKnn>(parameters);
          },
          {{},
           {{"distance_exponent", 0.0}, {"recency_exponent", 0.75}},
           {{"neighbours", 300.0}, {"distance_exponent", 0.0}}}};
}

}  // namespace mla::models
