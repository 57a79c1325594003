#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "front/http/impl/router.h"
#include "front/http/message.h"

namespace mla::http {

// Answers to requests with an `Idempotency-Key`: sent again, also after a lost connection, a crash or to another server
// of the same database, it is done once and answered as before. Keys belong to their caller and route. Thread-safe.
//
// A key is claimed before the work begins. If the server dies in between, the claim is good for kClaimed; then the work
// may begin again, so that what it does must itself be safe to repeat (events are: their ids are hashes of what they
// say).
class Idempotency {
 public:
  static constexpr base::UnixMillis kKept = base::kMillisPerDay;
  static constexpr base::UnixMillis kClaimed = 60 * base::kMillisPerSecond;
  static constexpr std::size_t kMaxKey = 255;  // bytes of printable ASCII

  // Both must outlive this.
  Idempotency(store::Database& database, const base::Clock& clock) : database_(database), clock_(clock) {}

  // Brings the schema up to date; refuses a newer one. Call before the first request.
  base::Status prepare() const;

  // What `work` answers, or has answered; without a key, `work` alone. Only successes are kept: after an error the same
  // key may be used again. 422 for a key that was used for another body, 409 while the first request runs.
  Response once(const Call& call, std::string_view route, const std::function<Response()>& work) const;

 private:
  store::Database& database_;
  const base::Clock& clock_;
};

}  // namespace mla::http
