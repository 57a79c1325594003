#include "operations/security/principals.h"

#include <thread>

#include <gmock/gmock.h>

#include "operations/security/tests/security_fixture.h"

namespace mla::security {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

class PrincipalsTest : public SecurityFixture {};

TEST_F(PrincipalsTest, AreAddedFoundAndListed) {
  const Principal ana = add("ana", Role::kListener, "user 42");
  EXPECT_EQ(ana.id.size(), 16u);
  EXPECT_EQ(ana.listener, base::UserId("user 42"));
  EXPECT_EQ(ana.created, kStart);
  EXPECT_EQ(add("backend", Role::kService).listener, base::UserId("backend"));
  const Principal found = principals().find("ana").value();
  EXPECT_EQ(found.id, ana.id);
  EXPECT_EQ(found.role, Role::kListener);
  EXPECT_FALSE(found.disabled);
  EXPECT_EQ(principals().list().value().size(), 2u);
  const auto unknown = principals().find("bob");
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(unknown.error().message, HasSubstr("user list"));
}

TEST_F(PrincipalsTest, NamesAreOnce) {
  add("ana", Role::kListener);
  const auto again = principals().add({"ana", Role::kAdmin, "", kPassword}, actor_);
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(principals().find("ana").value().role, Role::kListener);
}

TEST_F(PrincipalsTest, NamesListenersAndPasswordsAreChecked) {
  for (const std::string& name : {std::string(), std::string("-x"), std::string("a b"), std::string("a\n"),
                                  std::string("é"), std::string("a'"), std::string(65, 'a'), std::string("\xff")}) {
    const auto added = principals().add({name, Role::kListener, "", kPassword}, actor_);
    EXPECT_EQ(added.error().code, ErrorCode::kInvalidArgument) << name;
    EXPECT_THAT(added.error().message, testing::Not(HasSubstr("\n")));
  }
  EXPECT_FALSE(principals().add({"ana", Role::kListener, "a\tb", kPassword}, actor_).ok());
  EXPECT_FALSE(principals().add({"ana", Role::kListener, std::string(513, 'x'), kPassword}, actor_).ok());
  EXPECT_FALSE(principals().add({"ana", Role::kListener, "", "short"}, actor_).ok());
  EXPECT_TRUE(principals().list().value().empty());
  EXPECT_TRUE(principals().add({"A.b_c@d-9", Role::kListener, "", kPassword}, actor_).ok());
}

TEST_F(PrincipalsTest, PasswordsAreChecked) {
  add("ana", Role::kListener);
  EXPECT_EQ(principals().check_password("ana", kPassword).value()->name, "ana");
  EXPECT_FALSE(principals().check_password("ana", "wrong horse battery").value());
  EXPECT_FALSE(principals().check_password("bob", kPassword).value());
  EXPECT_FALSE(principals().check_password("", "").value());
  ASSERT_TRUE(principals().set_password("ana", "another long password", actor_).ok());
  EXPECT_FALSE(principals().check_password("ana", kPassword).value());
  EXPECT_TRUE(principals().check_password("ana", "another long password").value());
  EXPECT_FALSE(principals().set_password("ana", "short", actor_).ok());
  EXPECT_TRUE(principals().check_password("ana", "another long password").value());
}

// Unknown names must not be told from known ones by a clock: the same hash is computed.
TEST_F(PrincipalsTest, AnUnknownNameCostsTheSame) {
  settings_.environment = "dev";
  security_ = Security::open(settings_, *database_, clock_, {4, 16 << 20}).value();
  add("ana", Role::kListener);
  const auto cost = [&](const char* name) {
    timespec before{}, after{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    EXPECT_FALSE(principals().check_password(name, "wrong horse battery").value());
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    return static_cast<double>(after.tv_sec - before.tv_sec) +
           1e-9 * static_cast<double>(after.tv_nsec - before.tv_nsec);
  };
  cost("ana");  // the first makes the hash that nobody has
  double known = 1e9, unknown = 1e9;
  for (int i = 0; i < 5; ++i) {
    known = std::min(known, cost("ana"));
    unknown = std::min(unknown, cost("bob"));
  }
  EXPECT_GT(unknown, known / 2);
  EXPECT_LT(unknown, known * 2);
}

TEST_F(PrincipalsTest, TheDatabaseHasNoPassword) {
  add("ana", Role::kListener);
  const auto lease = database_->acquire().value();
  auto* query = lease->prepare("SELECT password FROM principals").value();
  ASSERT_TRUE(query->step().value());
  EXPECT_THAT(std::string(query->text(0)), testing::StartsWith("$argon2id$"));
  EXPECT_THAT(std::string(query->text(0)), testing::Not(HasSubstr("horse")));
}

TEST_F(PrincipalsTest, TheFirstAdminIsMadeOnce) {
  EXPECT_FALSE(principals().first_admin().value());
  add("ana", Role::kListener);
  const auto password = principals().add_first_admin(actor_).value();
  ASSERT_TRUE(password);
  EXPECT_EQ(principals().check_password("admin", *password).value()->role, Role::kAdmin);
  EXPECT_FALSE(principals().add_first_admin(actor_).value());
  clock_.advance(1000);
  add("another", Role::kAdmin);
  EXPECT_EQ(principals().first_admin().value()->name, "admin");
}

TEST_F(PrincipalsTest, WhoeverHasTheNameAdminKeepsIt) {
  add("admin", Role::kListener);
  EXPECT_FALSE(principals().add_first_admin(actor_).value());
  EXPECT_EQ(principals().find("admin").value().role, Role::kListener);
}

TEST_F(PrincipalsTest, TheLastAdminStays) {
  add("root", Role::kAdmin);
  EXPECT_THAT(principals().remove("root", actor_).error().message, HasSubstr("no admin would be left"));
  EXPECT_FALSE(principals().set_disabled("root", true, actor_).ok());
  EXPECT_FALSE(principals().set_role("root", Role::kOperator, actor_).ok());
  EXPECT_EQ(principals().find("root").value().role, Role::kAdmin);
  add("second", Role::kAdmin);
  EXPECT_TRUE(principals().remove("root", actor_).ok());
  EXPECT_FALSE(principals().set_disabled("second", true, actor_).ok());
}

TEST_F(PrincipalsTest, ChangesNeedSomebodyToChange) {
  EXPECT_EQ(principals().remove("bob", actor_).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(principals().set_role("bob", Role::kAdmin, actor_).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(principals().set_disabled("bob", true, actor_).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(principals().set_password("bob", kPassword, actor_).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(security().audit().list(10).value().empty()) << "nothing was changed";
}

TEST_F(PrincipalsTest, EveryChangeIsInTheLog) {
  add("ana", Role::kListener);
  EXPECT_EQ(last_entry(), "user.add ana listener");
  ASSERT_TRUE(principals().set_role("ana", Role::kOperator, actor_).ok());
  EXPECT_EQ(last_entry(), "user.role.operator ana");
  ASSERT_TRUE(principals().set_disabled("ana", true, actor_).ok());
  EXPECT_EQ(last_entry(), "user.disable ana");
  EXPECT_FALSE(principals().check_password("ana", kPassword).value()) << "disabled";
  ASSERT_TRUE(principals().set_disabled("ana", false, actor_).ok());
  EXPECT_EQ(last_entry(), "user.enable ana");
  ASSERT_TRUE(principals().set_password("ana", "another long password", actor_).ok());
  EXPECT_EQ(last_entry(), "user.password ana");
  clock_.advance(500);
  ASSERT_TRUE(principals().remove("ana", actor_).ok());
  const auto entries = security().audit().list(100).value();
  ASSERT_EQ(entries.size(), 6u);
  EXPECT_EQ(entries[0].what, "user.remove");
  EXPECT_EQ(entries[0].time, kStart + 500);
  EXPECT_EQ(entries[0].who, "local:tester");
  EXPECT_EQ(entries[0].request_id, "request-1");
  EXPECT_EQ(entries[0].number, 6);
  EXPECT_EQ(security().audit().list(2).value().size(), 2u);
  for (const AuditEntry& entry : entries) EXPECT_THAT(entry.subject, testing::Not(HasSubstr("horse")));
}

TEST_F(PrincipalsTest, APersonIsErasedWithTokensAndName) {
  const Principal boss = add("boss", Role::kAdmin);
  const Principal ana = add("ana", Role::kListener, "user 42");
  add("ana2", Role::kListener, "user 42");
  add("anabel", Role::kListener, "user 43");
  const std::string token = security_->tokens().issue_token(ana, 30, {"ana", "r"}).value();
  ASSERT_TRUE(security_->authenticator().authenticate(token).ok());
  EXPECT_EQ(principals().of_listener(base::UserId("user 42")).value().size(), 2u);
  EXPECT_FALSE(security_->audit().of("ana", ana.created).value().empty());

  EXPECT_EQ(principals().erase_listener(base::UserId("user 42"), {"ana", "r9"}).value(), 2);
  security_->authenticator().forget();
  EXPECT_FALSE(security_->authenticator().authenticate(token).ok());
  EXPECT_TRUE(principals().of_listener(base::UserId("user 42")).value().empty());
  EXPECT_TRUE(principals().find("anabel").ok());
  const auto entries = security_->audit().list(100).value();
  for (const AuditEntry& entry : entries) {
    for (const std::string& text : {entry.who, entry.subject}) {
      EXPECT_NE(text, "ana");
      EXPECT_FALSE(text.starts_with("ana ")) << "of a token";
    }
  }
  const AuditEntry last = security_->audit().list(1).value()[0];
  EXPECT_EQ(last.who, AuditLog::kErased);
  EXPECT_EQ(last.what, "user.erase");
  EXPECT_EQ(last.request_id, "r9");
}

TEST_F(PrincipalsTest, WhatSomebodyDidIsNotTheirsWhoHasTheNameNow) {
  const Principal first = add("ana", Role::kListener);
  ASSERT_TRUE(tokens().issue_token(first, 30, {"ana", "r"}).ok());
  ASSERT_TRUE(principals().remove("ana", actor_).ok());
  clock_.advance(1);
  const Principal second = add("ana", Role::kListener);
  EXPECT_EQ(security().audit().of("ana", first.created).value().size(), 1U);
  EXPECT_TRUE(security().audit().of("ana", second.created).value().empty());
}

TEST_F(PrincipalsTest, TheLastAdminIsNotErased) {
  const Principal boss = add("boss", Role::kAdmin, "user 1");
  add("other", Role::kListener, "user 2");
  EXPECT_EQ(principals().check_erasable(base::UserId("user 1")).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(principals().erase_listener(base::UserId("user 1"), actor_).ok());
  EXPECT_TRUE(principals().find("boss").ok());
  EXPECT_TRUE(principals().check_erasable(base::UserId("user 2")).ok());
  EXPECT_TRUE(principals().check_erasable(base::UserId("nobody")).ok());
  const Principal second = add("second", Role::kAdmin, "user 3");
  EXPECT_TRUE(principals().check_erasable(base::UserId("user 1")).ok());
  ASSERT_TRUE(principals().set_disabled("second", true, actor_).ok());
  EXPECT_FALSE(principals().check_erasable(base::UserId("user 1")).ok()) << "a disabled one lets nobody in";
}

}  // namespace
}  // namespace mla::security
