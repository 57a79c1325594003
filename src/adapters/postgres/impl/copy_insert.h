#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/postgres/impl/session.h"
#include "adapters/postgres/impl/values.h"
#include "foundation/store/database.h"

namespace mla::postgres {

// Rows through COPY in its binary format into a temporary table of the connection, and from there by one INSERT that
// leaves out what collides, which COPY itself cannot.
class CopyInsert final : public store::BulkInsert {
 public:
  // REQUIRES: `session` outlives it and is within a transaction.
  static base::Result<std::unique_ptr<store::BulkInsert>> start(Session& session, std::string_view table,
                                                                std::span<const std::string_view> columns);
  ~CopyInsert() override;
  CopyInsert(const CopyInsert&) = delete;
  CopyInsert& operator=(const CopyInsert&) = delete;

  void add_null() override;
  void add(std::int64_t value) override;
  void add(double value) override;
  void add(std::string_view text) override;
  void add(std::span<const std::byte> blob) override;
  base::Status end_row() override;
  base::Result<std::int64_t> finish() override;

 private:
  CopyInsert(Session& session, std::string insert, std::vector<Oid> types);
  void add_field(std::string_view bytes);
  // The type of the next column, if a value of `type` fits it as it is.
  bool next_is(Type type) const;
  void refuse(std::string_view what);

  Session& session_;
  const std::string insert_;  // from the temporary table
  const std::vector<Oid> types_;
  std::size_t column_ = 0;
  std::string bytes_;
  std::string misfit_;  // what was added to a column of another type
  bool copying_ = true;
};

}  // namespace mla::postgres
