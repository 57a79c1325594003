#include "serving/analysis/worker.h"

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "foundation/base/file.h"
#include "serving/analysis/analysis.h"
#include "serving/analysis/impl/protocol.h"
#include "serving/analysis/impl/sandbox.h"
#include "serving/analysis/tests/made_files.h"

namespace mla::analysis {
namespace {

using ::testing::HasSubstr;

// A recording of six and a half minutes whose peak comes last, so that it is decoded twice, and whose first bytes can
// be read until its last ones have been: then they are the end of the process, with status 9.
class FatalWhenReadAgain {
 public:
  FatalWhenReadAgain() {
    std::vector<float> samples(390 * 22050);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const double level = i < samples.size() - 22050 ? 1e-4 : 0.5;
      samples[i] = static_cast<float>(level * std::sin(0.1 * static_cast<double>(i)));
    }
    const std::string bytes = MadeFiles::wav(samples);
    const std::size_t whole = (bytes.size() + kPage - 1) / kPage * kPage;
    first_ =
        static_cast<std::byte*>(::mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    last_ = first_ + whole - kPage;
    std::memcpy(first_, bytes.data(), bytes.size());
    bytes_ = {first_, bytes.size()};
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGSEGV, &action, nullptr);
    ::mprotect(last_, kPage, PROT_NONE);
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kPage = 4096;

  static void on_fault(int, siginfo_t* info, void*) {
    const auto* at = static_cast<std::byte*>(info->si_addr);
    if (at < last_ || at >= last_ + kPage) ::_exit(at >= first_ && at < first_ + kPage ? 9 : 10);
    ::mprotect(last_, kPage, PROT_READ);
    ::mprotect(first_, kPage, PROT_NONE);
  }

  static inline std::byte* first_ = nullptr;
  static inline std::byte* last_ = nullptr;
  std::span<const std::byte> bytes_;
};

int worker_that_dies_in_the_second_pass() {
  const auto analysed = [](std::span<const std::byte> bytes) {
    auto source = audio::Source::open_bytes(bytes, "made");
    return source.ok() && analyze(*source, {}).ok();
  };
  const std::string tone = MadeFiles::wav(std::vector<float>(22050, 0.1F));
  if (!analysed(std::as_bytes(std::span(tone)))) return 1;  // as the real one warms up
  const FatalWhenReadAgain recording;
  if (!enter_sandbox(512 << 20).ok()) return 1;
  send_reply(kWorkerSocket, ReplyKind::kReady, {}, {});
  if (!receive_request(kWorkerSocket).ok()) return 1;
  const bool whole = analysed(recording.bytes());
  send_reply(kWorkerSocket, ReplyKind::kAnalysis, whole ? "{}" : "[]", {});
  return 0;
}

// A worker that behaves badly: confined as the real one, then does what its second word says with the first request.
int bad_worker(const std::string& what) {
  if (what == "second pass") return worker_that_dies_in_the_second_pass();
  if (!enter_sandbox(64 << 20).ok()) return 1;
  send_reply(kWorkerSocket, ReplyKind::kReady, {}, {});
  const auto request = receive_request(kWorkerSocket);
  if (!request.ok()) return 1;
  if (what == "abort") std::abort();
  if (what == "hang") {
    for (volatile bool forever = true; forever;) {
    }
  }
  if (what == "exit") return 7;
  if (what == "connect") ::socket(AF_INET, SOCK_STREAM, 0);
  if (what == "garbage") send_all(kWorkerSocket, std::string(5000, 'x'));
  if (what == "boast") {
    ReplyHeader header;
    header.kind = ReplyKind::kAnalysis;
    header.result_bytes = 0xFFFFFFFF;
    send_all(kWorkerSocket, {reinterpret_cast<const char*>(&header), sizeof header});
    ::raise(SIGKILL);
  }
  if (what == "lie") send_reply(kWorkerSocket, ReplyKind::kAnalysis, "{\"duration\":", {});
  const std::size_t columns = audio::excerpt_columns();
  const auto with_excerpts = [](std::vector<float> values) {
    send_reply(kWorkerSocket, ReplyKind::kAnalysis, "{}", {}, values);
  };
  if (what == "good excerpts") with_excerpts(std::vector<float>(2 * columns, 0.5F));
  if (what == "ragged excerpts") with_excerpts(std::vector<float>(columns + 1, 0.5F));
  if (what == "too many excerpts") {
    with_excerpts(std::vector<float>((audio::ExcerptVectors::kMost + 1) * columns, 0.5F));
  }
  if (what == "endless excerpts") with_excerpts(std::vector<float>(kMaxExcerptBytes / sizeof(float) + 1));
  for (const auto& [name, value] :
       {std::pair{"excerpts of no numbers", std::nanf("")}, {"infinite excerpts", -INFINITY}}) {
    if (what != name) continue;
    std::vector<float> values(columns, 0.5F);
    values[columns - 1] = value;
    with_excerpts(values);
  }
  if (what == "bytes that are no float") {
    ReplyHeader header;
    header.kind = ReplyKind::kAnalysis;
    header.result_bytes = 2;
    header.excerpt_bytes = 3;
    send_all(kWorkerSocket, std::string(reinterpret_cast<const char*>(&header), sizeof header) + "{}xyz");
  }
  if (what == "half an answer") {
    ReplyHeader header;
    header.kind = ReplyKind::kAnalysis;
    header.result_bytes = 100;
    send_all(kWorkerSocket, std::string(reinterpret_cast<const char*>(&header), sizeof header) + "{\"duration\"");
    return 9;
  }
  if (what == "a list") send_reply(kWorkerSocket, ReplyKind::kAnalysis, "[1, 2]", {});
  if (what == "odd code") send_reply(kWorkerSocket, ReplyKind::kFailure, R"({"code":"<b>","message":"x"})", {});
  if (what == "no message") send_reply(kWorkerSocket, ReplyKind::kFailure, R"({"code":"corrupt"})", {});
  if (what == "hungry") {
    const void* memory = ::mmap(nullptr, 256 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const bool got = memory != MAP_FAILED;
    send_reply(kWorkerSocket, ReplyKind::kFailure,
               got ? R"({"code":"got","message":""})" : R"({"code":"refused","message":""})", {});
  }
  if (what == "peek") {
    const bool opened = ::open("/etc/passwd", O_RDONLY) >= 0;
    send_reply(kWorkerSocket, ReplyKind::kFailure,
               opened ? R"({"code":"got","message":""})" : R"({"code":"refused","message":""})", {});
  }
  return receive_request(kWorkerSocket).ok() ? 0 : 1;
}

// This program is its own worker, as ml-analytics is: the words decide before GoogleTest reads them.
const bool kIsWorker = [] {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string words((std::istreambuf_iterator<char>(file)), {});
  const std::string first = words.substr(std::strlen(words.c_str()) + 1);
  if (first.c_str() == std::string(kWorkerWord)) std::_Exit(worker_main(kWorkerSocket));
  if (std::strcmp(first.c_str(), "bad-worker") == 0) {
    std::_Exit(bad_worker(first.c_str() + std::strlen(first.c_str()) + 1));
  }
  return false;
}();

Outcome wait_for(Worker& worker) {
  for (;;) {
    ::pollfd ready{worker.descriptor(), POLLIN, 0};
    ::poll(&ready, 1, 50);
    if (auto outcome = worker.collect()) return std::move(*outcome);
  }
}

Outcome ask(Worker& worker, const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  worker.submit(descriptor, file.string(), {});
  ::close(descriptor);
  return wait_for(worker);
}

class WorkerTest : public ::testing::Test {
 protected:
  // What becomes of a file whose worker does this.
  Outcome with(const std::string& behaviour, double seconds = 30) {
    WorkerOptions options;
    options.seconds = seconds;
    options.command = {"/proc/self/exe", "bad-worker", behaviour};
    auto worker = Worker::start(options);
    EXPECT_TRUE(worker.ok());
    Outcome outcome = ask(**worker, files_.tone("tone.wav"));
    EXPECT_FALSE((*worker)->busy());
    return outcome;
  }

  MadeFiles files_;
};

TEST_F(WorkerTest, Analyses_one_file_after_the_other) {
  auto worker = Worker::start({});
  ASSERT_TRUE(worker.ok()) << worker.error().message;
  for (int i = 0; i < 3; ++i) {
    const Outcome outcome = ask(**worker, files_.tone("tone.wav", 0.5));
    ASSERT_FALSE(outcome.error) << outcome.error->message;
    EXPECT_NEAR(outcome.analysis.at("duration").to_number<double>(), 0.5, 1e-6);
    EXPECT_EQ(outcome.analysis.at("sample_rate"), 22050);
  }
  EXPECT_EQ((*worker)->files_done(), 3);
}

TEST_F(WorkerTest, Tells_what_is_wrong_with_a_file_and_goes_on) {
  auto worker = Worker::start({});
  ASSERT_TRUE(worker.ok());
  const Outcome bad = ask(**worker, files_.write("bad.mp3", std::string(5000, 'a')));
  ASSERT_TRUE(bad.error);
  EXPECT_EQ(bad.error->code, "unsupported");
  EXPECT_TRUE((*worker)->alive());
  EXPECT_FALSE(ask(**worker, files_.tone("tone.wav")).error);
}

TEST_F(WorkerTest, Death_is_an_error_of_the_file) {
  EXPECT_EQ(with("abort").error->code, "crashed");
  EXPECT_EQ(with("exit").error->code, "crashed");
  EXPECT_THAT(with("exit").error->message, HasSubstr("tone.wav"));
}

TEST_F(WorkerTest, Death_in_the_second_pass_is_one_too_and_nothing_of_the_first_remains) {
  const Outcome outcome = with("second pass", 600);
  ASSERT_TRUE(outcome.error) << "it was decoded once";
  EXPECT_EQ(outcome.error->code, "crashed");
  EXPECT_THAT(outcome.error->message, HasSubstr("tone.wav"));
  EXPECT_THAT(outcome.error->message, HasSubstr("ended with code 9")) << "not of another fault";
  EXPECT_TRUE(outcome.analysis.empty());
  EXPECT_EQ(outcome.excerpts.count, 0U);
}

TEST_F(WorkerTest, Time_is_limited) { EXPECT_EQ(with("hang", 1).error->code, "timed_out"); }

TEST_F(WorkerTest, Answers_are_not_trusted) {
  for (const char* behaviour : {"garbage", "boast", "lie"}) {
    const Outcome outcome = with(behaviour);
    ASSERT_TRUE(outcome.error) << behaviour;
    EXPECT_EQ(outcome.error->code, "crashed") << behaviour;
  }
}

TEST_F(WorkerTest, Excerpts_are_whole_few_and_finite_or_the_answer_is_nonsense) {
  const Outcome good = with("good excerpts");
  ASSERT_FALSE(good.error) << good.error->message;
  EXPECT_EQ(good.excerpts.count, 2U);
  EXPECT_EQ(good.excerpts.row(1).back(), 0.5F);
  for (const char* behaviour :
       {"ragged excerpts", "too many excerpts", "endless excerpts", "excerpts of no numbers", "infinite excerpts"}) {
    const Outcome outcome = with(behaviour);
    ASSERT_TRUE(outcome.error) << behaviour;
    EXPECT_EQ(outcome.error->code, "crashed") << behaviour;
    EXPECT_EQ(outcome.excerpts.count, 0U) << behaviour;
    EXPECT_TRUE(outcome.analysis.empty()) << behaviour;
  }
}

TEST_F(WorkerTest, Answers_of_the_wrong_form_cost_the_file_alone) {
  for (const char* behaviour : {"bytes that are no float", "half an answer", "a list", "odd code", "no message"}) {
    const Outcome outcome = with(behaviour);
    ASSERT_TRUE(outcome.error) << behaviour;
    EXPECT_EQ(outcome.error->code, "crashed") << behaviour;
    EXPECT_THAT(outcome.error->message, HasSubstr("tone.wav")) << behaviour;
  }
}

TEST_F(WorkerTest, The_sandbox_holds) {
  if (!full_sandbox()) GTEST_SKIP() << "skipped: a sanitizer build has no filter and no memory limit";
  EXPECT_EQ(with("peek").error->code, "refused");
  EXPECT_EQ(with("hungry").error->code, "refused");
  const Outcome outcome = with("connect");
  EXPECT_EQ(outcome.error->code, "crashed");
  EXPECT_THAT(outcome.error->message, HasSubstr("what decoding never needs"));
}

TEST_F(WorkerTest, A_program_that_is_none_is_an_error) {
  WorkerOptions options;
  options.command = {"/bin/false"};
  const auto worker = Worker::start(options);
  ASSERT_FALSE(worker.ok());
  EXPECT_EQ(worker.error().code, base::ErrorCode::kInternal);
}

}  // namespace
}  // namespace mla::analysis
