#include "operations/security/password.h"

#include <atomic>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <sodium.h>

namespace mla::security {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr PasswordCost kCheap{1, 8192};

TEST(PasswordHasher, KnowsThePasswordAgain) {
  PasswordHasher hasher(kCheap);
  const std::string hash = hasher.hash("correct horse battery").value();
  EXPECT_TRUE(hasher.check("correct horse battery", &hash).value());
  EXPECT_FALSE(hasher.check("correct horse batter", &hash).value());
  EXPECT_FALSE(hasher.check("", &hash).value());
  EXPECT_FALSE(hasher.check("correct horse battery", nullptr).value());
  EXPECT_NE(hasher.hash("correct horse battery").value(), hash) << "the salt is not its own";
}

// What is on disk says its own cost, so that it can be raised later.
TEST(PasswordHasher, HashesAreArgon2idInThePhcFormat) {
  EXPECT_THAT(PasswordHasher(kCheap).hash("correct horse battery").value(), StartsWith("$argon2id$v=19$m=8,t=1,p=1$"));
  const PasswordCost cost;
  EXPECT_EQ(cost.passes, crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE);
  EXPECT_EQ(cost.memory_bytes, crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE);
}

TEST(PasswordHasher, HashesOfOtherCostsAreKnown) {
  const std::string hash = PasswordHasher({2, 16384}).hash("correct horse battery").value();
  EXPECT_TRUE(PasswordHasher(kCheap).check("correct horse battery", &hash).value());
}

TEST(PasswordHasher, LengthsAndLettersAreBounded) {
  PasswordHasher hasher(kCheap);
  EXPECT_THAT(hasher.hash("eleven byte").error().message, HasSubstr("11 bytes; take 12 to 1024"));
  EXPECT_TRUE(hasher.hash(std::string(kMinPassword, 'x')).ok());
  const std::string longest(kMaxPassword, 'x');
  const std::string hash = hasher.hash(longest).value();
  EXPECT_TRUE(hasher.check(longest, &hash).value());
  EXPECT_FALSE(hasher.check(longest + "x", &hash).value());
  EXPECT_FALSE(hasher.check(std::string(1 << 20, 'x'), &hash).value());
  EXPECT_FALSE(hasher.hash(longest + "x").ok());
  EXPECT_FALSE(hasher.hash("line one\nline two").ok());
  EXPECT_FALSE(hasher.hash("not utf-8 \xff\xff\xff").ok());
}

TEST(PasswordHasher, AnEmptyOrBrokenHashHasNoPassword) {
  PasswordHasher hasher(kCheap);
  for (const std::string& hash : {std::string(), std::string("x"), std::string("$argon2id$v=19$m=8,t=1,p=1$x$y")}) {
    EXPECT_FALSE(hasher.check("correct horse battery", &hash).value()) << hash;
  }
}

// Of many at once some are told to come back: none waits with a thread of the server's.
TEST(PasswordHasher, OneCheckAtATime) {
  PasswordHasher hasher({3, 8 << 20});
  const std::string hash = hasher.hash("correct horse battery").value();
  std::atomic<int> right{0}, busy{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto checked = hasher.check("correct horse battery", &hash);
      if (checked.ok() && *checked) ++right;
      if (!checked.ok() && checked.error().code == base::ErrorCode::kBusy) ++busy;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right + busy, 4);
  EXPECT_GE(right, 1);
}

TEST(MakePassword, IsLongAndItsOwn) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string password = make_password();
    EXPECT_EQ(password.size(), 24u);
    EXPECT_THAT(password, testing::Not(testing::ContainsRegex("[^a-z2-9]")));
    EXPECT_TRUE(seen.insert(password).second);
  }
}

}  // namespace
}  // namespace mla::security
