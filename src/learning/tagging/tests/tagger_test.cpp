#include "learning/tagging/tagger.h"

#include <cmath>
#include <functional>

#include <gmock/gmock.h>

#include "learning/tagging/fit.h"
#include "learning/tagging/tests/made_data.h"

namespace mla::tagging {
namespace {

using testing::HasSubstr;

class TaggerFile : public testing::Test {
 protected:
  void publish(const std::function<void(artifact::Writer&)>& change = {}) {
    Quiet quiet;
    const auto fitted = fit_tagger(data_, quiet.work);
    ASSERT_TRUE(fitted.ok()) << fitted.error().message;
    tagger_ = *fitted;
    artifact::Writer writer;
    tagger_.save(writer);
    if (change) change(writer);
    artifact::Description description;
    description.id = "audio";
    description.model_type = "audio";
    description.parameters = {{"targets", {"power", "noise"}}};
    ASSERT_TRUE(artifact::publish_to(folder_.path() / "m", description, writer).ok());
  }
  base::Result<Tagger> load() {
    auto reader = artifact::Reader::open(folder_.path() / "m");
    if (!reader.ok()) return reader.error();
    return Tagger::load(*reader);
  }
  Folder folder_;
  TaggingData data_ = made_data(8, 2, 2);
  Tagger tagger_;
};

TEST_F(TaggerFile, SaysTheSameAfterSavingAndLoading) {
  publish();
  const auto loaded = load();
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  for (std::size_t clip = 0; clip < data_.clips(); ++clip) {
    const Tags a = tagger_.tag(data_.excerpts_of(clip)), b = loaded->tag(data_.excerpts_of(clip));
    EXPECT_EQ(a.genres, b.genres);
    EXPECT_EQ(a.moods, b.moods);
    EXPECT_EQ(a.in_domain, b.in_domain);
    EXPECT_NEAR(a.genres[0] + a.genres[1], 1, 1e-5);
  }
}

TEST_F(TaggerFile, AnotherVersionIsRefusedWithTheCommandThatRetrains) {
  publish([](artifact::Writer& writer) { writer.set("excerpt_version", audio::kExcerptVersion + 1); });
  const auto loaded = load();
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, base::ErrorCode::kUnsupported);
  EXPECT_THAT(loaded.error().message, HasSubstr("ml-analytics train --model-type audio"));
  EXPECT_THAT(loaded.error().message, HasSubstr(R"({"targets":["power","noise"]})"));
}

TEST_F(TaggerFile, AnotherKernelIsRefusedLikewise) {
  publish([](artifact::Writer& writer) { writer.set("kernel", "gauss"); });
  const auto loaded = load();
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, base::ErrorCode::kUnsupported);
  EXPECT_THAT(loaded.error().message, HasSubstr("another kernel"));
  EXPECT_THAT(loaded.error().message, HasSubstr("ml-analytics train --model-type audio"));
}

TEST_F(TaggerFile, ShapesThatDisagreeAreCorrupt) {
  const std::vector<float> one = {0.5F};
  publish([&](artifact::Writer& writer) { writer.add("highest", one, {1}); });
  const auto loaded = load();
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, base::ErrorCode::kCorrupt);
}

TEST_F(TaggerFile, WhatIsFarFromAllTrainingIsOutOfDomain) {
  publish();
  std::size_t inside = 0;
  for (std::size_t clip = 0; clip < data_.clips(); ++clip)
    inside += tagger_.tag(data_.excerpts_of(clip)).in_domain ? 1 : 0;
  EXPECT_EQ(inside, data_.clips());
  math::Matrix odd(1, audio::excerpt_columns());
  for (float& value : odd.values()) value = 50;
  const Tags tags = tagger_.tag(odd.view());
  EXPECT_FALSE(tags.in_domain);
  for (const float mood : tags.moods) EXPECT_TRUE(mood >= 0 && mood <= 1) << mood;
}

// One thing wrong at a time, everything else as it was published.
TEST_F(TaggerFile, EachDamagedTensorIsRefused) {
  const std::vector<float> two = {0.5F, 0.5F}, three = {0.1F, 0.2F, 0.3F}, none;
  const std::vector<std::int32_t> too_wide = {1 << 30}, negative = {-1}, empty;
  const std::vector<std::uint8_t> ragged(audio::excerpt_columns() + 1), no_bytes;
  const math::Matrix small(3, 2), wide(32, 3);
  const auto floats = [](const char* name, const std::vector<float>& values) {
    return [name, &values](artifact::Writer& writer) {
      writer.add(name, values, {static_cast<std::int64_t>(values.size())});
    };
  };
  const std::vector<std::pair<const char*, std::function<void(artifact::Writer&)>>> damages = {
      {"mean", floats("mean", two)},
      {"scale", floats("scale", two)},
      {"no scale", floats("scale", none)},
      {"family_scale", floats("family_scale", two)},
      {"too wide a family", [&](artifact::Writer& w) { w.add("family_sizes", std::span(too_wide)); }},
      {"a negative family", [&](artifact::Writer& w) { w.add("family_sizes", std::span(negative)); }},
      {"no family", [&](artifact::Writer& w) { w.add("family_sizes", std::span(empty)); }},
      {"ragged references", [&](artifact::Writer& w) { w.add("references", std::span(ragged)); }},
      {"no references", [&](artifact::Writer& w) { w.add("references", std::span(no_bytes)); }},
      {"genre.dual", [&](artifact::Writer& w) { w.add("genre.dual", small.view()); }},
      {"mood.dual", [&](artifact::Writer& w) { w.add("mood.dual", small.view()); }},
      {"a dual of three outputs", [&](artifact::Writer& w) { w.add("mood.dual", wide.view()); }},
      {"genre.centre", floats("genre.centre", three)},
      {"mood.centre", floats("mood.centre", three)},
      {"lowest", floats("lowest", three)},
      {"highest", floats("highest", none)},
  };
  for (const auto& [what, damage] : damages) {
    publish(damage);
    const auto loaded = load();
    ASSERT_FALSE(loaded.ok()) << what;
    EXPECT_EQ(loaded.error().code, base::ErrorCode::kCorrupt) << what;
    EXPECT_GT(loaded.error().message.size(), 10U) << what;
  }
}

TEST_F(TaggerFile, EachDamagedAttributeIsRefused) {
  for (const char* name : {"temperature", "domain", "genre.gamma", "mood.gamma"}) {
    for (const boost::json::value& value : {boost::json::value("hot"), boost::json::value(nullptr)}) {
      publish([&](artifact::Writer& writer) { writer.set(name, value); });
      EXPECT_EQ(load().error().code, base::ErrorCode::kCorrupt) << name << " " << value;
    }
  }
  for (const int gamma : {-1, 3, 99}) {
    publish([&](artifact::Writer& writer) { writer.set("genre.gamma", gamma); });
    EXPECT_EQ(load().error().code, base::ErrorCode::kCorrupt) << gamma;
  }
  publish([](artifact::Writer& writer) { writer.set("excerpt_version", "one"); });
  EXPECT_EQ(load().error().code, base::ErrorCode::kUnsupported);
}

TEST_F(TaggerFile, ARangeUpsideDownIsCorrupt) {
  const std::vector<float> low = {2, 2}, high = {1, 1};
  publish([&](artifact::Writer& writer) {
    writer.add("lowest", low, {2});
    writer.add("highest", high, {2});
  });
  EXPECT_THAT(load().error().message, HasSubstr("upside down"));
}

TEST_F(TaggerFile, TheOrderOfExcerptsDoesNotMatterAndTheirMeanIsSaid) {
  publish();
  const math::ConstMatrixView two = data_.excerpts_of(0);
  math::Matrix turned(2, two.cols);
  for (std::size_t row = 0; row < 2; ++row) std::copy_n(two.row(1 - row).begin(), two.cols, turned.row(row).begin());
  const Tags straight = tagger_.tag(two), reversed = tagger_.tag(turned.view());
  for (std::size_t k = 0; k < straight.moods.size(); ++k) {
    EXPECT_NEAR(straight.moods[k], reversed.moods[k], 1e-5);
    const float first = tagger_.tag({two.row(0).data(), 1, two.cols, two.cols}).moods[k];
    const float second = tagger_.tag({two.row(1).data(), 1, two.cols, two.cols}).moods[k];
    EXPECT_NEAR(straight.moods[k], (first + second) / 2, 0.05);
  }
}

TEST(Tagger, MoodsOfAnyScaleComeToOneOfZeroToOne) {
  TaggingData data = made_data(8, 2, 2);
  for (std::size_t clip = 0; clip < data.clips(); ++clip) data.targets(clip, 0) = 20 + 10 * data.targets(clip, 0);
  Quiet quiet;
  const auto tagger = fit_tagger(data, quiet.work);
  ASSERT_TRUE(tagger.ok());
  EXPECT_EQ(tagger->on_unit_scale(0, -1000), 0);
  EXPECT_EQ(tagger->on_unit_scale(0, 1000), 1);
  EXPECT_NEAR(tagger->on_unit_scale(1, 0.25), 0.25, 1e-12) << "a share stays as it is";
  const float said = tagger->tag(data.excerpts_of(3)).moods[0];
  EXPECT_TRUE(said >= 20 && said <= 35) << said;
}

TEST(Probabilities, AreASoftmaxThatCannotOverflow) {
  const std::vector<float> scores = {1, 3, 2};
  const auto cold = probabilities(scores, 1), hot = probabilities(scores, 1000);
  EXPECT_NEAR(cold[1] / cold[2], std::exp(1.0), 1e-4);
  EXPECT_NEAR(cold[0] + cold[1] + cold[2], 1, 1e-6);
  EXPECT_NEAR(hot[1], 1, 1e-6);
  EXPECT_TRUE(probabilities({}, 1).empty());
}

TEST(Closeness, IsTheMeanOfTheNearestFive) {
  std::vector<float> many = {0.1F, 0.9F, 0.5F, 0.7F, 0.6F, 0.8F, 0.2F}, few = {0.2F, 0.4F}, none;
  EXPECT_NEAR(closeness(many), 0.7, 1e-6);
  EXPECT_NEAR(closeness(few), 0.3, 1e-6);
  EXPECT_EQ(closeness(none), 0);
}

}  // namespace
}  // namespace mla::tagging
