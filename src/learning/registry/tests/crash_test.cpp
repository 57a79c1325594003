// Many at once, kill -9, full disks and folders that may not be written.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "foundation/base/random.h"
#include "learning/registry/registry.h"
#include "learning/registry/tests/sample_model.h"

namespace mla::registry {
namespace {

using base::ErrorCode;
namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

bool slow() { return std::getenv("MLA_SLOW") != nullptr; }

// Runs `work` in a child; its exit code. The child sees what is allocated here, and nothing of it comes back.
template <class Work>
int in_child(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void expect_sound(const Registry& models) {
  const auto versions = models.versions("m").value();
  for (const artifact::Published& version : versions) {
    const base::Status whole = models.verify(version);
    EXPECT_TRUE(whole.ok()) << whole.error().message;
  }
  const auto order = models.serving_order("m");
  ASSERT_TRUE(order.ok()) << order.error().message;
  if (versions.empty() || order->aliases == Aliases()) return;
  EXPECT_EQ(order->versions.front().version, order->aliases.champion) << "the champion is there";
  EXPECT_NE(order->aliases.champion, order->aliases.previous);
}

TEST(RegistryAtOnce, ThreadsThatPublishPromoteAndRemoveLeaveASoundState) {
  const ModelPath path;
  const Registry models(path.path());
  ASSERT_TRUE(publish(models).ok());
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 8; ++i) {
        const auto published = publish(models);
        // A version that waits long for its part may be old by then.
        EXPECT_TRUE(published.ok() || published.error().code == ErrorCode::kNotFound) << published.error().message;
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < 20; ++i) {
      static_cast<void>(models.rollback("m", {}));
      static_cast<void>(models.promote(models.resolve("m", "newest").value(), {}));
    }
  });
  threads.emplace_back([&] {
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(models.remove_old("m", 4).ok());
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(models.versions("m").value().back().version, 25);
  expect_sound(models);
  ASSERT_TRUE(publish(models).ok());
  EXPECT_EQ(models.resolve("m", "champion").value().version, 26);
}

TEST(RegistryAtOnce, OfVersionsThatArriveAtOnceTheNewestIsChampion) {
  const ModelPath path;
  const Registry models(path.path());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) EXPECT_TRUE(publish(models).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(models.resolve("m", "champion").value().version, 40);
}

// 30 kills; 1,000 with the slow tests.
TEST(RegistryCrash, AKillAtAnyMomentLeavesWholeVersionsAndReadableAliases) {
  const ModelPath path;
  const Registry models(path.path());
  base::Random random(11);
  for (int round = 0; round < (slow() ? 1000 : 30); ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const SampleModel model(static_cast<float>(round), 20'000);
      for (;;) {
        static_cast<void>(models.publish(described("m"), model.writer, Arrival::kChallenger, {}));
        if (const auto newest = models.resolve("m", "newest"); newest.ok())
          static_cast<void>(models.promote(*newest, {}));
        static_cast<void>(models.rollback("m", {}));
        static_cast<void>(models.remove_old("m", 2));
      }
    }
    ::usleep(static_cast<useconds_t>(500 + random.below(15'000)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    expect_sound(models);
    if (testing::Test::HasFailure()) FAIL() << "after kill " << round;
  }
  ASSERT_TRUE(publish(models).ok());
  for (const auto& entry : fs::directory_iterator(path.path() / "m")) {
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(name == ".lock" || name == "aliases.json" || std::isdigit(name.front()) != 0) << name << " was left";
  }
}

TEST(RegistryCrash, AFullDiskLeavesTheAliasesAsTheyWere) {
  const ModelPath path;
  const Registry models(path.path());
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(publish(models).ok());
  EXPECT_EQ(in_child([&] {
              ::signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{0, 0};
              ::setrlimit(RLIMIT_FSIZE, &limit);
              const auto rolled_back = models.rollback("m", {});
              if (rolled_back.ok() || rolled_back.error().code != ErrorCode::kDiskFull) return 1;
              const auto published = publish(models);
              return !published.ok() && published.error().code == ErrorCode::kDiskFull ? 0 : 2;
            }),
            0);
  EXPECT_EQ(read_aliases(path.path() / "m").value(), (Aliases{2, 0, 1}));
  EXPECT_EQ(models.versions("m").value().size(), 2u);
  for (const auto& entry : fs::directory_iterator(path.path() / "m")) {
    EXPECT_FALSE(entry.path().filename().string().ends_with(".tmp")) << entry.path();
  }
}

TEST(RegistryCrash, AFolderThatMayNotBeWrittenIsReadAndNamed) {
  const ModelPath path;
  const Registry models(path.path());
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(publish(models).ok());
  fs::permissions(path.path(), fs::perms(0555));
  fs::permissions(path.path() / "m", fs::perms(0555));
  EXPECT_EQ(in_child([&] {
              if (::getuid() == 0 && ::setuid(kNobody) != 0) return 1;
              if (models.serving_order("m").value().versions.front().version != 2) return 2;
              if (models.entries("m").value().size() != 2) return 3;
              const auto refused = [](const base::Error& error) {
                return error.code == ErrorCode::kPermission && error.message.find("/m/") != std::string::npos;
              };
              if (!refused(models.rollback("m", {}).error())) return 4;
              if (!refused(models.remove_old("m", 1).error())) return 5;
              return refused(publish(models).error()) ? 0 : 6;
            }),
            0);
  fs::permissions(path.path(), fs::perms(0755));
  fs::permissions(path.path() / "m", fs::perms(0755));
  EXPECT_EQ(read_aliases(path.path() / "m").value(), (Aliases{2, 0, 1}));
}

}  // namespace
}  // namespace mla::registry
