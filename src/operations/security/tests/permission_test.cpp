#include "operations/security/permission.h"

#include <set>

#include <gmock/gmock.h>

namespace mla::security {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

TEST(Roles, HaveNamesThatReadBack) {
  std::set<std::string_view> names;
  for (const Role role : kRoles) {
    EXPECT_EQ(parse_role(to_string(role)), role);
    EXPECT_TRUE(names.insert(to_string(role)).second);
  }
  EXPECT_EQ(parse_role("Admin"), std::nullopt);
  EXPECT_EQ(parse_role(""), std::nullopt);
}

// What must hold of the table, whatever is added to it.
TEST(Table, AdminsMayEverythingAndListenersTouchNobodyElse) {
  for (std::size_t i = 0; i < kPermissions; ++i) {
    const auto permission = static_cast<Permission>(i);
    EXPECT_EQ(reach_of(Role::kAdmin, permission), Reach::kAny) << to_string(permission);
    const bool personal = permission == Permission::kReadRecommendations || permission == Permission::kWriteEvents ||
                          permission == Permission::kReadUsers || permission == Permission::kEraseUsers;
    const bool public_knowledge = permission == Permission::kReadTracks;
    EXPECT_EQ(reach_of(Role::kListener, permission), personal           ? Reach::kOwn
                                                     : public_knowledge ? Reach::kAny
                                                                        : Reach::kNone)
        << to_string(permission);
  }
  EXPECT_EQ(reach_of(Role::kOperator, Permission::kWriteEvents), Reach::kNone);
  EXPECT_EQ(reach_of(Role::kService, Permission::kReadMetrics), Reach::kNone);
}

TEST(Permissions, AreNamedWithTheirReach) {
  EXPECT_THAT(
      Permissions::of(Role::kListener).names(),
      ElementsAre("recommendations:read:own", "events:write:own", "tracks:read", "users:read:own", "users:erase:own"));
  EXPECT_THAT(Permissions::of(Role::kAdmin).names(), testing::SizeIs(kPermissions));
  EXPECT_THAT(Permissions::of(Role::kAdmin).names(), Not(Contains(testing::EndsWith(":own"))));
  EXPECT_THAT(Permissions().names(), IsEmpty());
  for (const Role role : kRoles) EXPECT_EQ(Permissions::parse(Permissions::of(role).names()), Permissions::of(role));
}

TEST(Permissions, UnknownNamesGiveNothing) {
  const std::vector<std::string> names = {"everything", "tracks", "tracks:read:any", "", ":own", "TRACKS:READ"};
  EXPECT_EQ(Permissions::parse(names), Permissions());
  const std::vector<std::string> both = {"events:write:own", "events:write", "events:write:own"};
  EXPECT_EQ(Permissions::parse(both).reach(Permission::kWriteEvents), Reach::kAny);
}

TEST(Permissions, ScopesReadBack) {
  for (const Role role : kRoles) EXPECT_EQ(Permissions::of_scope(Permissions::of(role).scope()), Permissions::of(role));
  EXPECT_EQ(Permissions::of(Role::kListener).scope(),
            "recommendations:read:own events:write:own tracks:read users:read:own users:erase:own");
  EXPECT_EQ(Permissions::of_scope("  tracks:read   events:write:own ")->scope(), "events:write:own tracks:read");
  for (const char* none : {"", " ", "everything", "tracks:read everything", "tracks:read,events:write",
                           "tracks:read\tevents:write", "TRACKS:READ", "tracks:read:any", ":own"}) {
    EXPECT_FALSE(Permissions::of_scope(none)) << none;
  }
}

TEST(Permissions, WithinIsNoMore) {
  const Permissions listener = Permissions::of(Role::kListener);
  EXPECT_TRUE(listener.within(listener));
  EXPECT_TRUE(listener.within(Permissions::of(Role::kAdmin)));
  EXPECT_FALSE(Permissions::of(Role::kAdmin).within(listener));
  EXPECT_FALSE(Permissions::of_scope("events:write")->within(listener)) << "everybody's is more than one's own";
  EXPECT_TRUE(Permissions().within(Permissions()));
}

TEST(Permissions, IntersectTakesTheNarrower) {
  const Permissions listener = Permissions::of(Role::kListener);
  EXPECT_EQ(listener.intersect(Permissions::of(Role::kAdmin)), listener);
  EXPECT_EQ(Permissions::of(Role::kAdmin).intersect(listener), listener);
  EXPECT_EQ(listener.intersect(Permissions()), Permissions());
  const Permissions both = listener.intersect(Permissions::of(Role::kOperator));
  EXPECT_EQ(both.reach(Permission::kReadRecommendations), Reach::kOwn);
  EXPECT_EQ(both.reach(Permission::kWriteEvents), Reach::kNone);
}

}  // namespace
}  // namespace mla::security
