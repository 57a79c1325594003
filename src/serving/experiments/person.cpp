#include <fmt/format.h>

#include "serving/experiments/experiments.h"

// The part of Experiments that is about one person: what is kept of them, and how it is forgotten.
namespace mla::experiments {

using base::Result;
using store::Statement;

Result<std::vector<Experiments::Participation>> Experiments::of(const base::UserId& user) {
  MLA_CHECK(flush());
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  std::vector<Participation> all;
  std::unordered_map<std::int64_t, std::size_t> places;  // of an experiment in `all`
  MLA_ASSIGN(Statement * listeners,
             connection->prepare("SELECT e.number, e.name, l.treated, l.milliseconds, l.failed FROM "
                                 "experiment_listeners l JOIN experiments e ON e.number = l.experiment "
                                 "WHERE l.user = ? ORDER BY e.number"));
  listeners->bind(1, user.str());
  for (;;) {
    MLA_ASSIGN(const bool more, listeners->step());
    if (!more) break;
    places.emplace(listeners->integer(0), all.size());
    all.push_back({std::string(listeners->text(1)),
                   listeners->integer(2) != 0 ? Arm::kTreatment : Arm::kControl,
                   listeners->real(3),
                   listeners->integer(4) != 0,
                   {}});
  }
  MLA_ASSIGN(Statement * items, connection->prepare("SELECT experiment, item, time FROM experiment_items "
                                                    "WHERE \"user\" = ? ORDER BY experiment, time, item"));
  items->bind(1, user.str());
  for (;;) {
    MLA_ASSIGN(const bool more, items->step());
    if (!more) return all;
    if (const auto place = places.find(items->integer(0)); place != places.end())
      all[place->second].shown.emplace_back(base::ItemId(items->text(1)), items->integer(2));
  }
}

Result<bool> Experiments::erase(const base::UserId& user) {
  std::size_t waited = 0;
  const auto from_waiting = [&](Rows& waiting) {
    waited += std::erase_if(waiting, [&](const auto& row) { return row.second.first.user == user; });
  };
  const auto from_database = [&]() -> Result<std::int64_t> {
    MLA_ASSIGN(const store::Lease connection, database_->acquire());
    MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
    std::int64_t rows = 0;
    for (const std::string_view table : {"experiment_listeners", "experiment_items"}) {
      MLA_ASSIGN(Statement * forget, connection->prepare(fmt::format("DELETE FROM {} WHERE \"user\" = ?", table)));
      forget->bind(1, user.str());
      MLA_CHECK(forget->step());
      rows += connection->changes();
    }
    MLA_CHECK(transaction.commit());
    return rows;
  };
  MLA_ASSIGN(const std::int64_t rows, noted_.take_back(from_waiting, from_database));
  return waited > 0 || rows > 0;
}

}  // namespace mla::experiments
