#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "foundation/store/database.h"

namespace mla::store {

// A database that can be away, as a server that was stopped is: then it lends no connection.
class DatabaseAway final : public Database {
 public:
  explicit DatabaseAway(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  base::Result<Lease> acquire() override {
    if (away) return base::Error{base::ErrorCode::kBusy, "the database cannot be reached"};
    return database_->acquire();
  }

  std::atomic<bool> away = false;

 private:
  std::unique_ptr<Database> database_;
};

}  // namespace mla::store
