// How item vectors are kept and searched; the model around them is iALS, through its parameters.
#include "learning/models/impl/item_vectors.h"

#include <atomic>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/artifact/tests/temporary_folder.h"
#include "foundation/base/random.h"

namespace mla::models::impl {
namespace {

using Given = std::map<std::string, ParameterValue>;

struct Setting {
  base::ThreadPool pool{2};
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
};

// Graphs from 1,000 items on.
ItemVectors made(const Given& given) {
  return ItemVectors(Parameters::make(ItemVectors::declare(), given).value(), {.least_items = 1000, .in_sight = 60});
}

math::Matrix random_vectors(std::size_t rows, std::size_t cols) {
  base::Random random(3);
  math::Matrix vectors(rows, cols);
  for (float& v : vectors.values()) v = static_cast<float>(random.normal());
  return vectors;
}

ItemVectors assigned(const Given& given, std::size_t rows, std::size_t cols) {
  Setting setting;
  ItemVectors vectors = made(given);
  vectors.assign(random_vectors(rows, cols), setting.work).value();
  return vectors;
}

std::vector<std::int32_t> best_of(const ItemVectors& vectors, std::size_t of, std::size_t k,
                                  const std::vector<std::int32_t>& excluded = {}) {
  const math::Matrix query = vectors.view().gather(std::vector{static_cast<std::int32_t>(of)});
  std::vector<math::Scored> best;
  vectors.best(query.row(0), excluded, k, best);
  std::vector<std::int32_t> items;
  for (const math::Scored& one : best) items.push_back(one.index);
  return items;
}

// Publishes what was saved and gives it to another object, whose own parameters say nothing.
base::Result<ItemVectors> through_a_file(const ItemVectors& vectors, const std::filesystem::path& folder) {
  artifact::Writer writer;
  vectors.save(writer);
  MLA_CHECK(artifact::publish_to(folder, {"vectors", "recommendation", {}, {}, "", 0}, writer));
  ItemVectors loaded = made({});
  MLA_ASSIGN(const artifact::Reader reader, artifact::Reader::open(folder));
  MLA_CHECK(loaded.load(reader));
  return loaded;
}

class EveryWay : public testing::TestWithParam<std::pair<const char*, const char*>> {
 protected:
  Given given() const { return {{"vectors", std::string(GetParam().first)}, {"scan", std::string(GetParam().second)}}; }
};

TEST_P(EveryWay, FindsTheBestBeforeAndAfterAFile) {
  // Enough that a graph is walked.
  const ItemVectors exact = assigned({}, 3000, 6);
  const ItemVectors vectors = assigned(given(), 3000, 6);
  const artifact::TemporaryFolder folder;
  const ItemVectors loaded = through_a_file(vectors, folder.path() / "model").value();
  std::size_t found = 0;
  for (std::size_t item = 0; item < 20; ++item) {
    const std::vector<std::int32_t> heard{static_cast<std::int32_t>(item)};
    const std::vector<std::int32_t> expected = best_of(exact, item, 10, heard);
    const std::vector<std::int32_t> items = best_of(vectors, item, 10, heard);
    EXPECT_EQ(items.size(), 10U);
    EXPECT_THAT(items, testing::Not(testing::Contains(heard[0])));
    EXPECT_EQ(best_of(loaded, item, 10, heard), items);
    for (const std::int32_t one : expected) found += std::ranges::count(items, one);
  }
  EXPECT_GE(found, 195U);
}

TEST_P(EveryWay, ManyQueriesAtOnceScoreAsEach) {
  const ItemVectors vectors = assigned(given(), 50, 7);
  const math::Matrix queries = random_vectors(19, 7);
  math::Matrix scores(19, 50);
  Setting setting;
  vectors.products(queries.view(), scores.view(), setting.pool);
  std::vector<float> one(50);
  for (std::size_t q = 0; q < 19; ++q) {
    math::products(vectors.view(), queries.row(q), one);
    for (std::size_t i = 0; i < 50; ++i) EXPECT_NEAR(scores(q, i), one[i], 1e-5);
  }
}

// More threads than cores, so that some find company.
TEST_P(EveryWay, CompanyChangesNoAnswer) {
  constexpr std::size_t kItems = 3000;
  const ItemVectors alone = assigned(given(), kItems, 6);
  ItemVectors together = assigned(given(), kItems, 6);
  together.answer_together(4);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 2 * std::thread::hardware_concurrency() + 2; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 40; ++i) {
        const std::size_t item = (97 * t + 13 * i) % kItems;
        wrong += best_of(together, item, 5 + t) == best_of(alone, item, 5 + t) ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(ItemVectors, EveryWay,
                         testing::Values(std::pair{"float32", "float32"}, std::pair{"float32", "int8"},
                                         std::pair{"float32", "hnsw"}, std::pair{"float16", "float32"},
                                         std::pair{"float16", "int8"}, std::pair{"float16", "hnsw"}),
                         [](const auto& way) { return std::string(way.param.first) + "_" + way.param.second; });

TEST(ItemVectors, ALongHistoryIsNotLeftOutAlongTheGraph) {
  const ItemVectors exact = assigned({}, 2500, 4);
  const ItemVectors graph = assigned({{"scan", std::string("hnsw")}}, 2500, 4);
  std::vector<std::int32_t> heard(2000);
  for (std::size_t i = 0; i < heard.size(); ++i) heard[i] = static_cast<std::int32_t>(i);
  EXPECT_EQ(best_of(graph, 3, 20, heard), best_of(exact, 3, 20, heard));
}

TEST(ItemVectors, TheSizeDecidesWhetherBytesAreLookedAtFirst) {
  Setting setting;
  const auto has_codes = [&](const Given& given, std::size_t rows) {
    ItemVectors vectors(Parameters::make(ItemVectors::declare(), given).value(), {.most_bytes = 100 * 4 * 4});
    vectors.assign(random_vectors(rows, 4), setting.work).value();
    artifact::Writer writer;
    vectors.save(writer);
    return writer.tensors().contains("item_codes");
  };
  EXPECT_FALSE(has_codes({}, 100));
  EXPECT_TRUE(has_codes({}, 101));
  EXPECT_TRUE(has_codes({{"vectors", std::string("float16")}}, 101));
  EXPECT_FALSE(has_codes({{"scan", std::string("float32")}}, 101));
  EXPECT_TRUE(has_codes({{"scan", std::string("int8")}}, 100));
}

TEST(ItemVectors, HalvesTakeHalfOfTheFile) {
  artifact::Writer floats;
  artifact::Writer halves;
  const ItemVectors a = assigned({}, 100, 8);
  const ItemVectors b = assigned({{"vectors", std::string("float16")}}, 100, 8);
  a.save(floats);
  b.save(halves);
  EXPECT_EQ(floats.tensors().at("item_vectors").bytes.size(), 3200U);
  EXPECT_EQ(halves.tensors().at("item_vectors").bytes.size(), 1600U);
}

TEST(ItemVectors, NotANumberAmongHalvesIsRefused) {
  const artifact::TemporaryFolder folder;
  artifact::Writer writer;
  const ItemVectors halves = assigned({{"vectors", std::string("float16")}}, 10, 4);
  halves.save(writer);
  const auto path = folder.path() / "model";
  artifact::publish_to(path, {"vectors", "recommendation", {}, {}, "", 0}, writer).value();
  EXPECT_TRUE(made({}).load(artifact::Reader::open(path).value()).ok());
  const auto file = path / "model.safetensors";
  std::fstream weights(file, std::ios::in | std::ios::out | std::ios::binary);
  weights.seekp(-2, std::ios::end);  // the last half
  weights.write("\x01\x7E", 2);
  weights.close();
  const base::Status status = made({}).load(artifact::Reader::open(path).value());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, base::ErrorCode::kCorrupt);
  EXPECT_THAT(status.error().message, testing::HasSubstr("item_vectors"));
}

TEST(ItemVectors, RefusesAFileThatDoesNotFitItself) {
  const std::vector<float> values(6, 1.0F);
  const auto status_with = [&](auto add) {
    const artifact::TemporaryFolder folder;
    artifact::Writer writer;
    writer.add("item_vectors", std::span<const float>(values), {3, 2});
    add(writer);
    artifact::publish_to(folder.path() / "model", {"vectors", "recommendation", {}, {}, "", 0}, writer).value();
    ItemVectors loaded = made({});
    return loaded.load(artifact::Reader::open(folder.path() / "model").value());
  };
  EXPECT_TRUE(status_with([](artifact::Writer&) {}).ok());
  const std::vector<std::int32_t> beyond{1, 2, 3}, entries{0}, links{1, 2, 0};
  const auto with_links = [&](const std::vector<std::int32_t>& from, const std::vector<std::int32_t>& at) {
    return status_with([&](artifact::Writer& writer) {
      writer.add("item_links", std::span<const std::int32_t>(from));
      writer.add("item_entries", std::span<const std::int32_t>(at));
    });
  };
  EXPECT_TRUE(with_links(links, entries).ok());
  EXPECT_EQ(with_links(beyond, entries).error().code, base::ErrorCode::kCorrupt);
  EXPECT_EQ(with_links(links, beyond).error().code, base::ErrorCode::kCorrupt);
  const std::vector<std::uint8_t> codes(5);
  const base::Status short_codes = status_with([&](artifact::Writer& writer) {
    writer.add("item_codes", std::span<const std::uint8_t>(codes));
    writer.add("item_scales", std::span<const float>(values).first(3), {3});
  });
  EXPECT_THAT(short_codes.error().message, testing::HasSubstr("item_codes"));
}

}  // namespace
}  // namespace mla::models::impl
