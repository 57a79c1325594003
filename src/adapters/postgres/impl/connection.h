#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "adapters/postgres/impl/session.h"
#include "adapters/postgres/impl/statement.h"
#include "foundation/store/connection_pool.h"

namespace mla::postgres {

class PostgresConnection final : public store::PooledConnection {
 public:
  static base::Result<std::unique_ptr<PostgresConnection>> open(const std::string& url, const std::string& name,
                                                                const Options& options);

  store::Dialect dialect() const override { return store::Dialect::kPostgresql; }
  base::Result<store::Statement*> prepare(std::string_view sql) override;
  base::Status execute(std::string_view sql) override;
  std::int64_t changes() const override { return changes_; }
  base::Result<std::unique_ptr<store::BulkInsert>> bulk_insert(std::string_view table,
                                                               std::span<const std::string_view> columns) override;
  base::Status begin() override;
  base::Status begin_read() override;
  base::Status commit() override;
  void rollback() noexcept override;
  Condition clean() noexcept override;
  bool alive() noexcept override { return session_->alive(); }

  // For its statements.
  Session& session() { return *session_; }
  // `send` puts the query of `statement` on the wire, whose rows then come one by one.
  base::Status put_on_wire(PreparedStatement& statement, const std::function<int(PGconn*)>& send);
  void leave_wire() { on_wire_ = nullptr; }
  void note_changes(const PGresult* result);

 private:
  explicit PostgresConnection(std::unique_ptr<Session> session) : session_(std::move(session)) {}
  void free_wire();
  base::Result<ResultHandle> run(const std::string& sql);

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unique_ptr<Session> session_;
  std::unordered_map<std::string, std::unique_ptr<PreparedStatement>, Hash, std::equal_to<>> statements_;
  PreparedStatement* on_wire_ = nullptr;
  std::int64_t changes_ = 0;
  int names_ = 0;  // of statements that the server was asked to prepare
};

}  // namespace mla::postgres
