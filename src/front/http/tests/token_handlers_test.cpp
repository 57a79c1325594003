#include "front/http/impl/token_handlers.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include "foundation/store/tests/fresh_database.h"
#include "front/http/impl/service.h"
#include "front/http/tests/known_callers.h"

// The OAuth 2 endpoints as a client sees them.
namespace mla::http {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

class TokenHandlersTest : public testing::Test {
 protected:
  struct Told {
    int status = 0;
    json::value body;
    std::string challenge;
    std::string cache;
  };
  Told ask(const std::string& body, const std::string& authorization = "", const std::string& target = "/token") {
    std::vector<std::pair<std::string, std::string>> headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    if (!authorization.empty()) headers.emplace_back("Authorization", authorization);
    const Response response = service.handle({"POST", target, headers, body, {}});
    Told told{response.status, json::parse(response.body), {}, {}};
    for (const auto& [name, value] : response.headers) {
      if (name == "WWW-Authenticate") told.challenge = value;
      if (name == "Cache-Control") told.cache = value;
    }
    return told;
  }
  // The code of an error of RFC 6749, with its status.
  std::string error(const std::string& body, const std::string& authorization = "") {
    const Told told = ask(body, authorization);
    EXPECT_EQ(told.cache, "no-store");
    const auto* code = told.body.as_object().if_contains("error");
    if (code == nullptr) return "";
    EXPECT_FALSE(told.body.at("error_description").as_string().empty());
    return fmt::format("{} {}", told.status, std::string(code->as_string()));
  }
  static std::string password(const char* name, const char* word = "correct+horse+battery") {
    return fmt::format("grant_type=password&username={}&password={}", name, word);
  }
  bool lets_in(const json::value& token) {
    return callers.security().authenticator().authenticate(std::string(token.as_string())).ok();
  }

  telemetry::Metrics metrics;
  base::ManualClock clock{1'700'000'000'000};
  std::unique_ptr<store::Database> database = store::fresh_database();
  KnownCallers callers{*database, clock};
  Service service{{{"POST", "/token", Access::open(),
                    [this](const Call& call) { return give_token(callers.security(), call); }, BodyType::kForm},
                   {"POST", "/revoke", Access::open(),
                    [this](const Call& call) { return revoke_token(callers.security(), call); }, BodyType::kForm}},
                  metrics,
                  callers.security()};
};

TEST_F(TokenHandlersTest, ThePasswordGrant) {
  const Told told = ask(password("listener") + "&scope=&client_id=");
  ASSERT_EQ(told.status, 200);
  EXPECT_EQ(told.cache, "no-store");
  EXPECT_EQ(told.body.at("token_type"), "bearer");
  EXPECT_EQ(told.body.at("expires_in"), 1800);
  EXPECT_EQ(told.body.at("scope"),
            "recommendations:read:own events:write:own tracks:read users:read:own users:erase:own");
  EXPECT_TRUE(lets_in(told.body.at("access_token")));
}

TEST_F(TokenHandlersTest, RefreshAndReuse) {
  const std::string first(ask(password("admin")).body.at("refresh_token").as_string());
  const Told second = ask("grant_type=refresh_token&refresh_token=" + first);
  ASSERT_EQ(second.status, 200);
  EXPECT_TRUE(lets_in(second.body.at("access_token")));
  EXPECT_EQ(error("grant_type=refresh_token&refresh_token=" + first), "400 invalid_grant");
  callers.security().authenticator().forget();
  EXPECT_FALSE(lets_in(second.body.at("access_token"))) << "the family is revoked";
  EXPECT_EQ(error("grant_type=refresh_token"), "400 invalid_request");
}

TEST_F(TokenHandlersTest, ClientCredentials) {
  const Told form = ask("grant_type=client_credentials&client_id=service&client_secret=correct+horse+battery");
  ASSERT_EQ(form.status, 200);
  EXPECT_FALSE(form.body.as_object().contains("refresh_token"));
  // service:correct+horse+battery, form-encoded before it is put together (RFC 6749 2.3.1).
  const std::string basic = "Basic c2VydmljZTpjb3JyZWN0K2hvcnNlK2JhdHRlcnk=";
  EXPECT_TRUE(lets_in(ask("grant_type=client_credentials", basic).body.at("access_token")));
  EXPECT_EQ(error("grant_type=client_credentials&client_secret=x", basic), "400 invalid_request");
}

TEST_F(TokenHandlersTest, AClientThatIsNoneIsChallenged) {
  for (const auto& [body, authorization] : std::vector<std::pair<std::string, std::string>>{
           {"grant_type=client_credentials", ""},
           {"grant_type=client_credentials&client_id=service", ""},
           {"grant_type=client_credentials&client_id=service&client_secret=wrong+horse+battery", ""},
           {"grant_type=client_credentials&client_id=admin&client_secret=correct+horse+battery", ""},
           {"grant_type=client_credentials&client_id=nobody&client_secret=correct+horse+battery", ""},
           {"grant_type=client_credentials", "Basic !"},
           {"grant_type=client_credentials", "Bearer x"},
           {"grant_type=client_credentials", "Basic JTo="}}) {
    EXPECT_EQ(error(body, authorization), "401 invalid_client") << body << authorization;
    EXPECT_THAT(ask(body, authorization).challenge, HasSubstr("Basic realm="));
  }
}

TEST_F(TokenHandlersTest, AScopeGivesLess) {
  const Told told = ask(password("admin") + "&scope=tracks:read+events:write:own");
  ASSERT_EQ(told.status, 200);
  EXPECT_EQ(told.body.at("scope"), "events:write:own tracks:read");
  const std::string refresh(told.body.at("refresh_token").as_string());
  EXPECT_EQ(error("grant_type=refresh_token&scope=tracks:write&refresh_token=" + refresh), "400 invalid_scope");
  EXPECT_EQ(ask("grant_type=refresh_token&scope=tracks:read&refresh_token=" + refresh).body.at("scope"), "tracks:read");
  const Told program = ask(
      "grant_type=client_credentials&client_id=service&client_secret=correct+horse+battery&scope=recommendations:read");
  EXPECT_EQ(program.body.at("scope"), "recommendations:read");
}

TEST_F(TokenHandlersTest, AScopeThatIsNoneOrTooMuchIsRefused) {
  EXPECT_EQ(error(password("listener") + "&scope=tracks:write"), "400 invalid_scope");
  EXPECT_EQ(error(password("listener") + "&scope=events:write"), "400 invalid_scope");
  EXPECT_EQ(error(password("listener") + "&scope=openid"), "400 invalid_scope");
  EXPECT_EQ(error(password("listener") + "&scope=+"), "400 invalid_scope");
  EXPECT_EQ(error(password("listener", "wrong+horse+battery") + "&scope=tracks:write"), "400 invalid_grant");
}

TEST_F(TokenHandlersTest, WhatIsWrongHasACode) {
  EXPECT_EQ(error(password("listener", "wrong+horse+battery")), "400 invalid_grant");
  EXPECT_EQ(error(password("nobody")), "400 invalid_grant");
  EXPECT_EQ(error(password("service")), "400 invalid_grant");
  EXPECT_EQ(error("grant_type=password&username=listener"), "400 invalid_request");
  EXPECT_EQ(error("grant_type=password&password=x"), "400 invalid_request");
  EXPECT_EQ(error(""), "400 invalid_request");
  EXPECT_EQ(error("grant_type=implicit"), "400 unsupported_grant_type");
  EXPECT_EQ(error(password("listener") + "&username=admin"), "400 invalid_request");
  EXPECT_EQ(error("grant_type=%zz"), "400 invalid_request");
}

// One of two wrong names must not be told from the other.
TEST_F(TokenHandlersTest, NamesAreNotBetrayed) {
  EXPECT_EQ(ask(password("listener", "wrong+horse+battery")).body, ask(password("nobody")).body);
}

TEST_F(TokenHandlersTest, RevokedAtOnce) {
  const Told login = ask(password("listener"));
  ASSERT_TRUE(lets_in(login.body.at("access_token")));
  const std::string token(login.body.at("access_token").as_string());
  EXPECT_EQ(ask("token=" + token, "", "/revoke").status, 200);
  EXPECT_FALSE(lets_in(login.body.at("access_token")));
  EXPECT_EQ(ask("token=nonsense", "", "/revoke").status, 200);
  EXPECT_EQ(ask("", "", "/revoke").status, 400);
  EXPECT_EQ(ask("token=%", "", "/revoke").status, 400);
}

TEST_F(TokenHandlersTest, PasswordsAreNotLogged) {
  testing::internal::CaptureStderr();
  ask(password("listener", "secret+password+here"));
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("a login was refused"));
  EXPECT_THAT(log, testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace mla::http
