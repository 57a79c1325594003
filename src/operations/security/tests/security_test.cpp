#include "operations/security/security.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "foundation/store/migrations.h"
#include "foundation/store/tests/fresh_database.h"
#include "operations/security/tests/golden_tokens.h"
#include "operations/security/tests/security_fixture.h"

namespace mla::security {
namespace {

using testing::HasSubstr;

class SecurityTest : public SecurityFixture {
 protected:
  ~SecurityTest() override { std::filesystem::remove(file_); }
  std::string error() {
    const auto opened = Security::open(settings_, *database_, clock_, kCheap);
    return opened.ok() ? "" : opened.error().message;
  }
  void write_keys(std::string_view text) {
    std::ofstream(file_) << text;
    settings_.security.jwt.key_set_file = file_;
  }
  // A token that one opening gives lets in with the next.
  bool tokens_outlive_a_restart() {
    const auto first = Security::open(settings_, *database_, clock_, kCheap).value();
    const Principal ana = first->principals().add({"ana", Role::kListener, "", kPassword}, actor_).value();
    const std::string token = first->tokens().issue_token(ana, 5, actor_).value();
    return Security::open(settings_, *database_, clock_, kCheap).value()->authenticator().authenticate(token).ok();
  }
  const std::string file_ = fmt::format("{}/keys-{}.json", testing::TempDir(), getpid());
};

TEST_F(SecurityTest, ASecretIsDrawnOnceAndKept) { EXPECT_TRUE(tokens_outlive_a_restart()); }

TEST_F(SecurityTest, ProductionNeedsASecretOfItsOwn) {
  settings_.environment = "production";
  EXPECT_THAT(error(), HasSubstr("production needs JWT_SECRET_KEY, 32 bytes or more"));
  settings_.security.jwt.secret_key = std::string(31, 'x');
  EXPECT_THAT(error(), HasSubstr("JWT_SECRET_KEY (security.jwt.secret_key): the key has 31 bytes"));
  settings_.security.jwt.secret_key = std::string(32, 'x');
  EXPECT_EQ(error(), "");
  settings_.environment = "dev";
  settings_.security.jwt.secret_key = "short";
  EXPECT_THAT(error(), HasSubstr("5 bytes")) << "a weak secret is worse than none, everywhere";
}

TEST_F(SecurityTest, AsymmetricKeysComeFromAFile) {
  for (const char* algorithm : {"RS256", "EdDSA"}) {
    database_ = store::fresh_database();
    settings_.security.jwt.algorithm = algorithm;
    settings_.security.jwt.key_set_file = "";
    EXPECT_THAT(error(), HasSubstr("needs security.jwt.key_set_file"));
    write_keys(kGoldenKeySet);
    settings_.environment = "production";  // no secret is needed then
    EXPECT_TRUE(tokens_outlive_a_restart()) << algorithm;
    settings_.environment = "dev";
  }
}

TEST_F(SecurityTest, WhatIsWrongWithTheFileIsSaid) {
  settings_.security.jwt.algorithm = "EdDSA";
  settings_.security.jwt.key_set_file = file_ + ".none";
  EXPECT_THAT(error(), HasSubstr(".none"));
  write_keys("{}");
  EXPECT_THAT(error(), testing::AllOf(HasSubstr(file_), HasSubstr("no JSON Web Key Set")));
  write_keys(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
  EXPECT_THAT(error(), HasSubstr("no token can be signed"));
  settings_.security.jwt.algorithm = "none";
  EXPECT_THAT(error(), HasSubstr("'none' is not one of"));
}

TEST_F(SecurityTest, NewerTablesAreRefused) {
  security();
  ASSERT_TRUE(database_->acquire()
                  .value()
                  ->execute("INSERT INTO schema_migrations (component, number, name) VALUES ('security', 99, 'later')")
                  .ok());
  EXPECT_THAT(error(), HasSubstr("version 99 of the security tables"));
}

}  // namespace
}  // namespace mla::security
