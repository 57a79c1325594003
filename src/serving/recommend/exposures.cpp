#include "serving/recommend/exposures.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <xxhash.h>

#include "foundation/base/log.h"
#include "foundation/store/migrations.h"

namespace mla::recommend {
namespace {

constexpr std::size_t kListenersKept = 4096;  // in memory; of 300 items each 50 MB
constexpr std::size_t kMostKept = 512;        // items of one listener: a longer list is read each time

constexpr store::Migration kMigrations[] = {
    {1, "what listeners were shown", R"sql(
CREATE TABLE exposures (
  "user" TEXT NOT NULL,
  day    INTEGER NOT NULL,
  item   TEXT NOT NULL,
  PRIMARY KEY ("user", day, item)
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

Exposures::Exposures(store::Database& database) : database_(&database), before_(kListenersKept) {}

Exposures::~Exposures() {
  if (const base::Status status = flush(); !status.ok())
    base::log::warning("recommend", "what was shown is not remembered", {{"reason", status.error().message}});
}

base::Result<std::vector<Shown>> Exposures::before(const base::UserId& user, std::int64_t day) {
  {
    std::shared_ptr<const std::vector<Shown>> known;
    const std::lock_guard lock(mutex_);
    if (const Remembered* found = before_.find(user); found && found->day == day) known = found->shown;
    if (known) return *known;
  }
  MLA_ASSIGN(std::vector<Shown> shown, read(user, day));
  if (shown.size() <= kMostKept) {
    const std::lock_guard lock(mutex_);
    before_.put(user, {day, std::make_shared<const std::vector<Shown>>(shown)});
  }
  return shown;
}

base::Result<std::vector<Shown>> Exposures::read(const base::UserId& user, std::int64_t day) {
  std::map<base::ItemId, std::int64_t> latest;
  const auto see = [&](base::ItemId item, std::int64_t on) {
    std::int64_t& known = latest.try_emplace(std::move(item), on).first->second;
    known = std::max(known, on);
  };
  noted_.see([&](const Rows& rows) {
    const auto of_user = rows.find(user);
    if (of_user == rows.end()) return;
    for (const auto& [on, item] : of_user->second) {
      if (on < day && on >= day - kDaysKept) see(item, on);
    }
  });
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Statement * some,
             connection->prepare(
                 "SELECT item, MAX(day) FROM exposures WHERE \"user\" = ? AND day < ? AND day >= ? GROUP BY item"));
  some->bind(1, user.str());
  some->bind(2, day);
  some->bind(3, day - kDaysKept);
  for (;;) {
    MLA_ASSIGN(const bool more, some->step());
    if (!more) break;
    see(base::ItemId(some->text(0)), some->integer(1));
  }
  std::vector<Shown> shown;
  for (const auto& [item, on] : latest)
    shown.push_back({item, std::exp2(-(static_cast<double>(day - on) - 1) / kHalfLifeDays)});
  return shown;
}

void Exposures::note(const base::UserId& user, std::int64_t day, std::span<const Recommendation> shown) {
  noted_.note([&](auto notes) {
    for (const Recommendation& one : shown) {
      if (notes.is_new(hash_of(user, day, one.track_id))) notes.rows()[user].push_back({day, one.track_id});
    }
  });
  const std::lock_guard lock(mutex_);
  if (const Remembered* known = before_.find(user); known && known->day > day)
    before_.erase(user);  // the clock was set
}

base::Status Exposures::flush() {
  return noted_.flush([this](const Rows& rows) { return write(rows); });
}

base::Result<std::vector<Exposures::Showing>> Exposures::of(const base::UserId& user) {
  MLA_CHECK(flush());
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Statement * all,
             connection->prepare("SELECT day, item FROM exposures WHERE \"user\" = ? ORDER BY day, item"));
  all->bind(1, user.str());
  std::vector<Showing> showings;
  for (;;) {
    MLA_ASSIGN(const bool more, all->step());
    if (!more) return showings;
    showings.push_back({all->integer(0), base::ItemId(all->text(1))});
  }
}

base::Result<bool> Exposures::erase(const base::UserId& user) {
  std::size_t waited = 0;
  const auto from_database = [&]() -> base::Result<std::int64_t> {
    MLA_ASSIGN(const store::Lease connection, database_->acquire());
    MLA_ASSIGN(store::Statement * forget, connection->prepare("DELETE FROM exposures WHERE \"user\" = ?"));
    forget->bind(1, user.str());
    MLA_CHECK(forget->step());
    return connection->changes();
  };
  MLA_ASSIGN(const std::int64_t rows,
             noted_.take_back([&](Rows& waiting) { waited += waiting.erase(user); }, from_database));
  const std::lock_guard lock(mutex_);
  before_.erase(user);
  return waited > 0 || rows > 0;
}

base::Status Exposures::write(const Rows& rows) {
  std::int64_t newest = 0;
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  for (const auto& [user, shown] : rows) {
    for (const auto& [day, item] : shown) {
      MLA_ASSIGN(
          store::Statement * insert,
          connection->prepare("INSERT INTO exposures (\"user\", day, item) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"));
      insert->bind(1, user.str());
      insert->bind(2, day);
      insert->bind(3, item.str());
      MLA_CHECK(insert->step());
      newest = std::max(newest, day);
    }
  }
  MLA_ASSIGN(store::Statement * forget, connection->prepare("DELETE FROM exposures WHERE day < ?"));
  forget->bind(1, newest - kDaysKept);
  MLA_CHECK(forget->step());
  return transaction.commit();
}

}  // namespace mla::recommend
