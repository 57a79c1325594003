#include "operations/pipelines/library/scan_plan.h"

#include <gtest/gtest.h>

namespace mla::pipelines {
namespace {

LibraryFile known(const char* path, std::int64_t size, bool gone = false, const char* item = nullptr) {
  LibraryFile file;
  file.path = path;
  file.item = base::ItemId(item != nullptr ? item : path);
  file.stamp = {size, 1};
  if (gone) file.gone = 5;
  return file;
}

TEST(ScanPlan, TellsWhatIsNewChangedGoneAndTheSame) {
  const std::vector<SeenFile> seen = {{"/m/a", {1, 1}}, {"/m/b", {2, 2}}, {"/m/d", {4, 1}}};
  const std::vector<LibraryFile> before = {known("/m/a", 1), known("/m/b", 2), known("/m/c", 3)};
  const ScanPlan plan = plan_scan(seen, before, {});
  EXPECT_EQ(plan.unchanged, 1u);
  ASSERT_EQ(plan.read.size(), 2u);
  EXPECT_EQ(plan.read[0].path, "/m/b") << "another time";
  EXPECT_EQ(plan.read[1].path, "/m/d");
  ASSERT_EQ(plan.missing.size(), 1u);
  EXPECT_EQ(plan.missing[0].path, "/m/c");
  EXPECT_TRUE(plan.returned.empty());
}

TEST(ScanPlan, WhatComesBackAsItWasIsNotReadAgain) {
  const std::vector<SeenFile> seen = {{"/m/a", {1, 1}}, {"/m/b", {9, 1}}};
  const std::vector<LibraryFile> before = {known("/m/a", 1, true), known("/m/b", 2, true), known("/m/c", 3, true)};
  const ScanPlan plan = plan_scan(seen, before, {});
  ASSERT_EQ(plan.returned.size(), 1u);
  EXPECT_EQ(plan.returned[0].path, "/m/a");
  ASSERT_EQ(plan.read.size(), 1u);
  EXPECT_TRUE(plan.missing.empty()) << "what was gone is not missed again";
}

TEST(ScanPlan, APathThatSeveralRecordingsHadIsTheOneThatIsThere) {
  const std::vector<LibraryFile> before = {known("/m/a", 2, false, "now"), known("/m/a", 1, true, "then")};
  EXPECT_EQ(plan_scan(std::vector<SeenFile>{{"/m/a", {2, 1}}}, before, {}).unchanged, 1u);
  const ScanPlan other = plan_scan(std::vector<SeenFile>{{"/m/a", {1, 1}}}, before, {});
  EXPECT_EQ(other.read.size(), 1u) << "it looks like the old one: its sound decides";
  EXPECT_TRUE(other.returned.empty());
}

TEST(ScanPlan, WhatLiesInAFolderThatCannotBeReadIsNotMissing) {
  const std::vector<LibraryFile> before = {known("/m/closed/a", 1), known("/m/closed2/a", 1)};
  const std::vector<std::filesystem::path> unread = {"/m/closed"};
  const ScanPlan plan = plan_scan({}, before, unread);
  ASSERT_EQ(plan.missing.size(), 1u);
  EXPECT_EQ(plan.missing[0].path, "/m/closed2/a");
}

}  // namespace
}  // namespace mla::pipelines
