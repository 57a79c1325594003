#include "adapters/postgres/impl/values.h"

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace mla::postgres {
namespace {

constexpr Oid oid(Type type) { return static_cast<Oid>(type); }
constexpr Oid kNumeric = 1700;

TEST(Values, IntegersAreBigEndian) {
  EXPECT_EQ(big_endian(0x0102030405060708U, 8), std::string("\1\2\3\4\5\6\7\10", 8));
  EXPECT_EQ(big_endian(0xFFFF, 2), "\xFF\xFF");
  EXPECT_EQ(big_endian(0, 4), std::string(4, '\0'));
  EXPECT_EQ(big_endian(1, 0), "");
}

TEST(Values, WhatFitsTheTypeIsBinaryAndReadsBack) {
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min(),
                                   std::numeric_limits<std::int64_t>::max()}) {
    const Parameter parameter = parameter_of(value, oid(Type::kInt8));
    EXPECT_TRUE(parameter.binary);
    EXPECT_FALSE(parameter.is_null);
    EXPECT_EQ(integer_of(parameter.bytes, oid(Type::kInt8)), value);
  }
  for (const double value : {0.1, -1e-300, std::numeric_limits<double>::max()}) {
    const Parameter parameter = parameter_of(value, oid(Type::kFloat8));
    EXPECT_TRUE(parameter.binary);
    EXPECT_EQ(real_of(parameter.bytes, oid(Type::kFloat8)), value);
  }
  const std::string_view bytes("a\0b", 3);
  for (const bool text : {false, true}) {
    const Parameter parameter = parameter_of(bytes, text, oid(text ? Type::kText : Type::kBytea));
    EXPECT_TRUE(parameter.binary) << "a NUL would end it as text";
    EXPECT_EQ(parameter.bytes, bytes);
  }
}

TEST(Values, WhatDoesNotFitIsTextForTheServerToConvert) {
  const Parameter small = parameter_of(std::int64_t{-7}, oid(Type::kInt4));
  EXPECT_FALSE(small.binary);
  EXPECT_EQ(small.bytes, "-7");
  EXPECT_EQ(parameter_of(std::int64_t{3}, oid(Type::kFloat8)).bytes, "3");
  const Parameter real = parameter_of(0.1, kNumeric);
  EXPECT_FALSE(real.binary);
  EXPECT_EQ(real.bytes, "0.1");
  const Parameter word = parameter_of("12", true, oid(Type::kInt8));
  EXPECT_FALSE(word.binary);
  EXPECT_EQ(word.bytes, "12");
  EXPECT_TRUE(Parameter().is_null);
}

TEST(Values, IntegersOfEveryWidthKeepTheirSign) {
  EXPECT_EQ(integer_of("\xFF\xFE", oid(Type::kInt2)), -2);
  EXPECT_EQ(integer_of(std::string_view("\x7F\xFF", 2), oid(Type::kInt2)), 32767);
  EXPECT_EQ(integer_of("\xFF\xFF\xFF\xFE", oid(Type::kInt4)), -2);
  EXPECT_EQ(integer_of("\1", oid(Type::kBool)), 1);
  EXPECT_EQ(integer_of(std::string_view("\0", 1), oid(Type::kBool)), 0);
}

TEST(Values, NumbersConvertIntoEachOther) {
  const std::string half = parameter_of(2.5, oid(Type::kFloat8)).bytes;
  EXPECT_EQ(integer_of(half, oid(Type::kFloat8)), 2);
  EXPECT_EQ(integer_of(parameter_of(1e300, oid(Type::kFloat8)).bytes, oid(Type::kFloat8)), 0)
      << "no integer is so large";
  EXPECT_EQ(integer_of(parameter_of(std::nan(""), oid(Type::kFloat8)).bytes, oid(Type::kFloat8)), 0);
  EXPECT_EQ(real_of(parameter_of(std::int64_t{9}, oid(Type::kInt8)).bytes, oid(Type::kInt8)), 9.0);
  EXPECT_EQ(real_of(big_endian(std::bit_cast<std::uint32_t>(0.5F), 4), oid(Type::kFloat4)), 0.5);
  EXPECT_EQ(integer_of("42", oid(Type::kText)), 42);
  EXPECT_EQ(real_of("4.25", oid(Type::kVarchar)), 4.25);
  EXPECT_EQ(integer_of("many", oid(Type::kText)), 0);
}

TEST(Values, TypesThatAreNotReadAreKnown) {
  for (const Type type : {Type::kBool, Type::kBytea, Type::kInt8, Type::kInt2, Type::kInt4, Type::kText, Type::kFloat4,
                          Type::kFloat8, Type::kVarchar}) {
    EXPECT_TRUE(is_readable(oid(type)));
  }
  EXPECT_FALSE(is_readable(kNumeric));
  EXPECT_TRUE(is_text(oid(Type::kText)));
  EXPECT_TRUE(is_text(oid(Type::kVarchar)));
  EXPECT_FALSE(is_text(oid(Type::kBytea)));
}

}  // namespace
}  // namespace mla::postgres
