#include "foundation/base/result.h"

#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace mla::base {
namespace {

Error not_found() { return {ErrorCode::kNotFound, "no track 'x'"}; }

TEST(Result, HoldsAValue) {
  Result<int> result = 7;
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(*result, 7);
  result.value() = 8;
  EXPECT_EQ(std::as_const(result).value(), 8);
}

TEST(Result, HoldsAnError) {
  const Result<int> result = not_found();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(result.error().message, "no track 'x'");
}

TEST(Result, ReadingTheValueOfAFailureThrowsItsError) {
  const Result<std::string> result = not_found();
  try {
    static_cast<void>(result.value());
    FAIL() << "value() did not throw";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.error().code, ErrorCode::kNotFound);
    EXPECT_STREQ(failure.what(), "no track 'x'");
  }
}

TEST(Result, ReadingTheErrorOfAValueIsOurOwnMistake) {
  const Result<int> result = 1;
  EXPECT_THROW(static_cast<void>(result.error()), std::logic_error);
  const Status done;
  EXPECT_THROW(static_cast<void>(done.error()), std::logic_error);
}

TEST(Result, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 5);
}

TEST(Result, ArrowReachesMembers) {
  Result<std::string> result = std::string("abc");
  EXPECT_EQ(result->size(), 3u);
  result->push_back('d');
  EXPECT_EQ(*result, "abcd");
}

TEST(Status, IsOkUnlessItHasAnError) {
  const Status done;
  EXPECT_TRUE(done.ok());
  EXPECT_NO_THROW(done.value());
  const Status failed = not_found();
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "no track 'x'");
  EXPECT_THROW(failed.value(), Failure);
}

Status check_twice(const Status& first, int& reached) {
  MLA_CHECK(first);
  ++reached;
  return {};
}

TEST(ResultMacros, CheckReturnsTheErrorAndElseGoesOn) {
  int reached = 0;
  EXPECT_TRUE(check_twice({}, reached).ok());
  EXPECT_EQ(reached, 1);
  EXPECT_EQ(check_twice(not_found(), reached).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(reached, 1);
}

Result<int> twice(Result<int> source) {
  MLA_ASSIGN(const int value, std::move(source));
  return 2 * value;
}

TEST(ResultMacros, AssignUnwrapsOrReturns) {
  EXPECT_EQ(*twice(21), 42);
  EXPECT_EQ(twice(not_found()).error().message, "no track 'x'");
}

TEST(Error, ContextComesBeforeTheMessage) {
  const Error error = with_context(not_found(), "import 'a.csv'");
  EXPECT_EQ(error.message, "import 'a.csv': no track 'x'");
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
}

TEST(ErrorCode, NamesAreSnakeCaseAndDistinct) {
  std::set<std::string> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    const std::string name(to_string(static_cast<ErrorCode>(code)));
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos) << name;
    names.insert(name);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::kInternal) + 1);
  EXPECT_EQ(to_string(ErrorCode::kDiskFull), "disk_full");
}

}  // namespace
}  // namespace mla::base
