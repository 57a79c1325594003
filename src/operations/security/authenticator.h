#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "foundation/base/clock.h"
#include "foundation/base/id.h"
#include "foundation/base/recent_map.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "operations/security/jwt.h"
#include "operations/security/permission.h"
#include "operations/security/signing_keys.h"

namespace mla::security {

// Who a request turned out to come from.
struct Caller {
  std::string id;    // of the principal
  std::string name;  // empty: nobody in particular
  base::UserId listener;
  Permissions permissions;

  // True if that is allowed with the data of this listener; of nobody's data (an empty id) if it is allowed at all.
  bool may(Permission permission, const base::UserId& whose) const;
};

// Tells who shows a token or a key. What was found is believed for two seconds, so that the next request costs a hash
// and a look-up; a revocation, a new role or a removal, also by another process, is seen after that. While the database
// cannot be reached, it is believed for five minutes. Thread-safe.
class Authenticator {
 public:
  static constexpr base::UnixMillis kBelieved = 2000;
  // While the database cannot be reached. Nobody can revoke anything there either, but through another network.
  static constexpr base::UnixMillis kBelievedAway = 5 * 60 * base::kMillisPerSecond;
  static constexpr std::size_t kRemembered = 8192;  // tokens and keys

  // All must outlive this; the tables must be there (Security::open).
  Authenticator(store::Database& database, const base::Clock& clock, const SigningKeys& keys, TokenPolicy policy);

  // A signed access token or an API key. kPermission says what is wrong, in words for who sent it; other errors are
  // ours.
  base::Result<std::shared_ptr<const Caller>> authenticate(std::string_view credential);
  // Believes nothing any more: after a revocation by this process.
  void forget();

 private:
  struct Known {
    std::shared_ptr<const Caller> caller;
    base::UnixMillis checked = 0, expires = 0;
  };
  // What was found within `span`, if it has not expired.
  std::shared_ptr<const Caller> remembered(const std::string& place, base::UnixMillis now, base::UnixMillis span);
  base::Result<Known> look_up(std::string_view credential, base::UnixMillis now) const;
  std::string fingerprint(std::string_view credential) const;

  store::Database& database_;
  const base::Clock& clock_;
  const SigningKeys& keys_;
  const TokenPolicy policy_;
  const std::string fingerprint_key_;  // drawn anew in each process: nobody can aim at a place in the map
  std::mutex mutex_;
  base::RecentMap<std::string, Known> known_;  // by fingerprint; guarded by mutex_
};

}  // namespace mla::security
