#include "knowledge/catalog/event.h"

#include <cmath>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::catalog {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

std::string refusal(const std::function<void(Event&)>& spoil) {
  Event event;
  event.user = base::UserId("u");
  event.item = base::ItemId("i");
  spoil(event);
  const base::Status status = check(event);
  return status.ok() ? "accepted" : status.error().message;
}

TEST(Event, TypesHaveNames) {
  for (int i = 0; i < kEventTypes; ++i) {
    const auto type = static_cast<EventType>(i);
    EXPECT_EQ(parse_event_type(to_string(type)).value(), type);
  }
  EXPECT_EQ(to_string(EventType::kBan), "ban");
  const auto unknown = parse_event_type("Listen");
  EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(unknown.error().message, HasSubstr("'Listen': use listen, skip, like, dislike or ban"));
}

TEST(Event, AcceptsWhatIsValid) {
  EXPECT_EQ(refusal([](Event&) {}), "accepted");
  EXPECT_EQ(refusal([](Event& event) {
              event.id = base::EventId("x");
              event.time = 0;
              event.ms_played = 0;
              event.weight = 1e-9;
              event.context = R"({"mood":"ruhig"})";
            }),
            "accepted");
}

TEST(Event, RefusesIdsThatCannotBeKeys) {
  EXPECT_EQ(refusal([](Event& event) { event.user = {}; }), "the user is empty");
  EXPECT_EQ(refusal([](Event& event) { event.item = {}; }), "the item is empty");
  EXPECT_THAT(refusal([](Event& event) { event.user = base::UserId(std::string(513, 'u')); }), HasSubstr("513 bytes"));
  EXPECT_EQ(refusal([](Event& event) { event.item = base::ItemId("\xFF"); }), "the item is not UTF-8");
  EXPECT_EQ(refusal([](Event& event) { event.id = base::EventId("\xC3"); }), "the event id is not UTF-8");
}

TEST(Event, RefusesNumbersThatMeanNothing) {
  EXPECT_THAT(refusal([](Event& event) { event.weight = 0; }), HasSubstr("weight 0 is not a number above 0"));
  EXPECT_THAT(refusal([](Event& event) { event.weight = std::nan(""); }), HasSubstr("weight nan"));
  EXPECT_THAT(refusal([](Event& event) { event.weight = INFINITY; }), HasSubstr("weight inf"));
  EXPECT_THAT(refusal([](Event& event) { event.time = -1; }), HasSubstr("time -1 is before 1970"));
  EXPECT_THAT(refusal([](Event& event) { event.ms_played = -5; }), HasSubstr("ms_played -5 is negative"));
  EXPECT_THAT(refusal([](Event& event) { event.context = std::string(4097, ' '); }), HasSubstr("at most 4096 bytes"));
}

}  // namespace
}  // namespace mla::catalog
