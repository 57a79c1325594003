#include "learning/training/auto/selection.h"

#include <fstream>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/artifact/tests/temporary_folder.h"
#include "foundation/base/random.h"
#include "learning/training/auto/validation_trials.h"
#include "learning/training/sources.h"

namespace mla::training {
namespace {

using testing::Contains;
using testing::HasSubstr;

struct Bench {
  explicit Bench(int threads = 2) : pool(threads) {}
  base::ThreadPool pool;
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
};

// Small fits: the whole list has candidates that take minutes under a sanitizer.
std::vector<models::Algorithm> quick_algorithms() {
  std::vector<models::Algorithm> quick;
  for (const char* name : {"popularity", "item_knn", "ials"}) quick.push_back(**models::find_algorithm(name));
  quick[1].candidates = {{}, {{"target_exponent", 0.5}}};
  quick[2].candidates = {{{"factors", 4.0}, {"regularization", 0.05}}, {{"factors", 8.0}, {"regularization", 0.05}}};
  return quick;
}

const std::vector<models::Algorithm> kQuick = quick_algorithms();

SelectionOptions options(double seconds = 1000) {
  SelectionOptions options;
  options.seconds = seconds;
  options.algorithms = kQuick;
  return options;
}

// user,item rows: 120 listeners of three tastes over 60 items; `also` comes behind them.
std::string plays(const std::string& also = "") {
  base::Random random(5);
  std::string rows = "user,item\n";
  for (int user = 0; user < 120; ++user) {
    for (int i = 0; i < 10; ++i) {
      const auto taste = random.below(8) == 0 ? random.below(3) : static_cast<std::uint64_t>(user % 3);
      const auto within = static_cast<std::uint64_t>(20 * random.uniform() * random.uniform());
      rows += fmt::format("u{:03},i{:03}\n", user, 20 * taste + within);
    }
  }
  return rows + also;
}

// Three items that many listeners play, whatever their taste.
std::string hits() {
  base::Random random(8);
  std::string rows;
  for (int user = 0; user < 120; ++user) {
    for (int hit = 0; hit < 3; ++hit) {
      if (random.uniform() < 0.7) rows += fmt::format("u{:03},i{:03}\n", user, 19 + 20 * hit);
    }
  }
  return rows;
}

std::filesystem::path write(const artifact::TemporaryFolder& folder, const std::string& name, const std::string& text) {
  const auto path = folder.path() / name;
  std::ofstream(path) << text;
  return path;
}

Dataset dataset_of(const std::string& text) {
  Bench bench;
  const artifact::TemporaryFolder folder;
  return load_events(write(folder, "train.csv", text), bench.work).value();
}

// Everything that was found out, without what a clock measured.
std::string findings(const Selection& selection) {
  std::string text = Candidate{selection.algorithm, selection.parameters}.label() + selection.validation;
  for (const RaceRow& row : selection.rows) {
    text += fmt::format("\n{} {} {} {} {} {} {}", row.candidate.label(), static_cast<int>(row.state), row.share,
                        row.ndcg, row.error, row.judgement.bytes, row.representative);
    for (const double ndcg : row.judgement.ndcg) text += fmt::format(" {}", ndcg);
  }
  if (selection.ensemble) {
    text += fmt::format("\n{} {} {}", selection.ensemble->ndcg, selection.ensemble->gain, selection.ensemble->chosen);
    for (const float weight : selection.ensemble->weights) text += fmt::format(" {}", weight);
  }
  return text;
}

TEST(Selection, FindsWhatIsBetterThanPopularity) {
  Bench bench;
  const Dataset dataset = dataset_of(plays());
  const Selection selection = select_model(dataset, options(), bench.work).value();
  EXPECT_NE(selection.algorithm, "popularity");
  ASSERT_EQ(selection.rows.size(), 5U);
  EXPECT_EQ(selection.rows[0].candidate.algorithm, "popularity");
  for (const RaceRow& row : selection.rows) {
    EXPECT_EQ(row.state, RaceRow::State::kJudged) << row.note;
    EXPECT_EQ(row.judgement.ndcg.size(), 120U);
    EXPECT_GT(row.judgement.bytes, 0);
  }
  EXPECT_GT(selection.rows[best_row(selection.rows)].ndcg, selection.rows[0].ndcg);
  EXPECT_TRUE(selection.notes.empty());
  ASSERT_TRUE(selection.ensemble.has_value());
  EXPECT_EQ(selection.ensemble->chosen, selection.algorithm == "hybrid");
  EXPECT_EQ(selection.ensemble->chosen, selection.ensemble->gain > selection.ensemble->gain_error);
  EXPECT_TRUE(models::make_recommender(selection.algorithm, selection.parameters).ok());
}

TEST(Selection, FindsTheSameAgainAtAnyThreadCount) {
  const Dataset dataset = dataset_of(plays());
  Bench one(1), three(3);
  EXPECT_EQ(findings(select_model(dataset, options(), one.work).value()),
            findings(select_model(dataset, options(), three.work).value()));
}

TEST(Selection, DoesNotDependOnWhatTheTestFileSays) {
  Bench bench;
  const artifact::TemporaryFolder folder;
  const auto train = write(folder, "train.csv", plays());
  const auto alone = findings(select_model(load_events(train, bench.work).value(), options(), bench.work).value());
  const char* tests[] = {"user,item\nu000,i059\n", "user,item\nu000,a-new-item\naaron,i001\nu050,zz\nzoe,zz\n"};
  for (const char* test : tests) {
    const Examination data = load_holdout(train, write(folder, "test.csv", test), bench.work).value();
    EXPECT_EQ(findings(select_model(data.train, options(), bench.work).value()), alone) << test;
  }
}

TEST(Selection, OfLeaveOneOutPredictsTheLastItemAndNeverSeesTheOneAfter) {
  Bench bench;
  const artifact::TemporaryFolder folder;
  base::Random random(9);
  std::string first, second;
  for (int user = 0; user < 90; ++user) {
    std::string line = fmt::format("u{:02}", user);
    for (int i = 0; i < 8; ++i) line += fmt::format(" i{:02}", 15 * (user % 3) + (user + 3 * i + random.below(3)) % 15);
    first += line + " i01\n";
    second += line + fmt::format(" new{}\n", user % 7);
  }
  SelectionOptions how = options();
  how.protocol = Protocol::kLeaveOneOut;
  how.at = 10;
  std::string found[2];
  for (const bool other : {false, true}) {
    const auto path = write(folder, "data.txt", other ? second : first);
    const Examination data = load_leave_one_out(path, bench.work).value();
    const Selection selection = select_model(data.train, how, bench.work).value();
    EXPECT_EQ(selection.validation, "the last item of 90 listeners");
    found[other ? 1 : 0] = findings(selection);
  }
  // i01 in the test place of a listener who has it already is no new interaction, so the first data say no less.
  EXPECT_EQ(found[0], found[1]);
}

// Listeners who go round a ring of 40 items, an item a day.
std::string rounds(int listeners, int items) {
  base::Random random(4);
  std::string rows = "user,item,timestamp\n";
  for (int user = 0; user < listeners; ++user) {
    const auto first = random.below(40);
    for (int i = 0; i < items; ++i) {
      rows += fmt::format("u{:03},i{:02},{}\n", user, (first + static_cast<std::uint64_t>(i)) % 40,
                          1'500'000'000 + 86'400 * (3 * user + i));
    }
  }
  return rows;
}

TEST(Selection, OfTimedDataIsJudgedByTheLastItemsOfAllAndByOthers) {
  const Dataset dataset = dataset_of(rounds(200, 10));
  const ValidationParts parts = make_validation_parts(dataset, Protocol::kHoldout, 1);
  // In the last 30 days a dozen listeners have been heard before: they would not say enough.
  EXPECT_EQ(parts.description, "the last 20 % of the items, and 20 % of them at random, of 200 listeners");
  EXPECT_EQ(parts.listeners, 200U);
  ASSERT_EQ(parts.splits.size(), 2U);
  EXPECT_EQ(parts.blended, 2U);
  std::size_t in_both = 0;
  for (std::int32_t user = 0; user < 200; ++user) {
    const auto rest = parts.splits[0].rest.interactions.view();
    const auto begin = static_cast<std::size_t>(rest.offsets[user]);
    const auto last = *std::max_element(parts.splits[0].rest.times.begin() + static_cast<std::ptrdiff_t>(begin),
                                        parts.splits[0].rest.times.begin() + rest.offsets[user + 1]);
    EXPECT_EQ(last, base::UnixMillis{1000} * (1'500'000'000 + 86'400 * (3 * user + 7)));
    const auto late = parts.splits[0].held.view().row_columns(user);
    const auto any = parts.splits[1].held.view().row_columns(user);
    ASSERT_EQ(late.size(), 2U);
    ASSERT_EQ(any.size(), 2U);
    in_both += std::ranges::equal(late, any) ? 1 : 0;
  }
  EXPECT_LT(in_both, 30U);
}

TEST(Selection, ALastMonthOfMostListenersIsTheValidation) {
  std::string rows = "user,item,timestamp\n";
  for (int user = 0; user < 100; ++user) {
    for (int i = 0; i < 10; ++i)
      rows += fmt::format("u{},i{},{}\n", user, (user + i * i) % 30, 1'500'000'000 + 864'000 * i);
  }
  const ValidationParts parts = make_validation_parts(dataset_of(rows), Protocol::kHoldout, 1);
  EXPECT_EQ(parts.description, "the last 30 days, and 20 % of the items at random, of 100 listeners");
}

// The chain fills no gaps: whoever is judged by the last items alone takes it for granted.
TEST(Selection, OfTimedDataDoesNotLiveOnTheOrderAlone) {
  Bench bench;
  std::vector<models::Algorithm> two = {**models::find_algorithm("item_knn"), **models::find_algorithm("markov")};
  two[0].candidates = two[1].candidates = {{}};
  SelectionOptions how = options();
  how.algorithms = two;
  const Selection selection = select_model(dataset_of(rounds(200, 12)), how, bench.work).value();
  ASSERT_TRUE(selection.ensemble.has_value()) << to_table(selection);
  EXPECT_TRUE(selection.ensemble->chosen) << to_table(selection);
  EXPECT_EQ(selection.ensemble->parts.size(), 2U);
}

TEST(Selection, WithoutTimeIsPopularityAndSaysSo) {
  Bench bench;
  const Selection selection = select_model(dataset_of(plays()), options(0), bench.work).value();
  EXPECT_EQ(selection.algorithm, "popularity");
  EXPECT_THAT(selection.notes, Contains(HasSubstr("too small for 5 of 5 candidates")));
  EXPECT_THAT(selection.notes, Contains(HasSubstr("popularity it is")));
}

TEST(Selection, WithoutMemoryIsPopularityAndSaysSo) {
  Bench bench;
  SelectionOptions how = options();
  how.memory_bytes = 1;
  how.algorithms = std::span(kQuick).subspan(2);
  std::string rows = "user,item\n";
  for (int user = 0; user < 3000; ++user) {
    for (int i = 0; i < 30; ++i) rows += fmt::format("u{},i{}\n", user, (user * 7 + i * i * 13) % 2000);
  }
  const Selection selection = select_model(dataset_of(rows), how, bench.work).value();
  EXPECT_EQ(selection.algorithm, "popularity");
  EXPECT_THAT(selection.rows.back().note, HasSubstr("above the memory budget"));
}

TEST(Selection, OfATinyServingBudgetIsTheSmallestModel) {
  Bench bench;
  SelectionOptions how = options();
  how.serving.bytes = 4 * 60;  // one number an item
  const Selection selection = select_model(dataset_of(plays()), how, bench.work).value();
  EXPECT_EQ(selection.algorithm, "popularity");
  EXPECT_EQ(selection.rows[1].state, RaceRow::State::kTooCostly);
  EXPECT_FALSE(selection.ensemble.has_value());
}

// Between an iALS in floats and in halves: 60 items of 8 dimensions, and a few numbers beside.
TEST(Selection, UnderABudgetOfBytesKeepsHalfFloats) {
  Bench bench;
  std::vector<models::Algorithm> factors = {**models::find_algorithm("ials")};
  factors[0].candidates = {{{"factors", 8.0}, {"regularization", 0.05}}};
  SelectionOptions how = options();
  how.algorithms = factors;
  how.serving.bytes = 60 * 8 * 3;
  const Dataset dataset = dataset_of(plays());
  const Selection selection = select_model(dataset, how, bench.work).value();
  ASSERT_EQ(selection.rows.size(), 2U);
  EXPECT_EQ(selection.rows[0].state, RaceRow::State::kTooCostly);
  EXPECT_EQ(selection.rows[1].candidate.label(), "ials factors=8 regularization=0.05 vectors=float16");
  EXPECT_LT(selection.rows[1].judgement.bytes, how.serving.bytes);
  EXPECT_GT(selection.rows[1].judgement.answer_ms, 0);
  // Half floats lose nothing that counts.
  EXPECT_NEAR(selection.rows[1].ndcg, selection.rows[0].ndcg, 0.002);
  EXPECT_EQ(selection.parameters.at("vectors"), models::ParameterValue(std::string("float16")));
  // What is chosen is what is fitted, as a hybrid too.
  const auto model = models::make_recommender("hybrid", hybrid_parameters(selection)).value();
  ASSERT_TRUE(model->fit(dataset.data, bench.work).ok());
  EXPECT_NE(model->item_vectors().halves, nullptr);
}

// Both parts fit by themselves, not together in floats: iALS gets half floats, and both stay.
TEST(Selection, AnEnsembleAboveTheBudgetOfBytesGetsSmallerPartsBeforeFewer) {
  Bench bench;
  std::vector<models::Algorithm> two = {**models::find_algorithm("popularity"), **models::find_algorithm("ials")};
  two[1].candidates = {{{"factors", 3.0}, {"regularization", 0.5}}};  // too stiff to know what is popular
  SelectionOptions how = options();
  how.algorithms = two;
  const Dataset dataset = dataset_of(plays(hits()));
  const Selection free = select_model(dataset, how, bench.work).value();
  ASSERT_TRUE(free.ensemble.has_value());
  ASSERT_TRUE(free.ensemble->chosen) << to_table(free);
  how.serving.bytes = free.ensemble->bytes - 60 * 3;
  const Selection selection = select_model(dataset, how, bench.work).value();
  ASSERT_TRUE(selection.ensemble.has_value() && selection.ensemble->chosen) << to_table(selection);
  EXPECT_EQ(selection.ensemble->parts.size(), 2U);
  EXPECT_LE(selection.ensemble->bytes, how.serving.bytes);
  EXPECT_EQ(selection.parameters.at("ials.vectors"), models::ParameterValue(std::string("float16")));
}

TEST(Selection, OfNextToNothing) {
  Bench bench;
  const Selection one = select_model(dataset_of("user,item\nu,i\n"), options(), bench.work).value();
  EXPECT_EQ(one.algorithm, "popularity");
  EXPECT_THAT(one.notes, Contains(HasSubstr("nothing can be held out")));
  const Selection two = select_model(dataset_of("user,item\nu,i\nu,j\n"), options(), bench.work).value();
  EXPECT_TRUE(models::make_recommender(two.algorithm, two.parameters).ok());
  EXPECT_EQ(select_model(DatasetBuilder(true).build(), options(), bench.work).error().code,
            base::ErrorCode::kInvalidArgument);
}

// Raises a flag at the n-th step.
class CancelsAtStep final : public base::Progress {
 public:
  CancelsAtStep(base::CancelFlag& flag, int step) : flag_(flag), left_(step) {}
  void begin(std::string_view, std::uint64_t) override {
    if (--left_ == 0) flag_.cancel();
  }
  void advance(std::uint64_t) override {}
  void note(std::string_view) override {}
  void end() override {}

 private:
  base::CancelFlag& flag_;
  int left_;
};

TEST(Selection, StopsWhereverItIsCancelled) {
  const Dataset dataset = dataset_of(plays());
  for (const int step : {1, 2, 7, 12}) {
    Bench bench;
    CancelsAtStep progress(bench.cancel, step);
    base::Work work{bench.pool, progress, bench.cancel};
    const auto result = select_model(dataset, options(), work);
    ASSERT_FALSE(result.ok()) << step;
    EXPECT_EQ(result.error().code, base::ErrorCode::kCancelled) << step;
  }
}

TEST(Selection, IsServedAsAHybridWhateverItIs) {
  Selection selection;
  selection.algorithm = "ials";
  selection.parameters = {{"factors", 4.0}};
  const ParameterMap hybrid = hybrid_parameters(selection);
  EXPECT_EQ(hybrid.at("parts"), models::ParameterValue(std::string("ials")));
  EXPECT_EQ(hybrid.at("ials.weight"), models::ParameterValue(1.0));
  EXPECT_EQ(hybrid.at("ials.factors"), models::ParameterValue(4.0));
  EXPECT_TRUE(models::make_recommender("hybrid", hybrid).ok());
  selection.algorithm = "hybrid";
  selection.parameters = hybrid;
  EXPECT_EQ(hybrid_parameters(selection), hybrid);
}

TEST(Selection, TellsWhatItSaw) {
  Bench bench;
  const Selection selection = select_model(dataset_of(plays()), options(), bench.work).value();
  const std::string table = to_table(selection);
  EXPECT_THAT(table, HasSubstr("auto: predicting 20 % of the items, 3 times over, of 120 listeners"));
  EXPECT_THAT(table, HasSubstr("ials factors=8 regularization=0.05"));
  EXPECT_THAT(table, HasSubstr("chosen: "));
  const auto object = to_object(selection);
  ASSERT_EQ(object.at("candidates").as_array().size(), 5U);
  const auto& first = object.at("candidates").as_array()[0].as_object();
  EXPECT_EQ(first.at("algorithm").as_string(), "popularity");
  EXPECT_DOUBLE_EQ(first.at("ndcg").as_double(), selection.rows[0].ndcg);
  EXPECT_TRUE(first.contains("standard_error") && first.contains("fit_seconds") && first.contains("score_ms"));
  EXPECT_TRUE(object.contains("ensemble"));
}

}  // namespace
}  // namespace mla::training
