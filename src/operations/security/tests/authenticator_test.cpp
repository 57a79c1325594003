#include "operations/security/authenticator.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "foundation/store/tests/database_away.h"
#include "operations/security/tests/security_fixture.h"

namespace mla::security {
namespace {

using testing::HasSubstr;

class AuthenticatorTest : public SecurityFixture {};

TEST_F(AuthenticatorTest, GarbageIsRefusedWithoutTheDatabase) {
  security();
  ASSERT_TRUE(database_->acquire().value()->execute("DROP TABLE access_grants").ok());
  for (const std::string& bad : {std::string(), std::string("x"), std::string("a.b.c"), std::string(5000, 'x')}) {
    EXPECT_NE(refusal(bad), "") << bad;
  }
}

// Whatever another process changes is seen after two seconds at the latest.
TEST_F(AuthenticatorTest, WhatWasFoundIsBelievedForTwoSeconds) {
  const Principal ana = add("ana", Role::kListener);
  const std::string token = tokens().issue_token(ana, 30, actor_).value();
  const auto first = caller(token);
  EXPECT_EQ(caller(token), first) << "looked up again";
  const auto other = Security::open(settings_, *database_, clock_, kCheap).value();
  ASSERT_TRUE(other->principals().set_role("ana", Role::kOperator, actor_).ok());
  clock_.advance(Authenticator::kBelieved - 1);
  EXPECT_EQ(caller(token), first);
  clock_.advance(1);
  EXPECT_NE(caller(token), first);
  ASSERT_TRUE(other->principals().set_disabled("ana", true, actor_).ok());
  clock_.advance(Authenticator::kBelieved);
  EXPECT_THAT(refusal(token), HasSubstr("revoked"));
}

// While the database cannot be reached, who was let in before stays in for a while, and nobody else comes in.
TEST_F(AuthenticatorTest, WithoutTheDatabaseWhatWasFoundIsBelievedLonger) {
  auto database = std::make_unique<store::DatabaseAway>(std::move(database_));
  std::atomic<bool>& away = database->away;
  database_ = std::move(database);
  const Principal ana = add("ana", Role::kListener);
  const std::string token = tokens().issue_token(ana, 30, actor_).value();
  const std::string brief = tokens().issue_token(ana, 1, actor_).value();
  const std::string unseen = tokens().issue_token(ana, 30, actor_).value();
  const auto first = caller(token);
  caller(brief);
  away = true;
  clock_.advance(Authenticator::kBelieved);
  EXPECT_EQ(caller(token), first);
  const auto refused = authenticator().authenticate(unseen);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::ErrorCode::kBusy) << "nobody can say whether it was revoked";
  EXPECT_EQ(authenticator().authenticate("a.b.c").error().code, base::ErrorCode::kPermission);
  clock_.advance(Authenticator::kBelievedAway - Authenticator::kBelieved - 1);
  EXPECT_EQ(caller(token), first);
  EXPECT_FALSE(authenticator().authenticate(brief).ok()) << "its time is over";
  clock_.advance(1);
  EXPECT_EQ(authenticator().authenticate(token).error().code, base::ErrorCode::kBusy);
  away = false;
  EXPECT_NE(caller(token), first);
  authenticator().forget();
  away = true;
  EXPECT_EQ(authenticator().authenticate(token).error().code, base::ErrorCode::kBusy) << "after a revocation here";
}

TEST_F(AuthenticatorTest, AClockThatIsSetBackBelievesNothing) {
  const std::string token = tokens().issue_token(add("ana", Role::kListener), 30, actor_).value();
  const auto first = caller(token);
  clock_.advance(-1);
  EXPECT_NE(caller(token), first);
}

TEST_F(AuthenticatorTest, ForgettingLooksAgain) {
  const std::string token = tokens().issue_token(add("ana", Role::kListener), 30, actor_).value();
  const auto first = caller(token);
  authenticator().forget();
  EXPECT_NE(caller(token), first);
}

// The shorter of token and role: a demoted one loses at once, a promoted one gains with the next token.
TEST_F(AuthenticatorTest, ATokenAllowsWhatItSaysAndTheRoleStillAllows) {
  const std::string token = tokens().issue_token(add("ana", Role::kOperator), 30, actor_).value();
  ASSERT_TRUE(principals().set_role("ana", Role::kListener, actor_).ok());
  EXPECT_EQ(caller(token)->permissions.reach(Permission::kWriteTracks), Reach::kNone);
  EXPECT_EQ(caller(token)->permissions.reach(Permission::kReadRecommendations), Reach::kOwn);
  ASSERT_TRUE(principals().set_role("ana", Role::kAdmin, actor_).ok());
  authenticator().forget();
  EXPECT_EQ(caller(token)->permissions, Permissions::of(Role::kOperator));
}

// Somebody else may get a name that was removed, but not what was given to the first of it.
TEST_F(AuthenticatorTest, ANameThatComesBackIsSomebodyElse) {
  const Principal ana = add("ana", Role::kOperator);
  const std::string token = tokens().issue_token(ana, 30, actor_).value();
  const std::string key = tokens().issue_key(ana, 30, actor_).value();
  ASSERT_TRUE(principals().remove("ana", actor_).ok());
  add("ana", Role::kAdmin);
  EXPECT_NE(refusal(token), "");
  EXPECT_NE(refusal(key), "");
}

TEST_F(AuthenticatorTest, PasswordsThatChangeEndWhatWasGiven) {
  const Principal ana = add("ana", Role::kListener);
  const std::string token = tokens().issue_token(ana, 30, actor_).value();
  ASSERT_TRUE(principals().set_password("ana", "another long password", actor_).ok());
  EXPECT_THAT(refusal(token), HasSubstr("revoked"));
}

TEST_F(AuthenticatorTest, KeysExpireOnTheMinute) {
  const std::string key = tokens().issue_key(add("ana", Role::kListener), 1, actor_).value();
  clock_.advance(59'999);
  EXPECT_EQ(refusal(key), "");
  clock_.advance(1);
  EXPECT_THAT(refusal(key), HasSubstr("expired")) << "also while it is believed";
}

TEST_F(AuthenticatorTest, TokensOfAnotherServerAreForeign) {
  const std::string token = tokens().issue_token(add("ana", Role::kListener), 30, actor_).value();
  config::Settings other = settings_;
  other.security.jwt.secret_key = "another secret of more than 32 bytes";
  const auto security = Security::open(other, *database_, clock_, kCheap).value();
  EXPECT_THAT(security->authenticator().authenticate(token).error().message, HasSubstr("signature"));
  other = settings_;
  other.security.jwt.audience = "elsewhere";
  const auto elsewhere = Security::open(other, *database_, clock_, kCheap).value();
  EXPECT_THAT(elsewhere->authenticator().authenticate(token).error().message, HasSubstr("audience"));
}

TEST_F(AuthenticatorTest, ADatabaseThatFailsIsNotTheCallersFault) {
  const std::string token = tokens().issue_token(add("ana", Role::kListener), 30, actor_).value();
  ASSERT_TRUE(database_->acquire().value()->execute("DROP TABLE principals").ok());
  const auto caller = authenticator().authenticate(token);
  ASSERT_FALSE(caller.ok());
  EXPECT_NE(caller.error().code, base::ErrorCode::kPermission);
}

TEST_F(AuthenticatorTest, ManyThreadsAtOnce) {
  const Principal ana = add("ana", Role::kListener);
  const std::string token = tokens().issue_token(ana, 30, actor_).value();
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        if (t == 0 && i % 10 == 0) authenticator().forget();
        const auto found = authenticator().authenticate(token);
        if (found.ok() && (*found)->name == "ana") ++right;
        authenticator().authenticate(token + "x").ok();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 800);
}

TEST(Caller, MayWithItsOwnData) {
  const Caller ana{"1", "ana", base::UserId("u1"), Permissions::of(Role::kListener)};
  EXPECT_TRUE(ana.may(Permission::kWriteEvents, base::UserId("u1")));
  EXPECT_FALSE(ana.may(Permission::kWriteEvents, base::UserId("u2")));
  EXPECT_FALSE(ana.may(Permission::kWriteEvents, base::UserId("ana")));
  EXPECT_TRUE(ana.may(Permission::kReadRecommendations, base::UserId()));
  EXPECT_FALSE(ana.may(Permission::kWriteTracks, base::UserId("u1")));
  EXPECT_FALSE(Caller().may(Permission::kReadTracks, base::UserId()));
  const Caller backend{"2", "backend", base::UserId("backend"), Permissions::of(Role::kService)};
  EXPECT_TRUE(backend.may(Permission::kWriteEvents, base::UserId("u2")));
}

}  // namespace
}  // namespace mla::security
