#include "learning/registry/registry.h"

#include <fstream>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learning/registry/tests/sample_model.h"

namespace mla::registry {
namespace {

using artifact::Published;
using base::Error;
using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace fs = std::filesystem;

class RegistryTest : public testing::Test {
 protected:
  Aliases aliases() const { return read_aliases(path_.path() / "m").value(); }
  std::vector<int> order() const { return numbers(models_.serving_order("m").value().versions); }
  Published version(int number) const { return models_.resolve("m/" + std::to_string(number), "").value(); }
  void damage(int number) const {
    const fs::path file = version(number).folder / "model.safetensors";
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(fs::file_size(file)) - 1);
    stream.put('\x7f');
  }

  ModelPath path_;
  Registry models_{path_.path()};
};

TEST_F(RegistryTest, AVersionIsFoundByItsJobAndGetsItsPartOnce) {
  artifact::Description description = described("m");
  const SampleModel model;
  EXPECT_FALSE(models_.of_job("m", "job-a")->has_value());
  ASSERT_TRUE(publish(models_).ok());
  description.job = "job-a";
  // As a crash between the two halves of `publish` leaves it.
  const Published made = artifact::publish(path_.path(), description, model.writer).value();
  ASSERT_TRUE(publish(models_, Arrival::kChallenger).ok());
  EXPECT_EQ(models_.of_job("m", "job-a").value()->version, made.version);
  EXPECT_FALSE(models_.of_job("m", "job-b")->has_value());

  const Check objects = [](const Published&) { return Error{ErrorCode::kCorrupt, "no"}; };
  EXPECT_FALSE(models_.take_part(made, Arrival::kChampion, objects).ok());
  EXPECT_EQ(aliases(), (Aliases{1, 3, 0}));
  ASSERT_TRUE(models_.take_part(made, Arrival::kChampion, {}).ok());
  const Aliases served = aliases();
  EXPECT_EQ(served.champion, 2);
  EXPECT_EQ(served.previous, 1);
  ASSERT_TRUE(models_.take_part(made, Arrival::kChampion, {}).ok());
  EXPECT_EQ(aliases(), served);
}

TEST_F(RegistryTest, TheFirstVersionIsChampionWhateverItArrivesAs) {
  ASSERT_EQ(publish(models_, Arrival::kChallenger).value().version, 1);
  EXPECT_EQ(aliases(), (Aliases{1, 0, 0}));
}

TEST_F(RegistryTest, AVersionThatArrivesAsChampionIsServedAndTheOneBeforeIsPrevious) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(publish(models_).ok());
  EXPECT_EQ(aliases(), (Aliases{3, 0, 2}));
  EXPECT_THAT(order(), ElementsAre(3, 2, 1));
}

TEST_F(RegistryTest, AChallengerWaits) {
  ASSERT_TRUE(publish(models_).ok());
  ASSERT_TRUE(publish(models_, Arrival::kChallenger).ok());
  EXPECT_EQ(aliases(), (Aliases{1, 2, 0}));
  ASSERT_TRUE(publish(models_, Arrival::kChallenger).ok());
  EXPECT_EQ(aliases(), (Aliases{1, 3, 0})) << "the newest challenges";
  EXPECT_THAT(order(), ElementsAre(1, 3, 2));
}

TEST_F(RegistryTest, FoldersFromBeforeAliasesServeTheirNewestVersion) {
  const SampleModel model;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(artifact::publish(path_.path(), described("m"), model.writer).ok());
  EXPECT_THAT(order(), ElementsAre(3, 2, 1));
  EXPECT_EQ(models_.resolve("m", "champion").value().version, 3);
  EXPECT_EQ(models_.entries("m").value().back().alias, "champion");
  ASSERT_TRUE(publish(models_, Arrival::kChallenger).ok());
  EXPECT_EQ(aliases(), (Aliases{3, 4, 0})) << "what was served stays";
}

TEST_F(RegistryTest, AFolderFromBeforeAliasesCanBeRolledBackAfterTheNextVersion) {
  const SampleModel model;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(artifact::publish(path_.path(), described("m"), model.writer).ok());
  ASSERT_TRUE(publish(models_).ok());
  EXPECT_EQ(aliases(), (Aliases{3, 0, 2}));
  EXPECT_EQ(models_.rollback("m", {}).value().version, 2);
}

TEST_F(RegistryTest, PromotionAndRollback) {
  ASSERT_TRUE(publish(models_).ok());
  ASSERT_TRUE(publish(models_, Arrival::kChallenger).ok());
  ASSERT_TRUE(models_.promote(models_.resolve("m", "challenger").value(), {}).ok());
  EXPECT_EQ(aliases(), (Aliases{2, 0, 1}));
  ASSERT_TRUE(models_.promote(version(2), {}).ok());
  EXPECT_EQ(aliases(), (Aliases{2, 0, 1})) << "promoting the champion changes nothing";
  EXPECT_EQ(models_.rollback("m", {}).value().version, 1);
  EXPECT_EQ(aliases(), (Aliases{1, 0, 0}));
  EXPECT_THAT(order(), ElementsAre(1, 2)) << "what was rolled back from comes last";
  const auto again = models_.rollback("m", {});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(again.error().message, HasSubstr("no previous"));
}

TEST_F(RegistryTest, AVersionPromotedBeforeItTookItsPartKeepsTheOneBeforeAsPrevious) {
  ASSERT_TRUE(publish(models_).ok());
  const Check somebody_promotes_it = [&](const Published& version) { return models_.promote(version, {}); };
  ASSERT_TRUE(publish(models_, Arrival::kChampion, "m", somebody_promotes_it).ok());
  EXPECT_EQ(aliases(), (Aliases{2, 0, 1}));
}

TEST_F(RegistryTest, NothingChangesIfTheCheckObjects) {
  ASSERT_TRUE(publish(models_).ok());
  ASSERT_TRUE(publish(models_, Arrival::kChallenger).ok());
  std::vector<std::string> asked;
  const Check objects = [&](const Published& version) -> base::Status {
    asked.push_back(version.id + "/" + std::to_string(version.version));
    return Error{ErrorCode::kCorrupt, "it recommends nothing"};
  };
  EXPECT_EQ(models_.promote(version(2), objects).error().message, "it recommends nothing");
  EXPECT_EQ(aliases(), (Aliases{1, 2, 0}));
  const auto published = publish(models_, Arrival::kChampion, "m", objects);
  ASSERT_FALSE(published.ok());
  EXPECT_THAT(published.error().message, HasSubstr("m/3 is published, but what is served stays as it is"));
  EXPECT_THAT(published.error().message, HasSubstr("it recommends nothing"));
  EXPECT_EQ(aliases(), (Aliases{1, 2, 0}));
  ASSERT_TRUE(models_.promote(version(2), {}).ok());
  EXPECT_FALSE(models_.rollback("m", objects).ok());
  EXPECT_EQ(aliases(), (Aliases{2, 0, 1}));
  EXPECT_THAT(asked, ElementsAre("m/2", "m/3", "m/1"));
}

TEST_F(RegistryTest, DamagedVersionsAreNotPromotedNorRolledBackTo) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(publish(models_).ok());
  damage(1);
  damage(2);
  EXPECT_EQ(models_.promote(version(1), {}).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(models_.rollback("m", {}).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(aliases(), (Aliases{3, 0, 2}));
}

TEST_F(RegistryTest, VerifyKnowsWhatWasPutThereByHand) {
  ASSERT_TRUE(publish(models_).ok());
  ASSERT_TRUE(publish(models_, Arrival::kChampion, "other").ok());
  EXPECT_TRUE(models_.verify(version(1)).ok());
  fs::copy(path_.path() / "other" / "1", path_.path() / "m" / "2", fs::copy_options::recursive);
  const auto foreign = models_.verify(version(2));
  ASSERT_FALSE(foreign.ok());
  EXPECT_THAT(foreign.error().message, HasSubstr("other"));
  EXPECT_FALSE(models_.promote(version(2), {}).ok());
}

TEST_F(RegistryTest, NamesAreResolved) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(publish(models_).ok());
  ASSERT_TRUE(publish(models_, Arrival::kChallenger).ok());
  const auto resolved = [&](const char* name) { return models_.resolve(name, "champion").value().version; };
  EXPECT_EQ(resolved("m"), 3);
  EXPECT_EQ(resolved("m/1"), 1);
  EXPECT_EQ(resolved("m/champion"), 3);
  EXPECT_EQ(resolved("m/challenger"), 4);
  EXPECT_EQ(resolved("m/previous"), 2);
  EXPECT_EQ(resolved("m/newest"), 4);
}

TEST_F(RegistryTest, UnknownNamesAreToldWhatThereIs) {
  const auto message = [&](const char* name) { return models_.resolve(name, "champion").error().message; };
  EXPECT_THAT(message("m"), HasSubstr("train one first"));
  ASSERT_TRUE(publish(models_).ok());
  ASSERT_TRUE(publish(models_, Arrival::kChampion, "other").ok());
  EXPECT_THAT(message("mm"), HasSubstr("there is m, other"));
  EXPECT_THAT(message("m/2"), HasSubstr("has no version 2; it has 1"));
  EXPECT_THAT(message("m/99999999999"), HasSubstr("has no version"));
  EXPECT_THAT(message("m/-1"), HasSubstr("has no version"));
  EXPECT_THAT(message("m/challenger"), HasSubstr("no challenger"));
  EXPECT_THAT(message("m/winner"), HasSubstr("give a number, champion"));
  for (const char* name : {"", "..", "../m", "/", "m/", "ü"})
    EXPECT_FALSE(models_.resolve(name, "champion").ok()) << name;
  EXPECT_EQ(models_.entries("mm").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(models_.remove_old("mm", 1).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(models_.promote({"m", 7, path_.path() / "m" / "7"}, {}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(models_.rollback("mm", {}).error().code, ErrorCode::kNotFound);
}

TEST_F(RegistryTest, EntriesSayWhatOneMayAsk) {
  ASSERT_TRUE(publish(models_).ok());
  ASSERT_TRUE(publish(models_).ok());
  fs::remove(version(1).folder / "model.safetensors");
  const auto entries = models_.entries("m").value();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].alias, "previous");
  EXPECT_THAT(entries[0].problem, HasSubstr("model.safetensors"));
  EXPECT_THAT(entries[0].manifest, IsEmpty());
  EXPECT_EQ(entries[1].alias, "champion");
  EXPECT_EQ(entries[1].problem, "");
  EXPECT_EQ(entries[1].manifest.at("id").as_string(), "m");
  EXPECT_EQ(entries[1].bytes, fs::file_size(version(2).folder / "model.safetensors") +
                                  fs::file_size(version(2).folder / "manifest.json"));
}

TEST_F(RegistryTest, IdsAreThoseWithVersions) {
  EXPECT_THAT(Registry(path_.path() / "missing").ids().value(), IsEmpty());
  ASSERT_TRUE(publish(models_, Arrival::kChampion, "b").ok());
  ASSERT_TRUE(publish(models_, Arrival::kChampion, "a").ok());
  fs::create_directory(path_.path() / "empty");
  fs::create_directory(path_.path() / ".hidden");
  std::ofstream(path_.path() / "file") << "x";
  EXPECT_THAT(models_.ids().value(), ElementsAre("a", "b"));
}

TEST_F(RegistryTest, OldVersionsGoButNeverOneWithAPart) {
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(publish(models_).ok());
  ASSERT_TRUE(models_.promote(version(2), {}).ok());  // champion 2, previous 6
  ASSERT_TRUE(publish(models_, Arrival::kChallenger).ok());
  ASSERT_TRUE(publish(models_, Arrival::kChallenger).ok());  // challenger 8
  EXPECT_THAT(numbers(models_.remove_old("m", 3).value()), ElementsAre(1, 3, 4, 5));
  EXPECT_THAT(numbers(models_.versions("m").value()), ElementsAre(2, 6, 7, 8));
  EXPECT_THAT(numbers(models_.remove_old("m", 1).value()), ElementsAre(7));
  EXPECT_THAT(numbers(models_.remove_old("m", 1).value()), IsEmpty());
  EXPECT_EQ(aliases(), (Aliases{2, 8, 6}));
  EXPECT_EQ(publish(models_).value().version, 9) << "numbers are not used again";
}

TEST_F(RegistryTest, WithoutReadableAliasesNothingIsRemoved) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(publish(models_).ok());
  std::ofstream(path_.path() / "m" / "aliases.json", std::ios::trunc) << "{}";
  EXPECT_EQ(models_.remove_old("m", 1).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(models_.versions("m").value().size(), 4u);
  EXPECT_EQ(models_.serving_order("m").error().code, ErrorCode::kCorrupt);
  ASSERT_TRUE(models_.promote(version(3), {}).ok()) << "this is how they are mended";
  EXPECT_EQ(aliases(), (Aliases{3, 0, 0}));
}

TEST_F(RegistryTest, AChampionThatIsGoneLeavesTheOthersInOrder) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(publish(models_).ok());
  fs::remove_all(version(4).folder);
  EXPECT_THAT(order(), ElementsAre(3, 2, 1));
  EXPECT_EQ(models_.serving_order("m").value().aliases.champion, 4) << "so that the caller can say so";
}

TEST_F(RegistryTest, AClockThatGoesBackChangesNoOrder) {
  const SampleModel model;
  artifact::Description description = described("m");
  ASSERT_TRUE(models_.publish(description, model.writer, Arrival::kChampion, {}).ok());
  description.created -= 1'000'000'000'000;
  ASSERT_TRUE(models_.publish(description, model.writer, Arrival::kChampion, {}).ok());
  EXPECT_EQ(aliases(), (Aliases{2, 0, 1}));
  EXPECT_THAT(order(), ElementsAre(2, 1));
}

TEST(Registry, AModelMayLieOnAnotherFilesystem) {
  const ModelPath here;
  if (!fs::exists("/dev/shm")) GTEST_SKIP() << "skipped: no /dev/shm";
  const ModelPath elsewhere("/dev/shm");
  fs::create_directory_symlink(elsewhere.path(), here.path() / "m");
  const Registry models(here.path());
  ASSERT_TRUE(publish(models).ok());
  ASSERT_TRUE(publish(models).ok());
  EXPECT_EQ(models.rollback("m", {}).value().version, 1);
  EXPECT_THAT(numbers(models.remove_old("m", 1).value()), IsEmpty());
  EXPECT_TRUE(fs::exists(elsewhere.path() / "aliases.json"));
}

}  // namespace
}  // namespace mla::registry
