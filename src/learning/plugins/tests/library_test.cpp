#include "learning/plugins/impl/library.h"

#include <limits>

#include <gmock/gmock.h>

namespace mla::plugins {
namespace {

using testing::HasSubstr;

int fit(mla_plugin_model* /*model*/, const mla_plugin_training* /*training*/) { return MLA_PLUGIN_OK; }
int save(mla_plugin_model* /*model*/) { return MLA_PLUGIN_OK; }
int load(mla_plugin_model* /*model*/, const void* /*state*/, size_t /*size*/, int32_t /*items*/) {
  return MLA_PLUGIN_OK;
}
int32_t score(mla_plugin_model* /*model*/, const mla_plugin_history* /*history*/, float* /*scores*/, int32_t items) {
  return items;
}

class CheckPlugin : public testing::Test {
 protected:
  CheckPlugin() {
    plugin_.abi = MLA_PLUGIN_ABI;
    plugin_.name = "mine";
    plugin_.version = "1";
    plugin_.description = "mine";
    plugin_.parameters = &parameter_;
    plugin_.parameter_count = 1;
    plugin_.create = [](const mla_plugin_callbacks*, const double*) -> mla_plugin_model* { return nullptr; };
    plugin_.destroy = [](mla_plugin_model*) {};
    plugin_.fit = fit;
    plugin_.save = save;
    plugin_.load = load;
    plugin_.score = score;
  }
  std::string refusal() const {
    const base::Status status = check_plugin(&plugin_);
    return status.ok() ? "" : status.error().message;
  }

  mla_plugin_parameter parameter_{"depth", "how deep", 2, 1, 9, 1};
  mla_plugin plugin_{};
};

TEST_F(CheckPlugin, AWholeOneIsTaken) {
  EXPECT_EQ(refusal(), "");
  plugin_.parameters = nullptr;
  plugin_.parameter_count = 0;
  EXPECT_EQ(refusal(), "");
}

TEST_F(CheckPlugin, AnotherAbiIsRefusedBeforeAnythingElseIsLookedAt) {
  mla_plugin other{};
  other.abi = MLA_PLUGIN_ABI + 1;
  EXPECT_THAT(check_plugin(&other).error().message, HasSubstr("made for plugin ABI 2, this program has plugin ABI 1"));
  EXPECT_THAT(check_plugin(nullptr).error().message, HasSubstr("made for another plugin ABI"));
}

TEST_F(CheckPlugin, WhatIsMissingIsSaid) {
  const mla_plugin whole = plugin_;
  plugin_.version = nullptr;
  EXPECT_THAT(refusal(), HasSubstr("no name, version or description"));
  plugin_ = whole;
  plugin_.score = nullptr;
  EXPECT_THAT(refusal(), HasSubstr("fit, save, load and score"));
  plugin_ = whole;
  plugin_.parameters = nullptr;
  EXPECT_THAT(refusal(), HasSubstr("1 parameters"));
  plugin_ = whole;
  plugin_.parameter_count = 65;
  EXPECT_THAT(refusal(), HasSubstr("65 parameters"));
}

TEST_F(CheckPlugin, AParameterHasANameAndAValueInItsRange) {
  parameter_.fallback = 10;
  EXPECT_THAT(refusal(), HasSubstr("'depth' is 10 by default, which is not between 1 and 9"));
  parameter_.fallback = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(refusal(), HasSubstr("'depth' is nan by default"));
  parameter_ = {"depth", "how deep", 2, 1, std::numeric_limits<double>::infinity(), 0};
  EXPECT_THAT(refusal(), HasSubstr("between 1 and inf"));
  parameter_.help = nullptr;
  EXPECT_THAT(refusal(), HasSubstr("no help"));
}

}  // namespace
}  // namespace mla::plugins
