#include "serving/analysis/descriptors_json.h"

#include <boost/json/array.hpp>
#include <gtest/gtest.h>

namespace mla::analysis {
namespace {

TEST(DescriptorsJsonTest, KeysAndLengthsAreThoseOfTheContract) {
  audio::DescriptorSummary summary;
  summary.frames = 3;
  summary.spectral_centroid = {1500, 20};
  summary.mfcc[1] = {90, 7};
  summary.chroma[9] = {0.75, 0.1};
  boost::json::object analysis;
  add_descriptors(summary, analysis);
  const auto& spectral = analysis.at("spectral_features").as_object();
  EXPECT_EQ(spectral.at("spectral_centroid").as_double(), 1500);
  EXPECT_EQ(spectral.at("spectral_contrast").as_array().size(), 7u);
  for (const char* key : {"spectral_bandwidth", "spectral_rolloff", "spectral_flatness", "zero_crossing_rate"}) {
    EXPECT_TRUE(spectral.contains(key)) << key;
  }
  const auto& mfcc = analysis.at("mfcc").as_object();
  EXPECT_EQ(mfcc.at("mean").as_array().size(), 13u);
  EXPECT_EQ(mfcc.at("mean").as_array()[1].as_double(), 90);
  EXPECT_EQ(mfcc.at("std").as_array()[1].as_double(), 7);
  EXPECT_EQ(analysis.at("vector").as_object().at("values").as_array().size(), 13u);
  EXPECT_EQ(analysis.at("vector").as_object().at("version").as_int64(), 1);
  EXPECT_EQ(analysis.at("chroma").as_object().at("mean").as_array()[9].as_double(), 0.75);
}

TEST(DescriptorsJsonTest, NothingIsSaidOfAFileWithoutFrames) {
  boost::json::object analysis;
  add_descriptors({}, analysis);
  EXPECT_TRUE(analysis.empty());
}

}  // namespace
}  // namespace mla::analysis
