#include <cmath>
#include <csignal>
#include <fstream>
#include <limits>
#include <thread>

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "foundation/artifact/artifact.h"
#include "foundation/artifact/tests/temporary_folder.h"
#include "foundation/base/random.h"

namespace mla::artifact {
namespace {

using base::ErrorCode;
namespace fs = std::filesystem;

Description describe(std::string id) {
  Description description;
  description.id = std::move(id);
  description.model_type = "recommendation";
  description.created = 1'700'000'000'000;
  return description;
}

// A small model whose float tensor is `fill` everywhere.
struct Sample {
  explicit Sample(float fill, std::size_t size = 6) : values(size, fill) {
    writer.add("factors", std::span<const float>(values), {2, static_cast<std::int64_t>(size / 2)});
    writer.add("ids", std::span<const std::string>(names));
    writer.add("tags", matrix.view());
    writer.set("algorithm", "ials");
  }
  std::vector<float> values;
  std::vector<std::string> names{"a", "", "Ünï"};
  math::CsrMatrix matrix{2, 3, {0, 2, 3}, {0, 2, 1}, {1, 2, 3}};
  Writer writer;
};

TEST(Publish, WhatIsReadIsWhatWasWritten) {
  const TemporaryFolder folder;
  Sample sample(0.5F);
  const auto published = publish(folder.path(), describe("hybrid"), sample.writer);
  ASSERT_TRUE(published.ok()) << published.error().message;
  EXPECT_EQ(published->version, 1);

  const auto reader = Reader::open(published->folder);
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  const auto factors = reader->matrix("factors");
  ASSERT_TRUE(factors.ok());
  EXPECT_EQ(factors->rows, 2u);
  EXPECT_EQ(factors->cols, 3u);
  EXPECT_EQ((*factors)(1, 2), 0.5F);
  const auto ids = reader->texts("ids");
  ASSERT_TRUE(ids.ok());
  ASSERT_EQ(ids->size(), 3u);
  EXPECT_EQ((*ids)[0], "a");
  EXPECT_EQ((*ids)[1], "");
  EXPECT_EQ((*ids)[2], "Ünï");
  const auto tags = reader->csr("tags");
  ASSERT_TRUE(tags.ok());
  EXPECT_EQ(tags->cols, 3);
  EXPECT_EQ(tags->row_columns(0)[1], 2);
  EXPECT_EQ(tags->row_values(1)[0], 3.0F);
  EXPECT_EQ(reader->attribute("algorithm")->as_string(), "ials");
  EXPECT_EQ(reader->manifest().at("created").as_string(), "2023-11-14T22:13:20.000Z");
  EXPECT_TRUE(reader->verify().ok());
}

TEST(Publish, VersionsCountUpAndLeaveNoTemporaryFolder) {
  const TemporaryFolder folder;
  Sample sample(1);
  for (int version = 1; version <= 12; ++version) {
    EXPECT_EQ(publish(folder.path(), describe("m"), sample.writer)->version, version);
  }
  const auto found = versions(folder.path(), "m");
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 12u);
  EXPECT_EQ(found->back().version, 12);  // by number, not by name
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path() / "m"), {}), 12);
  EXPECT_TRUE(versions(folder.path(), "other")->empty());
}

TEST(Publish, RefusesNanAndForeignNames) {
  const TemporaryFolder folder;
  Sample nan(std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(publish(folder.path(), describe("m"), nan.writer).error().code, ErrorCode::kCorrupt);
  Sample good(1);
  for (const char* id : {"", "..", "a/b", ".hidden", "ü"}) {
    EXPECT_EQ(publish(folder.path(), describe(id), good.writer).error().code, ErrorCode::kInvalidArgument) << id;
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Publish, ScopesKeepPartsApart) {
  const TemporaryFolder folder;
  const std::vector<float> one{1};
  const std::vector<float> two{2};
  Writer writer;
  writer.scope("ease.").add("weights", std::span<const float>(one), {1});
  writer.scope("model.").scope("ials.").add("weights", std::span<const float>(two), {1});
  writer.scope("ease.").set("lambda", 80);
  const auto published = publish(folder.path(), describe("m"), writer);
  const auto reader = Reader::open(published->folder);
  EXPECT_EQ((*reader->scope("ease.").floats("weights"))[0], 1.0F);
  EXPECT_EQ((*reader->scope("model.").scope("ials.").floats("weights"))[0], 2.0F);
  EXPECT_EQ(reader->scope("ease.").attribute("lambda")->as_int64(), 80);
  EXPECT_FALSE(reader->has("weights"));
  EXPECT_EQ(reader->floats("weights").error().code, ErrorCode::kCorrupt);
}

TEST(Publish, ThreadsGetVersionsOfTheirOwn) {
  const TemporaryFolder folder;
  Sample sample(1);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) EXPECT_TRUE(publish(folder.path(), describe("m"), sample.writer).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(versions(folder.path(), "m")->back().version, 40);
}

TEST(Publish, KillDuringPublishLeavesWholeVersionsAndTheNextPublishCleansUp) {
  const TemporaryFolder folder;
  base::Random random(7);
  for (int round = 0; round < 15; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Sample large(static_cast<float>(round), 200'000);
      for (;;) static_cast<void>(publish(folder.path(), describe("m"), large.writer));
    }
    ::usleep(static_cast<useconds_t>(2000 + random.below(20'000)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  Sample last(99);
  ASSERT_TRUE(publish(folder.path(), describe("m"), last.writer).ok());
  std::size_t entries = 0;
  for (const auto& entry : fs::directory_iterator(folder.path() / "m")) {
    ++entries;
    const auto reader = Reader::open(entry.path());
    ASSERT_TRUE(reader.ok()) << reader.error().message;
    EXPECT_TRUE(reader->verify().ok());
  }
  EXPECT_EQ(entries, versions(folder.path(), "m")->size());
}

TEST(Publish, FullDiskLeavesNothing) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Sample large(1, 100'000);
    const auto result = publish(folder.path(), describe("m"), large.writer);
    ::_exit(!result.ok() && result.error().code == ErrorCode::kDiskFull ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(fs::is_empty(folder.path() / "m"));
}

TEST(Publish, LineageIsInTheManifest) {
  const TemporaryFolder folder;
  Sample sample(1);
  Description description = describe("m");
  description.data_until = 1'600'000'000'000;
  description.code_version = "0.3.0";
  const auto first = publish(folder.path(), description, sample.writer);
  description.parent = first->version;
  description.continued = true;
  description.data_until = 0;
  const auto second = publish(folder.path(), description, sample.writer);
  const auto lineage = [](const Published& version, const char* key) {
    return Reader::open(version.folder)->manifest().at(key);
  };
  EXPECT_EQ(lineage(*first, "code_version").as_string(), "0.3.0");
  EXPECT_EQ(lineage(*first, "data_until").as_string(), "2020-09-13T12:26:40.000Z");
  EXPECT_TRUE(lineage(*first, "parent").is_null());
  EXPECT_FALSE(lineage(*first, "continued").as_bool());
  EXPECT_EQ(lineage(*second, "parent").as_int64(), 1);
  EXPECT_TRUE(lineage(*second, "continued").as_bool());
  EXPECT_TRUE(lineage(*second, "data_until").is_null());
}

TEST(Remove, TakesAVersionAwayAndKeepsWhatIsMapped) {
  const TemporaryFolder folder;
  Sample sample(3);
  const auto first = publish(folder.path(), describe("m"), sample.writer);
  const auto second = publish(folder.path(), describe("m"), sample.writer);
  const auto reader = Reader::open(first->folder);
  ASSERT_TRUE(remove(*first).ok());
  EXPECT_EQ((*reader->floats("factors"))[0], 3.0F);
  const auto left = versions(folder.path(), "m");
  ASSERT_EQ(left->size(), 1u);
  EXPECT_EQ(left->front().version, second->version);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path() / "m"), {}), 1) << "something was left";
  EXPECT_EQ(remove(*first).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path() / "m"), {}), 1) << "something was left";
}

TEST(PublishTo, MakesTheFolderReplacesAModelAndSparesEverythingElse) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "new" / "model";
  Sample first(1);
  ASSERT_TRUE(publish_to(target, describe("m"), first.writer).ok());
  Sample second(2);
  ASSERT_TRUE(publish_to(target / "", describe("m"), second.writer).ok());
  EXPECT_EQ((*Reader::open(target)->floats("factors"))[0], 2.0F);
  EXPECT_EQ(std::distance(fs::directory_iterator(target.parent_path()), {}), 1);

  const fs::path precious = folder.path() / "precious";
  fs::create_directory(precious);
  std::ofstream(precious / "thesis.txt") << "years of work";
  EXPECT_EQ(publish_to(precious, describe("m"), first.writer).error().code, ErrorCode::kAlreadyExists);
  EXPECT_TRUE(fs::exists(precious / "thesis.txt"));
}

TEST(PublishTo, ManyAtOnceLeaveOneWholeModel) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "model";
  Sample first(0);
  ASSERT_TRUE(publish_to(target, describe("m"), first.writer).ok());
  std::vector<std::thread> threads;
  for (int t = 1; t <= 3; ++t) {
    threads.emplace_back([&, t] {
      Sample sample(static_cast<float>(t), 3000);
      for (int i = 0; i < 5; ++i) EXPECT_TRUE(publish_to(target, describe("m"), sample.writer).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto reader = Reader::open(target);
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  EXPECT_TRUE(reader->verify().ok());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << "a temporary folder was left";
}

TEST(PublishTo, FullDiskKeepsTheOldModel) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "model";
  Sample old(1);
  ASSERT_TRUE(publish_to(target, describe("m"), old.writer).ok());
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Sample large(2, 100'000);
    const auto result = publish_to(target, describe("m"), large.writer);
    ::_exit(!result.ok() && result.error().code == ErrorCode::kDiskFull ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ((*Reader::open(target)->floats("factors"))[0], 1.0F);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << "a temporary folder was left";
}

}  // namespace
}  // namespace mla::artifact
