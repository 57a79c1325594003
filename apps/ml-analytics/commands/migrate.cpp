#include <algorithm>
#include <filesystem>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/json.h"
#include "foundation/base/log.h"
#include "foundation/store/copy.h"
#include "foundation/store/tables.h"
#include "front/http/server.h"
#include "knowledge/catalog/catalog.h"
#include "operations/jobs/job_queue.h"
#include "operations/pipelines/archive/analyses.h"
#include "operations/pipelines/library/library_files.h"
#include "serving/experiments/experiments.h"
#include "serving/recommend/exposures.h"

namespace mla::apps {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr double kSilence = 3600;  // seconds: nobody waits for an answer, and a large table takes its time

// The tables of every room that has some.
Status make_tables(store::Database& database) {
  MLA_CHECK(catalog::Catalog::open(database));
  MLA_CHECK(recommend::Exposures::open(database));
  MLA_CHECK(experiments::Experiments::open(database));
  MLA_CHECK(jobs::JobQueue::open(database, base::SystemClock(), {}));
  MLA_CHECK(pipelines::LibraryFiles::open(database));
  MLA_CHECK(pipelines::Analyses::open(database));
  MLA_CHECK(security::Security::make_tables(database));
  return http::Server::make_tables(database);
}

// A mistyped name must not make an empty database of which nothing is copied.
Result<std::unique_ptr<store::Database>> open_source(const std::string& url) {
  const Error nothing{ErrorCode::kNotFound, fmt::format("there is nothing to copy in '{}': no such file, or no tables "
                                                        "of ml-analytics in it",
                                                        config::mask_password(url))};
  MLA_ASSIGN(const config::DatabaseAddress address, config::parse_database_url(url));
  const bool file = address.engine == config::DatabaseAddress::Engine::kSqlite;
  if (file && !std::filesystem::exists(address.location)) return nothing;
  MLA_ASSIGN(std::unique_ptr<store::Database> database, open_database(url, kSilence));
  {
    MLA_ASSIGN(const store::Lease lease, database->acquire());
    MLA_ASSIGN(const std::vector<store::Table> found, store::tables(*lease));
    if (std::ranges::find(found, "schema_migrations", &store::Table::name) == found.end()) return nothing;
  }
  MLA_CHECK(make_tables(*database));
  return database;
}

// Looked at before it is touched: tables of somebody else's, or rows of ours, stay as they are.
Result<std::unique_ptr<store::Database>> open_target(const std::string& url, store::Database& fresh, base::Work& work) {
  MLA_ASSIGN(std::unique_ptr<store::Database> database, open_database(url, kSilence));
  {
    MLA_ASSIGN(const store::Lease target, database->acquire());
    MLA_ASSIGN(const store::Lease pristine, fresh.acquire());
    MLA_CHECK(store::check_empty(*target, *pristine, work));
  }
  MLA_CHECK(make_tables(*database));
  return database;
}

Result<std::vector<store::TableSum>> migrate(const MigrateOptions& options) {
  if (options.from == options.to) {
    return Error{ErrorCode::kInvalidArgument, "--from and --to name the same database"};
  }
  base::ThreadPool pool(1);
  const std::unique_ptr<base::Progress> progress = base::make_terminal_progress();
  base::Work work{pool, *progress, stop_flag()};
  MLA_ASSIGN(const std::unique_ptr<store::Database> fresh, open_database("sqlite:///:memory:", kSilence));
  MLA_CHECK(make_tables(*fresh));
  MLA_ASSIGN(const std::unique_ptr<store::Database> from, open_source(options.from));
  MLA_ASSIGN(const std::unique_ptr<store::Database> to, open_target(options.to, *fresh, work));
  return store::copy_database(*from, *to, *fresh, work);
}

}  // namespace

int run(const MigrateOptions& options) {
  base::log::set_level(base::log::Level::kWarning);
  const auto copied = migrate(options);
  if (!copied.ok()) return refuse_or_fail(copied.error());
  for (const store::TableSum& one : *copied) {
    const std::string sum = fmt::format("{:016x}{:016x}", one.high, one.low);
    if (options.json) {
      fmt::print("{}\n",
                 base::to_json_text(boost::json::object{{"table", one.table}, {"rows", one.rows}, {"sum", sum}}));
    } else {
      fmt::print("{:<22} {:>12} rows  {}\n", one.table, one.rows, sum);
    }
  }
  return kDone;
}

}  // namespace mla::apps
