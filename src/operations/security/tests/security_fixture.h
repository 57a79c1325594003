#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "foundation/base/clock.h"
#include "foundation/store/tests/fresh_database.h"
#include "operations/security/security.h"

namespace mla::security {

// A database in memory with its security; passwords are cheap.
class SecurityFixture : public testing::Test {
 protected:
  static constexpr base::UnixMillis kStart = 1'700'000'000'000;
  static constexpr const char* kPassword = "correct horse battery";
  static constexpr PasswordCost kCheap{1, 8192};

  Security& security() {
    if (security_ == nullptr) security_ = Security::open(settings_, *database_, clock_, kCheap).value();
    return *security_;
  }
  Principals& principals() { return security().principals(); }
  Tokens& tokens() { return security().tokens(); }
  Authenticator& authenticator() { return security().authenticator(); }

  Principal add(const std::string& name, Role role, const std::string& listener = "") {
    return principals().add({name, role, listener, kPassword}, actor_).value();
  }
  std::shared_ptr<const Caller> caller(const std::string& credential) {
    return authenticator().authenticate(credential).value();
  }
  // Why it is refused; "" if it is not.
  std::string refusal(const std::string& credential) {
    const auto caller = authenticator().authenticate(credential);
    return caller.ok() ? "" : caller.error().message;
  }
  // "what subject" of the latest entry of the log.
  std::string last_entry() {
    const auto entries = security().audit().list(1).value();
    return entries.empty() ? "" : entries[0].what + " " + entries[0].subject;
  }

  config::Settings settings_;
  base::ManualClock clock_{kStart};
  std::unique_ptr<store::Database> database_ = store::fresh_database();
  std::unique_ptr<Security> security_;
  const Actor actor_{"local:tester", "request-1"};
};

}  // namespace mla::security
