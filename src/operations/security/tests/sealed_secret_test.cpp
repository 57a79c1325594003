#include "operations/security/sealed_secret.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "operations/security/impl/encoding.h"

namespace mla::security {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kSetting = "security.jwt.secret_key";
const std::string kZeros(43, 'A');  // 32 zero bytes in base64url
const std::string kOther = std::string(42, 'A') + "E";

SealingKey key(const std::string& text = kZeros) { return SealingKey::parse(text).value(); }

TEST(SealedSecret, OpensAsItWas) {
  for (const std::string& secret :
       {std::string(), std::string("hunter2"), std::string(4096, '\xff'), std::string("a\0b", 3)}) {
    const std::string sealed = key().seal(kSetting, secret);
    EXPECT_THAT(sealed, StartsWith("sealed:v1:"));
    EXPECT_EQ(key().open(kSetting, sealed).value(), secret);
    EXPECT_TRUE(secret.empty() || sealed.find(secret) == std::string::npos);
  }
}

TEST(SealedSecret, IsAnotherTextEachTime) { EXPECT_NE(key().seal(kSetting, "x"), key().seal(kSetting, "x")); }

// Made by libsodium alone: key of zeros, nonce of sevens. What was sealed once must open for ever.
TEST(SealedSecret, AnOldOneStillOpens) {
  EXPECT_EQ(key().open(kSetting, "sealed:v1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHIPZY1kyBQXt-LOr8EdSJWFKz4eU_lpA").value(),
            "hunter2");
}

TEST(SealedSecret, OpensForNobodyElse) {
  const std::string sealed = key().seal(kSetting, "hunter2");
  for (const auto& opened :
       {key(kOther).open(kSetting, sealed), key().open("alerts.webhook_url", sealed), key().open("", sealed)}) {
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::kPermission);
    EXPECT_THAT(opened.error().message, HasSubstr("another key or for another setting, or it was changed"));
    EXPECT_THAT(opened.error().message, testing::Not(HasSubstr("hunter2")));
  }
}

TEST(SealedSecret, EveryChangedBitIsSeen) {
  const std::string sealed = key().seal(kSetting, "hunter2");
  std::string bytes = from_base64url(sealed.substr(kSealedPrefix.size())).value();
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    bytes[i / 8] = static_cast<char>(bytes[i / 8] ^ (1 << i % 8));
    EXPECT_FALSE(key().open(kSetting, fmt::format("{}{}", kSealedPrefix, to_base64url(bytes))).ok()) << i;
    bytes[i / 8] = static_cast<char>(bytes[i / 8] ^ (1 << i % 8));
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(key().open(kSetting, sealed.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(key().open(kSetting, sealed + "A").ok());
  EXPECT_EQ(key().open(kSetting, "plain").error().code, ErrorCode::kInvalidArgument);
}

TEST(SealingKey, IsReadAsPeopleMakeIt) {
  const std::string sealed = key().seal(kSetting, "x");
  EXPECT_TRUE(key(kZeros + "=\n").open(kSetting, sealed).ok()) << "openssl rand -base64 32";
  const std::string bytes(32, '\xfb');  // has + and / in the common alphabet
  std::string common = to_base64url(bytes);
  std::ranges::replace(common, '-', '+');
  std::ranges::replace(common, '_', '/');
  EXPECT_TRUE(key(common + "=").open(kSetting, key(to_base64url(bytes)).seal(kSetting, "x")).ok());
  for (const std::string& bad :
       {std::string(), kZeros.substr(1), kZeros + "AAAA", std::string(43, '!'), std::string("hunter2")}) {
    const auto parsed = SealingKey::parse(bad);
    ASSERT_FALSE(parsed.ok()) << bad;
    EXPECT_EQ(parsed.error().message, "the key must be 32 bytes in base64, as of: openssl rand -base64 32");
  }
}

class SealingKeyPlaces : public testing::Test {
 protected:
  SealingKeyPlaces() { forget(); }
  ~SealingKeyPlaces() override {
    forget();
    std::filesystem::remove(path_);
  }
  static void forget() {
    ::unsetenv("ML_SECRETS_KEY");
    ::unsetenv("ML_SECRETS_KEY_FILE");
  }
  void write(const std::string& text, mode_t mode = 0600) {
    std::ofstream(path_) << text;
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
  }
  // Which of the two keys was found.
  static bool is(const base::Result<SealingKey>& found, const std::string& text) {
    return found.ok() && found->open(kSetting, key(text).seal(kSetting, "x")).ok();
  }

  const std::filesystem::path path_ = fmt::format("{}/sealing_{}", testing::TempDir(), ::getpid());
};

TEST_F(SealingKeyPlaces, AFileThenTheVariableThenItsFile) {
  EXPECT_EQ(SealingKey::find().error().message,
            "there is no key for sealed secrets: set ML_SECRETS_KEY or ML_SECRETS_KEY_FILE (docs/security.md)");
  write(kOther + "\n");
  ::setenv("ML_SECRETS_KEY_FILE", path_.c_str(), 1);
  EXPECT_TRUE(is(SealingKey::find(), kOther));
  ::setenv("ML_SECRETS_KEY", kZeros.c_str(), 1);
  EXPECT_TRUE(is(SealingKey::find(), kZeros));
  EXPECT_TRUE(is(SealingKey::find(path_), kOther));
}

TEST_F(SealingKeyPlaces, SaysWhichOneIsWrong) {
  ::setenv("ML_SECRETS_KEY", "short", 1);
  EXPECT_THAT(SealingKey::find().error().message, StartsWith("ML_SECRETS_KEY: the key must be 32 bytes"));
  write("short");
  EXPECT_THAT(SealingKey::find(path_).error().message,
              StartsWith(fmt::format("'{}': the key must be", path_.string())));
  write(kZeros, 0644);
  EXPECT_THAT(SealingKey::find(path_).error().message, HasSubstr("everybody on this machine can reach it (mode 0644)"));
  EXPECT_EQ(SealingKey::find("/no/such/key").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace mla::security
