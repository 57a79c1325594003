#include "operations/security/tokens.h"

#include <gmock/gmock.h>

#include "operations/security/tests/security_fixture.h"

namespace mla::security {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using testing::StartsWith;

constexpr base::UnixMillis kMinute = 60'000;

class TokensTest : public SecurityFixture {
 protected:
  TokenAnswer log_in(const std::string& name) {
    return tokens().log_in(name, kPassword, LoginKind::kPassword, "r1").value();
  }
  std::int64_t rows(const std::string& table) {
    const auto lease = database_->acquire().value();
    auto* query = lease->prepare("SELECT COUNT(*) FROM " + table).value();
    EXPECT_TRUE(query->step().value());
    return query->integer(0);
  }
};

TEST_F(TokensTest, ALoginGivesATokenThatLetsIn) {
  add("ana", Role::kListener, "user 42");
  const TokenAnswer answer = log_in("ana");
  EXPECT_EQ(answer.expires_in, 30 * 60);
  EXPECT_THAT(answer.refresh_token, StartsWith("mlr_"));
  EXPECT_EQ(answer.scope, "recommendations:read:own events:write:own tracks:read users:read:own users:erase:own");
  const auto ana = caller(answer.access_token);
  EXPECT_EQ(ana->name, "ana");
  EXPECT_EQ(ana->listener, base::UserId("user 42"));
  EXPECT_EQ(ana->permissions, Permissions::of(Role::kListener));
  EXPECT_THAT(last_entry(), StartsWith("grant.login ana "));
  EXPECT_EQ(security().audit().list(1).value()[0].who, "ana");
}

TEST_F(TokensTest, ALoginMayBeHeldToLess) {
  add("ana", Role::kOperator);
  const auto wanted = Permissions::of_scope("tracks:read recommendations:read:own");
  const TokenAnswer answer = tokens().log_in("ana", kPassword, LoginKind::kPassword, "r", wanted).value();
  EXPECT_EQ(answer.scope, "recommendations:read:own tracks:read");
  EXPECT_EQ(caller(answer.access_token)->permissions, *wanted);
  EXPECT_EQ(tokens().list().value()[0].scope, answer.scope);
  // It stays so when it is refreshed, and a narrower token does not narrow the login (RFC 6749 6).
  const auto less = Permissions::of_scope("tracks:read");
  const TokenAnswer second = tokens().refresh(answer.refresh_token, "r", less).value();
  EXPECT_EQ(caller(second.access_token)->permissions, *less);
  const auto beyond = tokens().refresh(second.refresh_token, "r", Permissions::of_scope("tracks:write"));
  EXPECT_EQ(beyond.error().code, ErrorCode::kInvalidArgument) << "the role allows it, the login does not";
  const TokenAnswer third = tokens().refresh(second.refresh_token, "r").value();
  EXPECT_EQ(third.scope, answer.scope) << "what was refused did not use the token up";
  ASSERT_TRUE(principals().set_role("ana", Role::kListener, actor_).ok());
  authenticator().forget();
  EXPECT_EQ(caller(third.access_token)->permissions, *wanted) << "a listener may do both";
  EXPECT_EQ(tokens().refresh(third.refresh_token, "r").value().scope, answer.scope);
}

TEST_F(TokensTest, AScopeBeyondTheRoleIsRefused) {
  const Principal ana = add("ana", Role::kListener);
  for (const char* beyond : {"tracks:write", "events:write", "tracks:read metrics:read"}) {
    const auto wanted = Permissions::of_scope(beyond);
    const auto login = tokens().log_in("ana", kPassword, LoginKind::kPassword, "r", wanted);
    EXPECT_EQ(login.error().code, ErrorCode::kInvalidArgument) << beyond;
    EXPECT_EQ(login.error().message,
              "The scope goes beyond what is allowed here: recommendations:read:own events:write:own tracks:read "
              "users:read:own users:erase:own");
    EXPECT_EQ(tokens().issue_token(ana, 5, actor_, wanted).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(tokens().issue_key(ana, 5, actor_, wanted).error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(rows("access_grants"), 0);
  EXPECT_EQ(
      tokens().log_in("ana", "wrong", LoginKind::kPassword, "r", Permissions::of_scope("tracks:write")).error().code,
      ErrorCode::kPermission)
      << "who is not known is told nothing of roles";
}

TEST_F(TokensTest, KeysAndTokensMayBeHeldToLess) {
  const Principal backend = add("backend", Role::kService);
  const auto wanted = Permissions::of_scope("events:write");
  EXPECT_EQ(caller(tokens().issue_key(backend, 5, actor_, wanted).value())->permissions, *wanted);
  EXPECT_EQ(caller(tokens().issue_token(backend, 5, actor_, wanted).value())->permissions, *wanted);
  EXPECT_EQ(caller(tokens().issue_key(backend, 5, actor_).value())->permissions, Permissions::of(Role::kService));
}

TEST_F(TokensTest, WrongLoginsAreAllRefusedAlike) {
  add("ana", Role::kListener);
  add("backend", Role::kService);
  add("gone", Role::kOperator);
  ASSERT_TRUE(principals().set_disabled("gone", true, actor_).ok());
  const auto refused = [&](const char* name, const char* password, LoginKind kind) {
    const auto answer = tokens().log_in(name, password, kind, "r");
    EXPECT_EQ(answer.error().code, ErrorCode::kPermission);
    return answer.error().message;
  };
  const std::string said = refused("ana", "wrong horse battery", LoginKind::kPassword);
  EXPECT_EQ(refused("bob", kPassword, LoginKind::kPassword), said);
  EXPECT_EQ(refused("gone", kPassword, LoginKind::kPassword), said);
  EXPECT_EQ(refused("backend", kPassword, LoginKind::kPassword), said) << "services have credentials of their own kind";
  EXPECT_THAT(refused("ana", kPassword, LoginKind::kClientCredentials), HasSubstr("client"));
  EXPECT_EQ(rows("access_grants"), 0);
}

TEST_F(TokensTest, AServiceGetsNoRefreshToken) {
  add("backend", Role::kService);
  const TokenAnswer answer = tokens().log_in("backend", kPassword, LoginKind::kClientCredentials, "r").value();
  EXPECT_EQ(answer.refresh_token, "");
  EXPECT_EQ(caller(answer.access_token)->permissions, Permissions::of(Role::kService));
}

TEST_F(TokensTest, RefreshTokensRotate) {
  add("ana", Role::kListener);
  const TokenAnswer first = log_in("ana");
  clock_.advance(29 * kMinute);
  const TokenAnswer second = tokens().refresh(first.refresh_token, "r").value();
  EXPECT_NE(second.refresh_token, first.refresh_token);
  clock_.advance(20 * kMinute);
  EXPECT_THAT(refusal(first.access_token), HasSubstr("expired"));
  EXPECT_EQ(refusal(second.access_token), "");
  const TokenAnswer third = tokens().refresh(second.refresh_token, "r").value();
  EXPECT_EQ(refusal(third.access_token), "");
}

// Who shows a refresh token twice has stolen it, or was stolen from: all that came of the login ends.
TEST_F(TokensTest, AReusedRefreshTokenEndsTheWholeFamily) {
  add("ana", Role::kListener);
  const TokenAnswer first = log_in("ana");
  const TokenAnswer other = log_in("ana");
  const TokenAnswer second = tokens().refresh(first.refresh_token, "r").value();
  const TokenAnswer third = tokens().refresh(second.refresh_token, "r").value();
  EXPECT_EQ(tokens().refresh(first.refresh_token, "thief").error().code, ErrorCode::kPermission);
  EXPECT_THAT(last_entry(), StartsWith("grant.reuse "));
  EXPECT_EQ(security().audit().list(1).value()[0].request_id, "thief");
  EXPECT_FALSE(tokens().refresh(third.refresh_token, "r").ok());
  EXPECT_THAT(refusal(third.access_token), HasSubstr("revoked"));
  EXPECT_EQ(refusal(other.access_token), "") << "another login goes on";
  const auto entries = security().audit().list(100).value().size();
  EXPECT_FALSE(tokens().refresh(first.refresh_token, "r").ok());
  EXPECT_EQ(security().audit().list(100).value().size(), entries) << "a dead one is not revoked again";
}

TEST_F(TokensTest, ALoginEndsSomeTime) {
  settings_.security.jwt.refresh_token_expire_days = 1;
  add("ana", Role::kListener);
  TokenAnswer answer = log_in("ana");
  clock_.advance(23 * 60 * kMinute + 50 * kMinute);
  answer = tokens().refresh(answer.refresh_token, "r").value();
  EXPECT_EQ(answer.expires_in, 10 * 60) << "an access token does not outlive its login";
  clock_.advance(10 * kMinute);
  EXPECT_FALSE(tokens().refresh(answer.refresh_token, "r").ok());
  EXPECT_TRUE(tokens().list().value().empty());
}

TEST_F(TokensTest, WhatIsNoRefreshTokenIsRefused) {
  add("ana", Role::kListener);
  const TokenAnswer answer = log_in("ana");
  for (const std::string& bad :
       {std::string(), std::string("mlr_"), answer.access_token, answer.refresh_token.substr(0, 20),
        "mlr_" + std::string(1000, 'x'), answer.refresh_token + "x"}) {
    EXPECT_FALSE(tokens().refresh(bad, "r").ok()) << bad;
  }
  EXPECT_TRUE(tokens().refresh(answer.refresh_token, "r").ok()) << "none of these harmed it";
}

TEST_F(TokensTest, EachKindOfTokenRevokesItsGrant) {
  const Principal ana = add("ana", Role::kListener);
  TokenAnswer login = log_in("ana");
  ASSERT_TRUE(tokens().revoke(login.refresh_token, "r9").ok());
  EXPECT_THAT(last_entry(), StartsWith("grant.revoke "));
  EXPECT_THAT(refusal(login.access_token), HasSubstr("revoked"));
  EXPECT_FALSE(tokens().refresh(login.refresh_token, "r").ok());

  login = log_in("ana");
  ASSERT_TRUE(tokens().revoke(login.access_token, "r").ok());
  EXPECT_FALSE(tokens().refresh(login.refresh_token, "r").ok());

  const std::string key = tokens().issue_key(ana, 60, actor_).value();
  EXPECT_EQ(refusal(key), "");
  ASSERT_TRUE(tokens().revoke(key, "r").ok());
  authenticator().forget();
  EXPECT_THAT(refusal(key), HasSubstr("revoked"));
}

TEST_F(TokensTest, RevokingNonsenseIsNoError) {
  add("ana", Role::kListener);
  const TokenAnswer answer = log_in("ana");
  const auto entries = security().audit().list(100).value().size();
  for (const std::string& nonsense : {std::string(), std::string("x"), std::string("mlk_x"), std::string("mlr_x"),
                                      answer.access_token + "x", std::string(100'000, 'a')}) {
    EXPECT_TRUE(tokens().revoke(nonsense, "r").ok());
  }
  EXPECT_EQ(security().audit().list(100).value().size(), entries);
  EXPECT_EQ(refusal(answer.access_token), "");
}

TEST_F(TokensTest, GrantsAreListedAndRevokedById) {
  const Principal ana = add("ana", Role::kListener);
  const std::string token = tokens().issue_token(ana, 5, actor_).value();
  clock_.advance(1);
  const std::string key = tokens().issue_key(ana, 60, actor_).value();
  const auto grants = tokens().list().value();
  ASSERT_EQ(grants.size(), 2u);
  EXPECT_EQ(grants[0].kind, GrantKind::kKey);
  EXPECT_EQ(grants[0].principal, "ana");
  EXPECT_EQ(grants[1].kind, GrantKind::kToken);
  EXPECT_EQ(grants[1].expires, kStart + 5 * kMinute);
  ASSERT_TRUE(tokens().revoke_grant(grants[0].id, actor_).ok());
  EXPECT_EQ(tokens().list().value().size(), 1u);
  EXPECT_THAT(refusal(key), HasSubstr("revoked"));
  EXPECT_EQ(refusal(token), "");
  EXPECT_EQ(tokens().revoke_grant("0000", actor_).error().code, ErrorCode::kNotFound);
  clock_.advance(5 * kMinute);
  EXPECT_TRUE(tokens().list().value().empty()) << "expired";
}

TEST_F(TokensTest, ADisabledOneGetsNothing) {
  const Principal ana = add("ana", Role::kListener);
  const TokenAnswer answer = log_in("ana");
  ASSERT_TRUE(principals().set_disabled("ana", true, actor_).ok());
  EXPECT_THAT(tokens().issue_token(ana, 5, actor_).error().message, HasSubstr("user enable ana"));
  EXPECT_FALSE(tokens().issue_key(ana, 5, actor_).ok());
  EXPECT_FALSE(tokens().refresh(answer.refresh_token, "r").ok());
  EXPECT_NE(refusal(answer.access_token), "");
  ASSERT_TRUE(principals().set_disabled("ana", false, actor_).ok());
  EXPECT_EQ(refusal(answer.access_token), "");
}

// A stolen database lets nobody in.
TEST_F(TokensTest, SecretsAreKeptAsHashes) {
  const Principal ana = add("ana", Role::kListener);
  const TokenAnswer answer = log_in("ana");
  const std::string key = tokens().issue_key(ana, 5, actor_).value();
  const auto lease = database_->acquire().value();
  for (const char* sql : {"SELECT secret FROM refresh_tokens", "SELECT secret FROM access_grants WHERE kind = 'key'"}) {
    auto* query = lease->prepare(sql).value();
    ASSERT_TRUE(query->step().value());
    EXPECT_EQ(query->text(0).size(), 64u);
    EXPECT_FALSE(tokens().refresh("mlr_" + std::string(query->text(0)), "r").ok());
    EXPECT_NE(refusal(std::string(query->text(0))), "");
  }
}

TEST_F(TokensTest, WhatExpiredIsForgotten) {
  add("ana", Role::kListener);
  log_in("ana");
  log_in("ana");
  clock_.advance(32 * base::kMillisPerDay);
  log_in("ana");
  EXPECT_EQ(rows("access_grants"), 1);
  EXPECT_EQ(rows("refresh_tokens"), 1);
}

}  // namespace
}  // namespace mla::security
