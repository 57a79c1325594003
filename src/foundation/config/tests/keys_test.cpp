#include "foundation/config/keys.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/config/load.h"

namespace mla::config {
namespace {

TEST(Keys, NamesAreUniqueAndMembersAreTheirOwn) {
  Settings settings;
  std::set<std::string_view> names;
  std::set<std::string_view> variables;
  std::set<const void*> members;
  for (const Key& key : keys()) {
    EXPECT_TRUE(names.insert(key.name).second) << key.name;
    EXPECT_TRUE(members.insert(std::visit([](auto* p) -> const void* { return p; }, key.field(settings))).second)
        << key.name;
    EXPECT_TRUE(key.variable.empty() || variables.insert(key.variable).second) << key.variable;
    EXPECT_FALSE(key.help.empty()) << key.name;
    EXPECT_FALSE(is_section(key.name)) << key.name;
  }
}

// A default that its own key would refuse cannot be written into a file by hand.
TEST(Keys, DefaultsAreWithinTheirOwnRange) {
  for (const Key& key : keys()) {
    Settings settings;
    const FieldRef field = key.field(settings);
    if (const auto* const* number = std::get_if<int*>(&field)) {
      EXPECT_LE(key.min, **number) << key.name;
      EXPECT_GE(key.max, **number) << key.name;
    }
    if (const auto* const* number = std::get_if<double*>(&field)) {
      EXPECT_LE(key.min, **number) << key.name;
      EXPECT_GE(key.max, **number) << key.name;
    }
    if (const auto* const* text = std::get_if<std::string*>(&field); text != nullptr && !key.choices.empty()) {
      EXPECT_THAT(key.choices, testing::Contains(**text)) << key.name;
    }
  }
}

// int fields are read through a range check alone, so every one of them must have a range that fits an int.
TEST(Keys, WholeNumbersHaveARangeThatFits) {
  for (const Key& key : keys()) {
    Settings settings;
    const FieldRef field = key.field(settings);
    if (!std::holds_alternative<int*>(field) && !std::holds_alternative<std::vector<int>*>(field)) continue;
    EXPECT_GE(key.min, std::numeric_limits<int>::min()) << key.name;
    EXPECT_LE(key.max, std::numeric_limits<int>::max()) << key.name;
  }
}

TEST(Keys, SectionsAndNearestNames) {
  EXPECT_TRUE(is_section("models"));
  EXPECT_TRUE(is_section("models.audio"));
  EXPECT_FALSE(is_section("model"));
  EXPECT_FALSE(is_section("server.port"));
  EXPECT_FALSE(is_section("server.por"));
  EXPECT_EQ(find_key("server.por"), nullptr);
  EXPECT_EQ(nearest_key("server.prt"), "server.port");
  EXPECT_EQ(nearest_key("monitoring.n_mfcc"), "models.audio.n_mfcc");
  EXPECT_EQ(nearest_key("drift_detection_treshold"), "monitoring.drift_detection_threshold");
  EXPECT_EQ(nearest_key("zzzzzzzzzzzzzz"), "");
}

// docs/configuration.md is written by this test when MLA_UPDATE_GOLDEN is set.
TEST(Keys, TheReferencePageIsThatOfTheTable) {
  const std::string path = "docs/configuration.md";
  if (std::getenv("MLA_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << reference_page();
  std::ifstream file(path);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(page, reference_page()) << "run MLA_UPDATE_GOLDEN=1 mla_config_tests in the project's folder";
}

}  // namespace
}  // namespace mla::config
