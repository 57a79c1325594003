#include "learning/plugins/impl/message.h"

#include <gmock/gmock.h>

#include "learning/plugins/impl/description.h"
#include "learning/plugins/impl/training_message.h"

namespace mla::plugins {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Packer, WhatWasPackedIsReadInItsOrder) {
  Packer packer;
  packer.value<std::int32_t>(-7);
  packer.text("odd length!");
  const float floats[] = {1.5F, -2.0F, 3.25F};
  packer.array(std::span<const float>(floats));
  packer.array(std::span<const std::int64_t>());
  packer.value(0.1);
  EXPECT_EQ(packer.bytes().size() % 8, 0U);
  Unpacker unpacker(packer.bytes());
  EXPECT_EQ(unpacker.value<std::int32_t>(), -7);
  EXPECT_EQ(unpacker.text(), "odd length!");
  EXPECT_THAT(unpacker.array<float>(), ElementsAre(1.5F, -2.0F, 3.25F));
  EXPECT_THAT(unpacker.array<std::int64_t>(), IsEmpty());
  EXPECT_FALSE(unpacker.done()) << "one more value";
  EXPECT_EQ(unpacker.value<double>(), 0.1);
  EXPECT_TRUE(unpacker.done());
}

TEST(Unpacker, WhatIsCutOrTooShortIsNotRead) {
  Packer packer;
  packer.text("twelve bytes");
  packer.value(1.0);
  for (std::size_t length = 0; length < packer.bytes().size(); ++length) {
    Unpacker unpacker(std::string_view(packer.bytes()).substr(0, length));
    const std::string text(unpacker.text());
    EXPECT_TRUE(text.empty() || text == "twelve bytes");
    EXPECT_EQ(unpacker.value<double>(), 0.0);
    EXPECT_FALSE(unpacker.done()) << length;
  }
}

TEST(Unpacker, ACountThatIsTooLargeIsNotBelieved) {
  for (const std::uint64_t count : {std::uint64_t{2}, std::uint64_t{1} << 61, ~std::uint64_t{0}}) {
    std::string bytes(16, '\0');
    std::memcpy(bytes.data(), &count, sizeof count);
    Unpacker unpacker(bytes);
    EXPECT_THAT(unpacker.array<double>(), IsEmpty()) << count;
    EXPECT_FALSE(unpacker.done());
  }
  Packer two;
  const std::int32_t numbers[] = {1, 2};
  two.array(std::span<const std::int32_t>(numbers));
  Unpacker unpacker(two.bytes());
  EXPECT_EQ(unpacker.value<std::int32_t>(), 0) << "two are not one";
  EXPECT_FALSE(unpacker.done());
}

TEST(TrainingMessage, IsWhatAModelLearnsFrom) {
  models::TrainingData data;
  data.interactions = math::make_csr(2, 3, std::vector<math::Triplet>{{0, 0, 1}, {0, 2, 4}, {1, 1, 2}});
  data.times = {10, 20, 30};
  data.item_artists = {5, -1, 5};
  data.item_sounds = math::Matrix(3, 2);
  data.item_sounds(1, 0) = 1;
  const std::string bytes = pack(data, 99);
  const TrainingMessage message = read_training(bytes);
  EXPECT_EQ(message.users, 2);
  EXPECT_EQ(message.items, 3);
  EXPECT_EQ(message.embedding_dims, 2);
  EXPECT_EQ(message.seed, 99U);
  EXPECT_THAT(message.offsets, ElementsAre(0, 2, 3));
  EXPECT_THAT(message.columns, ElementsAre(0, 2, 1));
  EXPECT_THAT(message.weights, ElementsAre(1, 4, 2));
  EXPECT_THAT(message.times, ElementsAre(10, 20, 30));
  EXPECT_THAT(message.embeddings, ElementsAre(0, 0, 1, 0, 0, 0));
  EXPECT_THAT(message.artists, ElementsAre(5, -1, 5));
}

TEST(PlainLine, IsOneShortLineOfUtf8) {
  EXPECT_EQ(plain_line("two\nlines\x7F"), "two lines ");
  EXPECT_EQ(plain_line("no \xff utf"), "no ? utf");
  EXPECT_EQ(plain_line("naïve"), "naïve");
  EXPECT_EQ(plain_line(std::string(2000, 'a')).size(), 500U);
  EXPECT_EQ(plain_line(std::string(499, 'a') + "ïï"), std::string(499, 'a')) << "not half a letter";
}

mla_plugin full_plugin() {
  static const mla_plugin_parameter parameters[] = {{"depth", "how deep", 2, 1, 9, 1},
                                                    {"rate", "how fast", .5, 0, 1, 0}};
  mla_plugin plugin{};
  plugin.abi = MLA_PLUGIN_ABI;
  plugin.name = "mine";
  plugin.version = "1.0";
  plugin.description = "says\nthings";
  plugin.parameters = parameters;
  plugin.parameter_count = 2;
  return plugin;
}

TEST(Description, IsReadAsItWasWritten) {
  const auto read = read_description(describe(full_plugin()));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->name, "mine");
  EXPECT_EQ(read->version, "1.0");
  EXPECT_EQ(read->text, "says things");
  EXPECT_FALSE(read->explains);
  ASSERT_EQ(read->parameters.size(), 2U);
  EXPECT_EQ(read->parameters[0].name, "depth");
  EXPECT_EQ(std::get<double>(read->parameters[0].fallback), 2);
  EXPECT_EQ(read->parameters[0].min, 1);
  EXPECT_EQ(read->parameters[0].max, 9);
  EXPECT_TRUE(read->parameters[0].integer);
  EXPECT_FALSE(read->parameters[1].integer);
}

TEST(Description, WhatIsNoneIsRefused) {
  const std::string whole = describe(full_plugin());
  for (std::size_t length = 0; length < whole.size(); length += 8)
    EXPECT_FALSE(read_description(whole.substr(0, length)).ok()) << length;
  EXPECT_FALSE(read_description(whole + std::string(8, '\0')).ok());
  mla_plugin many = full_plugin();
  many.parameter_count = 0;
  std::string bytes = describe(many);
  const std::uint32_t claimed = 1'000'000;
  std::memcpy(bytes.data() + bytes.size() - 8, &claimed, sizeof claimed);
  EXPECT_FALSE(read_description(bytes).ok());
}

}  // namespace
}  // namespace mla::plugins
