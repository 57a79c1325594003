#include "adapters/postgres/postgres.h"

#include <chrono>

#include <fmt/format.h>

#include "adapters/postgres/impl/connection.h"
#include "foundation/config/load.h"
#include "foundation/store/connection_pool.h"

namespace mla::postgres {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

// "host:port/name" of a URL, with nothing secret in it.
base::Result<std::string> name_of(const std::string& url) {
  char* said = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(url.c_str(), &said));
  const std::unique_ptr<char, decltype(&PQfreemem)> message(said, &PQfreemem);
  if (options == nullptr || !url.starts_with("postgresql://")) {
    // libpq may quote the whole URL in what it says, so that is not passed on.
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("'{}' is no URL of a PostgreSQL database: write "
                                   "postgresql://user:password@host:port/name, special characters as %40",
                                   config::mask_password(url))};
  }
  std::string host;
  std::string port;
  std::string name;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    const std::string_view keyword = option->keyword;
    const char* value = option->val == nullptr ? "" : option->val;
    if (keyword == "host") host = value;
    if (keyword == "port") port = value;
    if (keyword == "dbname") name = value;
  }
  return fmt::format("{}{}{}/{}", host, port.empty() ? "" : ":", port, name);
}

class PostgresDatabase final : public store::Database {
 public:
  explicit PostgresDatabase(std::shared_ptr<store::ConnectionPool> pool) : pool_(std::move(pool)) {}
  base::Result<store::Lease> acquire() override { return pool_->acquire(); }

 private:
  std::shared_ptr<store::ConnectionPool> pool_;
};

}  // namespace

base::Result<std::unique_ptr<store::Database>> open(const std::string& url, const Options& options) {
  MLA_ASSIGN(const std::string name, name_of(url));
  const auto pool = std::make_shared<store::ConnectionPool>(
      name,
      store::PoolOptions{.max_connections = options.max_connections,
                         .patience = std::chrono::milliseconds(options.busy_timeout_ms),
                         .pause = std::chrono::milliseconds(options.retry_pause_ms)},
      [url, name, options]() -> base::Result<std::unique_ptr<store::PooledConnection>> {
        MLA_ASSIGN(std::unique_ptr<PostgresConnection> opened, PostgresConnection::open(url, name, options));
        return std::unique_ptr<store::PooledConnection>(std::move(opened));
      });
  MLA_ASSIGN(const store::Lease first, pool->acquire());  // proves that it can be reached
  return std::unique_ptr<store::Database>(std::make_unique<PostgresDatabase>(pool));
}

}  // namespace mla::postgres
