#include "serving/experiments/experiments.h"

#include <algorithm>

#include <fmt/format.h>
#include <xxhash.h>

#include "foundation/store/migrations.h"

namespace mla::experiments {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using store::Statement;

constexpr std::size_t kMostName = 64;

constexpr store::Migration kMigrations[] = {
    {1, "experiments", R"sql(
CREATE TABLE experiments (
  number    INTEGER PRIMARY KEY,
  name      TEXT NOT NULL UNIQUE,
  model     TEXT NOT NULL,
  control   TEXT NOT NULL,
  treatment TEXT NOT NULL,
  treated   INTEGER NOT NULL,
  canary    INTEGER NOT NULL,
  listeners INTEGER NOT NULL,
  hours     INTEGER NOT NULL,
  state     TEXT NOT NULL,
  reason    TEXT NOT NULL DEFAULT '',
  started   INTEGER NOT NULL,
  ended     INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX experiments_running ON experiments (model) WHERE state = 'running';
CREATE TABLE experiment_listeners (
  number       INTEGER PRIMARY KEY,
  experiment   INTEGER NOT NULL,
  "user"       TEXT NOT NULL,
  treated      INTEGER NOT NULL,
  milliseconds REAL NOT NULL,
  failed       INTEGER NOT NULL,
  outcome      INTEGER NOT NULL DEFAULT 0,
  skipped      INTEGER NOT NULL DEFAULT 0,
  UNIQUE (experiment, "user")
);
CREATE INDEX experiment_listeners_outcome ON experiment_listeners (experiment, outcome, number);
CREATE TABLE experiment_items (
  experiment INTEGER NOT NULL,
  "user"     TEXT NOT NULL,
  item       TEXT NOT NULL,
  time       INTEGER NOT NULL,
  PRIMARY KEY (experiment, "user", item)
) WITHOUT ROWID;
)sql"},
};

State parse_state(std::string_view text) {
  for (const State state : {State::kRunning, State::kPromoted, State::kRolledBack}) {
    if (text == to_string(state)) return state;
  }
  return State::kStopped;
}

bool is_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= kMostName && std::all_of(name.begin(), name.end(), fits);
}

Status check(const Plan& plan) {
  const auto off = [](std::string text) { return Error{ErrorCode::kInvalidArgument, std::move(text)}; };
  if (!is_name(plan.name)) {
    return off(fmt::format("'{}' is no name of an experiment: 1 to {} of a-z A-Z 0-9 . _ -", plan.name, kMostName));
  }
  if (plan.treated < 1 || plan.treated >= kBuckets) {
    return off(fmt::format("a share of {} % is not between 0.01 and 99.99 %", 100.0 * plan.treated / kBuckets));
  }
  if (plan.control == plan.treatment) return off(fmt::format("{} is what is served already", plan.treatment));
  if (plan.canary && (plan.listeners < 1 || plan.hours < 0))
    return off(fmt::format("a canary of {} listeners and {} hours", plan.listeners, plan.hours));
  return {};
}

std::string key_of(std::int64_t experiment, const base::UserId& user) {
  return fmt::format("{}\n{}", experiment, user.str());
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::kRunning:
      return "running";
    case State::kStopped:
      return "stopped";
    case State::kPromoted:
      return "promoted";
    case State::kRolledBack:
      return "rolled back";
  }
  return "";
}

Result<std::unique_ptr<Experiments>> Experiments::open(store::Database& database) {
  MLA_ASSIGN(const store::Lease connection, database.acquire());
  MLA_CHECK(store::migrate(*connection, "experiments", kMigrations));
  return std::unique_ptr<Experiments>(new Experiments(database));
}

Result<Experiment> Experiments::start(const Plan& plan, base::UnixMillis now) {
  MLA_CHECK(check(plan));
  {
    MLA_ASSIGN(const store::Lease connection, database_->acquire());
    MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
    MLA_ASSIGN(Statement * there, connection->prepare("SELECT name FROM experiments WHERE name = ? OR (model = ? AND "
                                                      "state = 'running') ORDER BY name <> ?"));
    there->bind(1, plan.name);
    there->bind(2, plan.model);
    there->bind(3, plan.name);
    MLA_ASSIGN(const bool taken, there->step());
    if (taken) {
      const std::string name(there->text(0));
      there->reset();
      return Error{ErrorCode::kInvalidArgument,
                   name == plan.name
                       ? fmt::format("there was an experiment '{}' already: its name would give everybody the same "
                                     "side again; choose another",
                                     name)
                       : fmt::format("'{}' runs on model '{}'; one at a time: ml-analytics experiments stop {}", name,
                                     plan.model, name)};
    }
    MLA_ASSIGN(Statement * insert,
               connection->prepare("INSERT INTO experiments (name, model, control, treatment, treated, canary, "
                                   "listeners, hours, state, started) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running', ?)"));
    insert->bind(1, plan.name);
    insert->bind(2, plan.model);
    insert->bind(3, plan.control);
    insert->bind(4, plan.treatment);
    insert->bind(5, static_cast<std::int64_t>(plan.treated));
    insert->bind(6, static_cast<std::int64_t>(plan.canary));
    insert->bind(7, static_cast<std::int64_t>(plan.listeners));
    insert->bind(8, static_cast<std::int64_t>(plan.hours));
    insert->bind(9, now);
    MLA_CHECK(insert->step());
    MLA_CHECK(transaction.commit());
  }
  return find(plan.name);
}

Result<std::vector<Experiment>> Experiments::read(std::string_view condition, std::string_view value) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * query,
             connection->prepare(fmt::format("SELECT number, name, model, control, treatment, treated, canary, "
                                             "listeners, hours, state, reason, started, ended FROM experiments "
                                             "WHERE {} ORDER BY number DESC",
                                             condition)));
  if (!value.empty()) query->bind(1, value);
  std::vector<Experiment> all;
  for (;;) {
    MLA_ASSIGN(const bool more, query->step());
    if (!more) return all;
    const auto text = [&](int column) { return std::string(query->text(column)); };
    const auto number = [&](int column) { return static_cast<int>(query->integer(column)); };
    all.push_back({.number = query->integer(0),
                   .plan = {.name = text(1),
                            .model = text(2),
                            .control = text(3),
                            .treatment = text(4),
                            .treated = number(5),
                            .canary = number(6) != 0,
                            .listeners = number(7),
                            .hours = number(8)},
                   .state = parse_state(query->text(9)),
                   .reason = text(10),
                   .started = query->integer(11),
                   .ended = query->integer(12)});
  }
}

Result<std::vector<Experiment>> Experiments::list() const { return read("1 = 1", ""); }

Result<Experiment> Experiments::find(std::string_view name) const {
  if (!name.empty()) {
    MLA_ASSIGN(std::vector<Experiment> found, read("name = ?", name));
    if (!found.empty()) return std::move(found.front());
  }
  return Error{ErrorCode::kNotFound,
               fmt::format("there is no experiment '{}'; see ml-analytics experiments list", name)};
}

Result<bool> Experiments::end(const Experiment& experiment, State state, std::string_view reason,
                              base::UnixMillis now) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * update, connection->prepare("UPDATE experiments SET state = ?, reason = ?, ended = ? WHERE "
                                                     "number = ? AND state = 'running'"));
  update->bind(1, to_string(state));
  update->bind(2, reason);
  update->bind(3, now);
  update->bind(4, experiment.number);
  MLA_CHECK(update->step());
  return connection->changes() > 0;
}

std::shared_ptr<const std::vector<Experiment>> Experiments::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

Result<std::shared_ptr<const std::vector<Experiment>>> Experiments::look() {
  MLA_ASSIGN(std::vector<Experiment> now, read("state = 'running'", ""));
  auto running = std::make_shared<const std::vector<Experiment>>(std::move(now));
  const std::lock_guard lock(mutex_);
  running_ = running;
  return running;
}

void Experiments::note(const Experiment& experiment, const Answered& answered) {
  const std::string key = key_of(experiment.number, answered.user);
  const auto hash_of = [&](std::string_view item) {
    const std::string text = fmt::format("{}\n{}\n{}", answered.user.str().size(), key, item);
    return XXH3_64bits(text.data(), text.size());
  };
  noted_.note([&](auto notes) {
    Waiting* waiting = nullptr;
    const auto make = [&]() -> Waiting& {
      if (waiting != nullptr) return *waiting;
      const auto [place, is_new] = notes.rows().try_emplace(key);
      waiting = &place->second;
      if (is_new) {
        waiting->experiment = experiment.number;
        waiting->first = answered;
        waiting->first.items.clear();
      }
      return *waiting;
    };
    if (notes.is_new(hash_of(""))) make();
    for (const base::ItemId& item : answered.items) {
      if (!notes.is_new(hash_of(item.str()))) continue;
      if (make().times.size() >= kMostItems) break;
      make().first.items.push_back(item);
      make().times.push_back(answered.time);
    }
  });
}

Status Experiments::flush() {
  return noted_.flush([this](const Rows& rows) { return write(rows); });
}

Status Experiments::write(const Rows& rows) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  const auto count = [&](std::string_view table, std::int64_t experiment,
                         const std::string* user) -> Result<std::int64_t> {
    MLA_ASSIGN(Statement * query, connection->prepare(fmt::format("SELECT COUNT(*) FROM {} WHERE experiment = ?{}",
                                                                  table, user != nullptr ? " AND \"user\" = ?" : "")));
    query->bind(1, experiment);
    if (user != nullptr) query->bind(2, *user);
    MLA_CHECK(query->step());
    const std::int64_t found = query->integer(0);
    query->reset();
    return found;
  };
  std::unordered_map<std::int64_t, std::int64_t> taken;  // listeners by experiment
  for (const auto& [key, row] : rows) {
    const std::string& user = row.first.user.str();
    if (!taken.contains(row.experiment)) {
      MLA_ASSIGN(taken[row.experiment], count("experiment_listeners", row.experiment, nullptr));
    }
    MLA_ASSIGN(const std::int64_t known, count("experiment_listeners", row.experiment, &user));
    if (known == 0) {
      if (taken[row.experiment] >= kMostListeners) continue;
      ++taken[row.experiment];
      MLA_ASSIGN(Statement * insert,
                 connection->prepare("INSERT INTO experiment_listeners (experiment, \"user\", treated, "
                                     "milliseconds, failed) VALUES (?, ?, ?, ?, ?)"));
      insert->bind(1, row.experiment);
      insert->bind(2, user);
      insert->bind(3, static_cast<std::int64_t>(row.first.arm == Arm::kTreatment));
      insert->bind(4, row.first.milliseconds);
      insert->bind(5, static_cast<std::int64_t>(row.first.failed));
      MLA_CHECK(insert->step());
    }
    MLA_ASSIGN(std::int64_t items, count("experiment_items", row.experiment, &user));
    for (std::size_t i = 0; i < row.times.size() && items < static_cast<std::int64_t>(kMostItems); ++i) {
      MLA_ASSIGN(
          Statement * insert,
          connection->prepare("INSERT INTO experiment_items (experiment, \"user\", item, time) VALUES (?, ?, ?, ?) "
                              "ON CONFLICT DO NOTHING"));
      insert->bind(1, row.experiment);
      insert->bind(2, user);
      insert->bind(3, row.first.items[i].str());
      insert->bind(4, row.times[i]);
      MLA_CHECK(insert->step());
      items += connection->changes();
    }
  }
  return transaction.commit();
}

Result<std::vector<Listener>> Experiments::listeners(const Experiment& experiment, std::int64_t after, int limit,
                                                     bool without_outcome) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  std::vector<Listener> all;
  {
    MLA_ASSIGN(Statement * query,
               connection->prepare(fmt::format("SELECT number, \"user\", treated FROM experiment_listeners WHERE "
                                               "experiment = ? AND number > ?{} ORDER BY number LIMIT ?",
                                               without_outcome ? " AND outcome = 0" : "")));
    query->bind(1, experiment.number);
    query->bind(2, after);
    query->bind(3, static_cast<std::int64_t>(limit));
    for (;;) {
      MLA_ASSIGN(const bool more, query->step());
      if (!more) break;
      all.push_back({query->integer(0),
                     base::UserId(query->text(1)),
                     query->integer(2) != 0 ? Arm::kTreatment : Arm::kControl,
                     {}});
    }
  }
  for (Listener& one : all) {
    MLA_ASSIGN(Statement * query,
               connection->prepare("SELECT item, time FROM experiment_items WHERE experiment = ? AND \"user\" = ?"));
    query->bind(1, experiment.number);
    query->bind(2, one.user.str());
    for (;;) {
      MLA_ASSIGN(const bool more, query->step());
      if (!more) break;
      one.shown.emplace(base::ItemId(query->text(0)), query->integer(1));
    }
  }
  return all;
}

Status Experiments::put_outcomes(const Experiment& experiment, std::span<const std::pair<std::int64_t, bool>> skipped) {
  if (skipped.empty()) return {};
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  for (const auto& [number, was_skipped] : skipped) {
    MLA_ASSIGN(Statement * update,
               connection->prepare("UPDATE experiment_listeners SET skipped = ?, outcome = 1 + (SELECT MAX(outcome) "
                                   "FROM experiment_listeners WHERE experiment = ?) WHERE number = ? AND outcome = 0"));
    update->bind(1, static_cast<std::int64_t>(was_skipped));
    update->bind(2, experiment.number);
    update->bind(3, number);
    MLA_CHECK(update->step());
  }
  return transaction.commit();
}

Result<Observed> Experiments::observed(const Experiment& experiment) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(const store::Snapshot snapshot, store::Snapshot::start(*connection));
  Observed observed;
  const auto read = [&](std::string_view sql, Series& first, Series* second) -> Status {
    MLA_ASSIGN(Statement * query, connection->prepare(sql));
    query->bind(1, experiment.number);
    for (;;) {
      MLA_ASSIGN(const bool more, query->step());
      if (!more) return {};
      const bool treated = query->integer(0) != 0;
      (treated ? first.treatment : first.control).push_back(query->real(1));
      if (second != nullptr) (treated ? second->treatment : second->control).push_back(query->real(2));
    }
  };
  MLA_CHECK(
      read("SELECT treated, skipped FROM experiment_listeners WHERE experiment = ? AND outcome > 0 "
           "ORDER BY outcome",
           observed.skipped, nullptr));
  MLA_CHECK(read("SELECT treated, milliseconds, failed FROM experiment_listeners WHERE experiment = ? ORDER BY number",
                 observed.milliseconds, &observed.failed));
  return observed;
}

}  // namespace mla::experiments
