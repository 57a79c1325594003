#include "learning/training/sessions.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace mla::training {
namespace {

struct Heard {
  float plays = 0;
  base::UnixMillis last = 0;
};

class Rows {
 public:
  explicit Rows(Dataset& to) : to_(to) {}

  void close(const std::map<std::int32_t, Heard>& session) {
    if (session.empty()) return;
    math::CsrMatrix& pairs = to_.data.interactions;
    for (const auto& [item, heard] : session) {
      pairs.columns.push_back(item);
      pairs.values.push_back(heard.plays);
      to_.data.times.push_back(heard.last);
    }
    pairs.offsets.push_back(static_cast<std::int64_t>(pairs.columns.size()));
    to_.user_ids.push_back(fmt::format("session {:09}", pairs.rows++));
  }

 private:
  Dataset& to_;
};

}  // namespace

Dataset sessions_as_users(const Dataset& dataset) {
  Dataset sessions;
  sessions.item_ids = dataset.item_ids;
  sessions.data.item_tags = dataset.data.item_tags;
  sessions.data.tag_names = dataset.data.tag_names;
  sessions.data.item_artists = dataset.data.item_artists;
  sessions.data.item_sounds = dataset.data.item_sounds;
  sessions.data.interactions.cols = dataset.data.items();
  Rows rows(sessions);
  const math::CsrView pairs = dataset.data.interactions.view();
  std::size_t at = 0;
  for (std::int32_t user = 0; user < pairs.rows; ++user) {
    const auto liked = pairs.row_columns(user);
    std::vector<TimedListen> listens;
    for (; at < dataset.listens.size() && dataset.listens[at].user == user; ++at) {
      if (std::binary_search(liked.begin(), liked.end(), dataset.listens[at].item))
        listens.push_back(dataset.listens[at]);
    }
    std::stable_sort(listens.begin(), listens.end(),
                     [](const TimedListen& a, const TimedListen& b) { return a.time < b.time; });
    std::map<std::int32_t, Heard> session;
    std::vector<std::int32_t> timed;
    for (std::size_t i = 0; i < listens.size(); ++i) {
      if (i > 0 && (listens[i].time - listens[i - 1].time > kSessionGap || session.size() >= kMostSessionItems)) {
        rows.close(session);
        session.clear();
      }
      Heard& heard = session[listens[i].item];
      heard.plays += 1;
      heard.last = listens[i].time;
      timed.push_back(listens[i].item);
    }
    rows.close(session);
    std::sort(timed.begin(), timed.end());
    std::map<std::int32_t, Heard> untimed;
    for (std::size_t i = 0; i < liked.size(); ++i) {
      if (!std::binary_search(timed.begin(), timed.end(), liked[i])) untimed[liked[i]] = {pairs.row_values(user)[i], 0};
    }
    rows.close(untimed);
  }
  if (dataset.listens.empty()) sessions.data.times.clear();
  sessions.first_times = sessions.data.times;
  return sessions;
}

}  // namespace mla::training
