#include "foundation/base/file.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mla::base {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FileTest : public testing::Test {
 protected:
  FileTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~FileTest() override { fs::remove_all(folder_); }

  std::string read(const fs::path& path) const { return read_file(path, 1 << 30).value(); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  const fs::path folder_ =
      fs::path(testing::TempDir()) /
      ("mla_file_" + std::to_string(::getpid()) + "_" + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(FileTest, WritesAndReadsBack) {
  const fs::path path = folder_ / "a.bin";
  const std::string bytes("a\0\n\xFF", 4);
  ASSERT_TRUE(write_file_atomic(path, bytes).ok());
  EXPECT_EQ(read(path), bytes);
  ASSERT_TRUE(write_file_atomic(path, "").ok());
  EXPECT_EQ(read(path), "");
  EXPECT_EQ(files(), 1u) << "a temporary file was left";
}

TEST_F(FileTest, ReadsUpToTheLimitAndNoByteMore) {
  const fs::path path = folder_ / "a";
  ASSERT_TRUE(write_file_atomic(path, std::string(100'000, 'x')).ok());
  EXPECT_EQ(read_file(path, 100'000)->size(), 100'000u);
  const auto refused = read_file(path, 99'999);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
  EXPECT_THAT(refused.error().message, HasSubstr("99999"));
}

TEST_F(FileTest, AReaderSeesTheOldOrTheNewBytesNeverAPart) {
  const fs::path path = folder_ / "a";
  const std::string old_bytes(200'000, 'o'), new_bytes(300'000, 'n');
  ASSERT_TRUE(write_file_atomic(path, old_bytes).ok());
  std::jthread writer([&] {
    for (int i = 0; i < 40; ++i) static_cast<void>(write_file_atomic(path, i % 2 == 0 ? new_bytes : old_bytes));
  });
  for (int i = 0; i < 400; ++i) {
    const std::string seen = read(path);
    ASSERT_TRUE(seen == old_bytes || seen == new_bytes) << seen.size();
  }
}

TEST_F(FileTest, AFailedReplacementKeepsTheOldFile) {
  const fs::path folder = folder_ / "sub";
  fs::create_directories(folder / "inside");  // a non-empty folder cannot be replaced by a file
  const Status status = write_file_atomic(folder, "x");
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(fs::is_directory(folder / "inside"));
  EXPECT_EQ(files(), 1u) << "a temporary file was left";
}

// Exits with 0 if a file size limit in the middle of the write is reported as a full disk.
[[noreturn]] void write_with_size_limit(const fs::path& path) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{1000, 1000};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  const Status status = write_file_atomic(path, std::string(5000, 'n'));
  std::_Exit(!status.ok() && status.error().code == ErrorCode::kDiskFull ? 0 : 1);
}

TEST_F(FileTest, AFullDiskIsNamedAndLeavesTheOldBytes) {
  const fs::path path = folder_ / "a";
  ASSERT_TRUE(write_file_atomic(path, "old").ok());
  EXPECT_EXIT(write_with_size_limit(path), testing::ExitedWithCode(0), "");
  EXPECT_EQ(read(path), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(FileTest, MissingFilesAndFoldersAreNotFound) {
  EXPECT_EQ(read_file(folder_ / "none", 10).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(MappedFile::open(folder_ / "none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(write_file_atomic(folder_ / "none" / "a", "x").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(sync_folder(folder_ / "none").error().code, ErrorCode::kNotFound);
  EXPECT_THAT(read_file(folder_ / "none", 10).error().message, HasSubstr((folder_ / "none").string()));
}

TEST_F(FileTest, AFolderIsNotAFile) {
  EXPECT_FALSE(read_file(folder_, 10).ok());
  const auto mapped = MappedFile::open(folder_);
  ASSERT_FALSE(mapped.ok());
  EXPECT_EQ(mapped.error().code, ErrorCode::kInvalidArgument);
}

// Root may read everything, so root becomes nobody first.
[[noreturn]] void read_without_rights(const fs::path& path) {
  if (::geteuid() == 0 && ::seteuid(65534) != 0) std::_Exit(2);
  const auto refused = read_file(path, 10);
  std::_Exit(!refused.ok() && refused.error().code == ErrorCode::kPermission ? 0 : 1);
}

TEST_F(FileTest, ForbiddenFilesArePermissionErrors) {
  const fs::path path = folder_ / "a";
  ASSERT_TRUE(write_file_atomic(path, "x").ok());
  fs::permissions(path, fs::perms::none);
  EXPECT_EXIT(read_without_rights(path), testing::ExitedWithCode(0), "");
}

TEST_F(FileTest, MapsTheBytes) {
  const fs::path path = folder_ / "a";
  ASSERT_TRUE(write_file_atomic(path, "hello").ok());
  auto mapped = MappedFile::open(path);
  ASSERT_TRUE(mapped.ok());
  fs::remove(path);  // the mapping outlives the name
  ASSERT_EQ(mapped->bytes().size(), 5u);
  EXPECT_EQ(std::memcmp(mapped->bytes().data(), "hello", 5), 0);

  MappedFile moved = std::move(*mapped);
  EXPECT_TRUE(mapped->bytes().empty());
  EXPECT_EQ(moved.bytes().size(), 5u);
  ASSERT_TRUE(write_file_atomic(path, "worlds").ok());
  moved = std::move(MappedFile::open(path).value());
  EXPECT_EQ(std::memcmp(moved.bytes().data(), "worlds", 6), 0);
}

TEST_F(FileTest, MapsAnEmptyFile) {
  ASSERT_TRUE(write_file_atomic(folder_ / "a", "").ok());
  EXPECT_TRUE(MappedFile::open(folder_ / "a")->bytes().empty());
}

TEST(SystemError, MapsTheNumberAndNamesThePath) {
  EXPECT_EQ(system_error(ENOSPC, "write", "/x").code, ErrorCode::kDiskFull);
  EXPECT_EQ(system_error(EFBIG, "write", "/x").code, ErrorCode::kDiskFull);
  EXPECT_EQ(system_error(EROFS, "write", "/x").code, ErrorCode::kPermission);
  EXPECT_EQ(system_error(EADDRINUSE, "listen on", "/x").code, ErrorCode::kBusy);
  EXPECT_EQ(system_error(EEXIST, "create", "/x").code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(system_error(EIO, "read", "/x").code, ErrorCode::kIo);
  EXPECT_EQ(system_error(ENOENT, "open", "/a b").message, "cannot open '/a b': No such file or directory");
}

}  // namespace
}  // namespace mla::base
