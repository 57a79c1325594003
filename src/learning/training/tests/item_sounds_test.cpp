#include "learning/training/item_sounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/artifact/tests/temporary_folder.h"
#include "learning/training/model_bundle.h"
#include "learning/training/sessions.h"
#include "learning/training/split.h"
#include "learning/training/tests/bench.h"

namespace mla::training {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Dataset four_items() {
  DatasetBuilder builder(false);
  for (const char* id : {"a", "b", "c", "d"}) {
    catalog::Item item;
    item.id = base::ItemId(id);
    builder.add_item(item);
  }
  return builder.build();
}

const std::vector<ItemSound> kSounds = {{"d", {0, 1}, {{"nostalgia", 0.9}}},
                                        {"elsewhere", {1, 0}, {}},
                                        {"a", {0.6F, 0.8F}, {{"nostalgia", 0.1}}},
                                        {"c", {}, {}}};

TEST(ItemSounds, AreGivenToTheItemsOfTheirIds) {
  Dataset dataset = four_items();
  ASSERT_TRUE(add_sounds(kSounds, dataset).ok());
  EXPECT_EQ(items_with_sound(dataset), 2U);
  EXPECT_THAT(dataset.data.item_sounds.row(0), ElementsAre(0.6F, 0.8F));
  EXPECT_THAT(dataset.data.item_sounds.row(1), ElementsAre(0, 0)) << "unknown";
  EXPECT_THAT(dataset.data.item_sounds.row(2), ElementsAre(0, 0)) << "silent";
  EXPECT_THAT(dataset.data.item_sounds.row(3), ElementsAre(0, 1));
  EXPECT_NE(dataset.fingerprint(), four_items().fingerprint());
}

TEST(ItemSounds, OfDifferentSizesAreRefused) {
  Dataset dataset = four_items();
  const auto added = add_sounds(std::vector<ItemSound>{{"a", {1, 0}, {}}, {"b", {1, 0, 0}, {}}}, dataset);
  ASSERT_FALSE(added.ok());
  EXPECT_THAT(added.error().message, HasSubstr("'b' has 3 numbers, others have 2"));
}

TEST(ItemSounds, ALibraryOfSoundsAloneCanBeLearntAndServed) {
  Bench bench;
  Dataset dataset = four_items();
  EXPECT_FALSE(train(dataset, "hybrid", {}, bench.work).ok()) << "nothing is known of it";
  ASSERT_TRUE(add_sounds(kSounds, dataset).ok());
  auto trained = train(dataset, "hybrid", {}, bench.work);
  ASSERT_TRUE(trained.ok()) << trained.error().message;
  EXPECT_THAT(trained->lines.front(), HasSubstr("sound"));
  const artifact::TemporaryFolder folder;
  artifact::Writer writer;
  ASSERT_TRUE(save_bundle(*trained, writer).ok());
  artifact::Description description;
  description.id = "hybrid";
  description.model_type = "recommendation";
  ASSERT_TRUE(artifact::publish_to(folder.path() / "m", description, writer).ok());
  const auto bundle = load_bundle(artifact::Reader::open(folder.path() / "m").value());
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  EXPECT_EQ(bundle->model->item_sounds().rows, 4U);
  EXPECT_EQ(bundle->context.sound_moods.names, std::vector<std::string>({"melancholic", "nostalgic", "romantic"}));
  EXPECT_GT(bundle->context.sound_moods.lift(3, 1), 0.9F);
  EXPECT_LT(bundle->context.sound_moods.lift(0, 1), -0.9F);
  std::vector<float> scores(4);
  const std::vector<models::HistoryEntry> heard = {{0, 1.0F}};
  bundle->model->score({heard, 0}, scores);
  EXPECT_GT(scores[3], scores[1]) << "0.8 alike";
}

TEST(ItemSounds, StayWithPartsOfTheData) {
  DatasetBuilder builder(true);
  for (const char* item : {"a", "b", "d"}) builder.add_event("u", item, catalog::EventType::kListen, 1, 1'000'000);
  for (const char* id : {"c"}) {
    catalog::Item item;
    item.id = base::ItemId(id);
    builder.add_item(item);
  }
  Dataset dataset = builder.build();
  ASSERT_TRUE(add_sounds(kSounds, dataset).ok());
  EXPECT_THAT(sessions_as_users(dataset).data.item_sounds.row(3), ElementsAre(0, 1));
  EXPECT_THAT(models::hold_out(dataset.data, 0.2, 1).rest.item_sounds.row(3), ElementsAre(0, 1));
  const Dataset known = known_part(dataset);
  EXPECT_THAT(known.item_ids, ElementsAre("a", "b", "d"));
  EXPECT_THAT(known.data.item_sounds.row(2), ElementsAre(0, 1));
}

}  // namespace
}  // namespace mla::training
