#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "knowledge/catalog/impl/event_identity.h"

// What writers leave for an archive (archive_queue.h), within their transaction.
namespace mla::catalog {

// Whether events are to be queued.
base::Result<bool> archive_follows(store::Connection& connection);

// Moves the catalogue's revision on, though nothing of it changed; returns the new one.
base::Result<std::int64_t> next_revision(store::Connection& connection);

// A stretch of a listener's history, from one event to another, both with it, by time and then by id.
struct Stretch {
  std::int64_t user = 0;  // key
  std::int64_t from_time = 0;
  Identity from_id{};
  std::int64_t to_time = 0;
  Identity to_id{};
};
// One for each user. REQUIRES: archive_follows().
base::Status queue_stretches(store::Connection& connection, std::int64_t revision, std::span<const Stretch> stretches);

// `number` tells erasures of one revision apart; it is below 0.
base::Status queue_erasure(store::Connection& connection, std::int64_t revision, std::int64_t number,
                           std::string_view listener);

// Takes back what waits of this user and queues the erasure, if an archive ever followed.
base::Status erase_from_archive(store::Connection& connection, std::int64_t user, std::string_view listener);

}  // namespace mla::catalog
