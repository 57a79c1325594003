#include <utility>

#include "foundation/store/database.h"

namespace mla::store {

base::Result<Transaction> Transaction::start(Connection& connection) {
  MLA_CHECK(connection.begin());
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  if (connection_ != nullptr) connection_->rollback();
}

base::Status Transaction::commit() {
  Connection* connection = std::exchange(connection_, nullptr);
  if (connection == nullptr) return base::Error{base::ErrorCode::kInternal, "commit of a finished transaction"};
  base::Status status = connection->commit();
  if (!status.ok()) connection->rollback();
  return status;
}

base::Result<Snapshot> Snapshot::start(Connection& connection) {
  MLA_CHECK(connection.begin_read());
  return Snapshot(connection);
}

Snapshot::Snapshot(Snapshot&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}

Snapshot::~Snapshot() {
  if (connection_ != nullptr) connection_->rollback();
}

}  // namespace mla::store
