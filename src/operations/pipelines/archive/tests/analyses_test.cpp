#include "operations/pipelines/archive/analyses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/store/tests/fresh_database.h"
#include "operations/pipelines/archive/impl/packed_text.h"

namespace mla::pipelines {
namespace {

using testing::ElementsAre;

class AnalysesTest : public testing::Test {
 protected:
  void put(const std::string& payload, boost::json::object analysis, base::UnixMillis now) {
    ASSERT_TRUE(analyses_.put(std::vector<Analyses::Found>{{payload, std::move(analysis)}}, now).ok());
  }
  std::vector<std::string> payloads_after(std::int64_t number, std::size_t most = 100) const {
    std::vector<std::string> payloads;
    const std::vector<FullAnalysis> found = analyses_.after(number, most).value();
    for (const FullAnalysis& one : found) payloads.push_back(one.payload);
    return payloads;
  }

  std::unique_ptr<store::Database> database_ = store::fresh_database();
  Analyses analyses_ = Analyses::open(*database_).value();
};

TEST_F(AnalysesTest, AreGivenBackWithoutTheNameOfTheFile) {
  put("p1",
      {{"file", "secret.mp3"},
       {"file_bytes", 7},
       {"file_modified_ns", 8},
       {"tempo", 0.1},
       {"beats", {1, 2.5}},
       {"key", nullptr}},
      5);
  const FullAnalysis found = analyses_.find("p1").value().value();
  EXPECT_EQ(found, (FullAnalysis{"p1", 5, 1, R"({"tempo":0.1,"beats":[1,2.5],"key":null})"}));
  EXPECT_FALSE(analyses_.find("p2")->has_value());
  EXPECT_TRUE(analyses_.put({}, 5).ok());
  EXPECT_EQ(analyses_.totals()->count, 1);
}

TEST_F(AnalysesTest, AreReplacedByWhatSaysSomethingElse) {
  put("p1", {{"tempo", 1}}, 5);
  put("p2", {{"tempo", 1}}, 5);
  put("p2", {{"tempo", 1}, {"file", "another"}}, 9);  // the same
  EXPECT_EQ(analyses_.find("p2").value()->recorded, 5);
  EXPECT_EQ(analyses_.newest().value(), 2);
  put("p1", {{"tempo", 2}}, 9);
  EXPECT_EQ(analyses_.find("p1").value()->json, R"({"tempo":2})");
  EXPECT_EQ(analyses_.find("p1").value()->recorded, 9);
  EXPECT_THAT(payloads_after(0), ElementsAre("p2", "p1"));
}

TEST_F(AnalysesTest, AreReadOnFromANumber) {
  EXPECT_EQ(analyses_.newest().value(), 0);
  for (const char* payload : {"c", "a", "b"}) put(payload, {}, 1);
  EXPECT_THAT(payloads_after(0, 2), ElementsAre("c", "a"));
  EXPECT_THAT(payloads_after(2), ElementsAre("b"));
  // The newest, said anew, is new to who has read up to it.
  put("b", {{"x", 1}}, 1);
  EXPECT_THAT(payloads_after(3), ElementsAre("b"));
}

// However many are asked for: memory holds few long ones at once.
TEST_F(AnalysesTest, LongOnesComeFewAtATime) {
  const std::string text(Analyses::kPageBytes / 2, 'x');
  for (const char* payload : {"a", "b", "c"}) put(payload, {{"x", text}}, 1);
  EXPECT_THAT(payloads_after(0), ElementsAre("a", "b"));
  EXPECT_THAT(payloads_after(2), ElementsAre("c"));
}

TEST_F(AnalysesTest, ArePacked) {
  boost::json::array beats;
  for (int i = 0; i < 10'000; ++i) beats.push_back(i % 10);
  put("p", {{"beats", beats}}, 1);
  EXPECT_LT(analyses_.totals()->bytes, 2'000);
  EXPECT_EQ(analyses_.find("p").value()->json.size(), 20'011U);
}

TEST_F(AnalysesTest, DamagedBytesAreTold) {
  put("p", {{"tempo", 1}}, 1);
  const auto connection = database_->acquire().value();
  store::Statement* damage = connection->prepare("UPDATE analyses SET document = ?").value();
  const std::string bytes("\x20\0\0\0garbage", 11);
  damage->bind(1, std::as_bytes(std::span(bytes)));
  ASSERT_TRUE(damage->step().ok());
  damage->reset();
  const auto found = analyses_.find("p");
  EXPECT_EQ(found.error().code, base::ErrorCode::kCorrupt);
  EXPECT_THAT(found.error().message, testing::HasSubstr("sound p"));
}

TEST(PackedText, ComesBack) {
  for (const std::string& text :
       {std::string(), std::string("a"), std::string(100'000, 'x'), std::string("\0\xFF", 2)}) {
    const std::string packed = pack(text);
    EXPECT_EQ(unpack(std::as_bytes(std::span(packed))).value(), text);
    for (std::size_t cut = 0; cut < std::min<std::size_t>(packed.size(), 30); ++cut) {
      EXPECT_FALSE(unpack(std::as_bytes(std::span(packed)).first(cut)).ok()) << cut;
    }
  }
  const std::string huge("\xFF\xFF\xFF\xFFx", 5);
  EXPECT_FALSE(unpack(std::as_bytes(std::span(huge))).ok());
}

}  // namespace
}  // namespace mla::pipelines
