// What the engine does by and by: answers, refusals, cancellation, its end; and files that it has analysed.
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "front/engine/impl/async_calls.h"
#include "front/engine/tests/engine_fixture.h"
#include "front/engine/version.h"
#include "serving/analysis/tests/made_files.h"

namespace mla::engine {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using testing::HasSubstr;

// This program is its own worker, as ml-analytics is: the words decide before GoogleTest reads them.
[[maybe_unused]] const bool kIsWorker = [] {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string words((std::istreambuf_iterator<char>(file)), {});
  const std::string first = words.substr(std::strlen(words.c_str()) + 1);
  if (first.c_str() == std::string(analysis::kWorkerWord)) std::_Exit(analysis::worker_main(analysis::kWorkerSocket));
  return false;
}();

using Work = std::function<Result<int>(const base::CancelFlag&)>;

const base::WorkerQueue::Watch kNobody = [](std::size_t) {};

// A call that runs until its flag is up, and tells when it has begun.
struct Endless {
  std::promise<void> begun;
  Work work() {
    return [this](const base::CancelFlag& flag) -> Result<int> {
      begun.set_value();
      while (!flag.cancelled()) std::this_thread::yield();
      return Error{ErrorCode::kCancelled, "stopped in the middle"};
    };
  }
  void await() { begun.get_future().wait(); }
};

Work gives(int value) {
  return [value](const base::CancelFlag&) -> Result<int> { return value; };
}

TEST(AsyncCalls, EachCallHasItsOwnAnswer) {
  AsyncCalls calls(3, 1000, kNobody);
  std::vector<std::future<Result<int>>> futures;
  for (int i = 0; i < 500; ++i) futures.push_back(calls.start<int>(nullptr, gives(i)));
  for (int i = 0; i < 500; ++i) EXPECT_EQ(futures[static_cast<std::size_t>(i)].get().value(), i);
}

TEST(AsyncCalls, TooManyAreRefusedAtOnceAndTheOthersAnswered) {
  std::atomic<std::size_t> waiting{0};
  AsyncCalls calls(1, 2, [&waiting](std::size_t jobs) { waiting = jobs; });
  Endless first;
  const auto flag = std::make_shared<base::CancelFlag>();
  auto running = calls.start<int>(flag, first.work());
  first.await();
  auto second = calls.start<int>(nullptr, gives(2));
  auto third = calls.start<int>(nullptr, gives(3));
  EXPECT_EQ(waiting, 2u);
  const Result<int> refused = calls.start<int>(nullptr, gives(4)).get();
  EXPECT_EQ(refused.error().code, ErrorCode::kBusy);
  EXPECT_THAT(refused.error().message, HasSubstr("2 calls wait already"));
  EXPECT_THAT(refused.error().message, HasSubstr("performance.queue_size"));
  flag->cancel();
  EXPECT_EQ(running.get().error().message, "stopped in the middle");
  EXPECT_EQ(second.get().value(), 2);
  EXPECT_EQ(third.get().value(), 3);
  EXPECT_EQ(calls.start<int>(nullptr, gives(5)).get().value(), 5) << "there is room again";
}

TEST(AsyncCalls, AFlagThatIsUpSparesTheWorkAndNoOtherCall) {
  AsyncCalls calls(1, 10, kNobody);
  Endless first;
  const auto running = std::make_shared<base::CancelFlag>();
  auto before = calls.start<int>(running, first.work());
  first.await();
  const auto flag = std::make_shared<base::CancelFlag>();
  std::atomic<int> done{0};
  const Work count = [&done](const base::CancelFlag&) -> Result<int> { return ++done; };
  auto cancelled = calls.start<int>(flag, count);
  auto other = calls.start<int>(nullptr, count);
  flag->cancel();
  running->cancel();
  before.wait();
  EXPECT_EQ(cancelled.get().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(other.get().value(), 1);
}

TEST(AsyncCalls, TheEndStopsWhatRunsAndAnswersWhatWaits) {
  AsyncCalls calls(1, 10, kNobody);
  Endless first;
  const auto flag = std::make_shared<base::CancelFlag>();
  auto running = calls.start<int>(flag, first.work());
  first.await();
  auto waiting = calls.start<int>(nullptr, gives(2));
  calls.close();
  EXPECT_TRUE(flag->cancelled()) << "the caller's own flag";
  EXPECT_EQ(running.get().error().message, "stopped in the middle");
  for (auto* answer : {&waiting}) {
    const Result<int> ended = answer->get();
    EXPECT_EQ(ended.error().code, ErrorCode::kCancelled);
    EXPECT_THAT(ended.error().message, HasSubstr("the engine has ended"));
  }
  EXPECT_THAT(calls.start<int>(nullptr, gives(3)).get().error().message, HasSubstr("the engine has ended"));
}

TEST(AsyncCalls, WhatACallThrowsIsItsAnswer) {
  AsyncCalls calls(1, 10, kNobody);
  const Work fails = [](const base::CancelFlag&) -> Result<int> {
    throw base::Failure(Error{ErrorCode::kCorrupt, "broken"});
  };
  const Work throws = [](const base::CancelFlag&) -> Result<int> { throw std::runtime_error("surprise"); };
  EXPECT_EQ(calls.start<int>(nullptr, fails).get().error().code, ErrorCode::kCorrupt);
  const Result<int> answer = calls.start<int>(nullptr, throws).get();
  EXPECT_EQ(answer.error().code, ErrorCode::kInternal);
  EXPECT_THAT(answer.error().message, HasSubstr("surprise"));
  EXPECT_EQ(calls.start<int>(nullptr, gives(1)).get().value(), 1);
}

TEST(AsyncCalls, ManyCallersAtOnceWithCancellingAndAnEndInBetween) {
  std::atomic<int> answered{0};
  std::vector<std::thread> callers;
  {
    AsyncCalls calls(2, 50, kNobody);
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&calls, &answered] {
        for (int i = 0; i < 200; ++i) {
          const auto flag = std::make_shared<base::CancelFlag>();
          auto future = calls.start<int>(flag, gives(i));
          if (i % 3 == 0) flag->cancel();
          EXPECT_NO_THROW(static_cast<void>(future.get()));
          ++answered;
        }
      });
    }
    while (answered < 100) std::this_thread::yield();
    calls.close();
    for (std::thread& caller : callers) caller.join();
  }
  EXPECT_EQ(answered, 800) << "no future is left without an answer";
}

class CallsTest : public EngineTest {
 protected:
  recommend::Request request(const std::string& user) const {
    recommend::Request asked;
    asked.user = base::UserId(user);
    asked.limit = 5;
    return asked;
  }
};

TEST_F(CallsTest, AnswersByAndByAreThoseThatComeAtOnce) {
  fill();
  ASSERT_TRUE(train("popularity").ok());
  std::vector<std::future<Result<recommend::Answer>>> futures;
  for (int i = 0; i < 24; ++i)
    futures.push_back(engine_->recommend_async(request((i % 2 == 0 ? "m-user-" : "j-user-") + std::to_string(i / 2))));
  for (int i = 0; i < 24; ++i) {
    const auto later = futures[static_cast<std::size_t>(i)].get().value();
    const auto now = engine_->recommend(request((i % 2 == 0 ? "m-user-" : "j-user-") + std::to_string(i / 2))).value();
    ASSERT_EQ(later.recommendations.size(), now.recommendations.size());
    for (std::size_t j = 0; j < now.recommendations.size(); ++j) {
      EXPECT_EQ(later.recommendations[j].track_id, now.recommendations[j].track_id);
      EXPECT_EQ(later.recommendations[j].confidence_score, now.recommendations[j].confidence_score);
    }
    EXPECT_EQ(later.model, now.model);
  }
}

TEST_F(CallsTest, AnErrorIsTheSameToo) {
  const auto later = engine_->recommend_async(request("u")).get();
  EXPECT_EQ(later.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(later.error().message, engine_->recommend(request("u")).error().message);
}

TEST_F(CallsTest, AnEngineThatEndsAnswersEveryFuture) {
  fill();
  ASSERT_TRUE(train("popularity").ok());
  std::vector<std::future<Result<recommend::Answer>>> futures;
  for (int i = 0; i < 200; ++i) futures.push_back(engine_->recommend_async(request("m-user-1")));
  engine_.reset();
  for (auto& future : futures) {
    const auto answer = future.get();
    EXPECT_TRUE(answer.ok() || answer.error().code == ErrorCode::kCancelled) << answer.error().message;
  }
}

TEST_F(CallsTest, HowManyWaitIsAMetricFromTheBeginning) {
  telemetry::Metrics metrics;
  const auto engine = Engine::open(settings_, *database_, clock_, &metrics).value();
  EXPECT_THAT(metrics.text(), HasSubstr("ml_analytics_queue_size{queue=\"engine\"} 0"));
}

TEST_F(CallsTest, AFileIsAnalysedAtOnceAndByAndByAlike) {
  const analysis::MadeFiles files;
  const AudioRequest request{.file = files.tone("tone.wav", 1), .without = {analysis::Part::kFingerprint}};
  const auto now = engine_->analyze_audio(request, base::CancelFlag()).value();
  EXPECT_NEAR(now.at("duration").to_number<double>(), 1, .01);
  EXPECT_TRUE(now.at("fingerprint").is_null()) << "left out";
  EXPECT_TRUE(now.contains("genre_prediction"));
  EXPECT_EQ(engine_->analyze_audio_async(request).get().value(), now);
}

TEST_F(CallsTest, AFileThatCannotBeAnalysedIsAnErrorWithItsName) {
  const analysis::MadeFiles files;
  const auto missing = engine_->analyze_audio({.file = files.folder() / "none.wav"}, base::CancelFlag());
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("none.wav"));
  const auto broken = engine_->analyze_audio_async({.file = files.write("broken.mp3", "no music")}).get();
  EXPECT_FALSE(broken.ok());
  EXPECT_THAT(broken.error().message, HasSubstr("broken.mp3"));
  base::CancelFlag flag;
  flag.cancel();
  EXPECT_EQ(engine_->analyze_audio({.file = files.tone("tone.wav", 1)}, flag).error().code, ErrorCode::kCancelled);
  AudioRequest no_worker{.file = files.tone("tone.wav", 1)};
  no_worker.worker.command = {"/bin/false"};
  EXPECT_EQ(engine_->analyze_audio(no_worker, base::CancelFlag()).error().code, ErrorCode::kInternal);
}

TEST(ModuleInfo, NamesTheModuleAndItsVersion) {
  const ModuleInfo info = Engine::module_info();
  EXPECT_EQ(info.name, "ml-analytics");
  EXPECT_EQ(info.version, kVersion);
  EXPECT_FALSE(info.author.empty());
}

TEST_F(CallsTest, AFileIsCalledAsAskedAndMustBeWhatItSays) {
  const analysis::MadeFiles files;
  AudioRequest request{.file = files.tone("tone.wav", 1), .name = "my song.wav"};
  request.check_kind = true;
  EXPECT_EQ(engine_->analyze_audio(request, base::CancelFlag())->at("file"), "my song.wav");
  std::filesystem::rename(request.file, files.folder() / "tone.mp3");
  request.file = files.folder() / "tone.mp3";
  const auto wrong = engine_->analyze_audio(request, base::CancelFlag());
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(wrong.error().message, HasSubstr("my song.wav: the extension does not fit"));
  EXPECT_THAT(wrong.error().message, testing::Not(HasSubstr(files.folder().string()))) << "no path of the server";
  request.check_kind = false;
  EXPECT_TRUE(engine_->analyze_audio(request, base::CancelFlag()).ok());
}

TEST_F(CallsTest, AnAnalysisIsAJobThatRemovesItsFile) {
  const analysis::MadeFiles files;
  base::ThreadPool pool(2);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  const auto work_on_next = [&] {
    const jobs::Job job = engine_->jobs().take("runner").value().value();
    return engine_->work_on({job.id, job.owner, job.attempt}, work);
  };
  const std::filesystem::path good = files.tone("a.wav", 1);
  EXPECT_EQ(engine_->submit_analysis(good, "song.wav")->kind, "analyze");
  EXPECT_THAT(work_on_next().value(), HasSubstr(R"("file":"song.wav")"));
  EXPECT_FALSE(std::filesystem::exists(good));
  const std::filesystem::path bad = files.write("b.mp3", "no music");
  ASSERT_TRUE(engine_->submit_analysis(bad, "song.mp3").ok());
  const auto refused = work_on_next();
  EXPECT_THAT(refused.error().message, testing::StartsWith("song.mp3: "));
  EXPECT_THAT(refused.error().message, testing::Not(HasSubstr("b.mp3"))) << "no path of the server";
  EXPECT_FALSE(std::filesystem::exists(bad));
}

}  // namespace
}  // namespace mla::engine
