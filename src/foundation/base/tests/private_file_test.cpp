#include "foundation/base/private_file.h"

#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mla::base {
namespace {

using testing::HasSubstr;

class PrivateFile : public testing::Test {
 protected:
  PrivateFile() { std::ofstream(path_) << "secret\n"; }
  ~PrivateFile() override { std::filesystem::remove(path_); }

  const std::filesystem::path path_ = fmt::format("{}/private_{}", testing::TempDir(), ::getpid());
};

TEST_F(PrivateFile, IsReadWhereOthersCannotReachIt) {
  for (const mode_t mode : {0400, 0600, 0640, 0660}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(read_private_file(path_, 100).value(), "secret\n") << mode;
  }
  EXPECT_EQ(read_private_file(path_, 3).error().code, ErrorCode::kTooLarge);
}

TEST_F(PrivateFile, IsRefusedWhereOthersCan) {
  for (const mode_t mode : {0644, 0602, 0601, 0666}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    const auto read = read_private_file(path_, 100);
    ASSERT_FALSE(read.ok()) << mode;
    EXPECT_EQ(read.error().code, ErrorCode::kPermission);
    EXPECT_THAT(read.error().message, HasSubstr(fmt::format("(mode {:04o}): chmod o= '{}'", mode, path_.string())));
    EXPECT_THAT(read.error().message, testing::Not(HasSubstr("secret")));
  }
}

TEST_F(PrivateFile, MissingIsSaid) {
  const auto read = read_private_file(path_.string() + ".none", 100);
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(read.error().message, HasSubstr(".none"));
}

}  // namespace
}  // namespace mla::base
