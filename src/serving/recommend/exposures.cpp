#include "serving/recommend/exposures.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <xxhash.h>

#include "foundation/base/log.h"
#include "foundation/store/migrations.h"

namespace mla::recommend {
namespace {

constexpr std::size_t kMostNoted = 1 << 20;  // hashes, 8 MB and their table; then the set begins anew

constexpr store::Migration kMigrations[] = {
    {1, "what listeners were shown", R"sql(
CREATE TABLE exposures (
  user TEXT NOT NULL,
  day  INTEGER NOT NULL,
  item TEXT NOT NULL,
  PRIMARY KEY (user, day, item)
) WITHOUT ROWID;
CREATE INDEX exposures_day ON exposures (day);
)sql"},
};

std::uint64_t hash_of(const base::UserId& user, std::int64_t day, const base::ItemId& item) {
  const std::string key = fmt::format("{}\n{}\n{}\n{}", user.str().size(), user.str(), day, item.str());
  return XXH3_64bits(key.data(), key.size());
}

}  // namespace

base::Result<std::unique_ptr<Exposures>> Exposures::open(store::Database& database) {
  MLA_ASSIGN(const store::Lease connection, database.acquire());
  MLA_CHECK(store::migrate(*connection, "recommend", kMigrations));
  return std::unique_ptr<Exposures>(new Exposures(database));
}

Exposures::~Exposures() {
  if (const base::Status status = flush(); !status.ok())
    base::log::warning("recommend", "what was shown is not remembered", {{"reason", status.error().message}});
}

base::Result<std::vector<Shown>> Exposures::before(const base::UserId& user, std::int64_t day) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(
      store::Statement * some,
      connection->prepare("SELECT item, MAX(day) FROM exposures WHERE user = ? AND day < ? AND day >= ? GROUP BY "
                          "item ORDER BY item"));
  some->bind(1, user.str());
  some->bind(2, day);
  some->bind(3, day - kDaysKept);
  std::vector<Shown> shown;
  for (;;) {
    MLA_ASSIGN(const bool more, some->step());
    if (!more) return shown;
    const auto age = static_cast<double>(day - some->integer(1));
    shown.push_back({base::ItemId(some->text(0)), std::exp2(-(age - 1) / kHalfLifeDays)});
  }
}

void Exposures::note(const base::UserId& user, std::int64_t day, std::span<const Recommendation> shown) {
  const std::lock_guard lock(mutex_);
  if (noted_.size() > kMostNoted) noted_.clear();
  for (const Recommendation& one : shown) {
    if (noted_.insert(hash_of(user, day, one.track_id)).second) waiting_.push_back({user, day, one.track_id});
  }
}

base::Status Exposures::flush() {
  std::vector<Row> rows;
  {
    const std::lock_guard lock(mutex_);
    rows = std::exchange(waiting_, {});
  }
  if (rows.empty()) return {};
  std::int64_t newest = 0;
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  for (const Row& row : rows) {
    MLA_ASSIGN(store::Statement * insert,
               connection->prepare("INSERT INTO exposures (user, day, item) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"));
    insert->bind(1, row.user.str());
    insert->bind(2, row.day);
    insert->bind(3, row.item.str());
    MLA_CHECK(insert->step());
    newest = std::max(newest, row.day);
  }
  MLA_ASSIGN(store::Statement * forget, connection->prepare("DELETE FROM exposures WHERE day < ?"));
  forget->bind(1, newest - kDaysKept);
  MLA_CHECK(forget->step());
  return transaction.commit();
}

}  // namespace mla::recommend
