#include "adapters/postgres/impl/values.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace mla::postgres {
namespace {

std::uint64_t number_of(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

template <class T>
T parsed(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

bool is_text(Oid type) { return Type{type} == Type::kText || Type{type} == Type::kVarchar; }

bool is_readable(Oid type) {
  switch (Type{type}) {
    case Type::kBool:
    case Type::kBytea:
    case Type::kInt8:
    case Type::kInt2:
    case Type::kInt4:
    case Type::kText:
    case Type::kFloat4:
    case Type::kFloat8:
    case Type::kVarchar:
      return true;
  }
  return false;
}

std::string big_endian(std::uint64_t value, std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = bytes; i-- > 0; value >>= 8) text[i] = static_cast<char>(value & 0xFF);
  return text;
}

Parameter parameter_of(std::int64_t value, Oid type) {
  if (Type{type} == Type::kInt8) return {false, true, big_endian(static_cast<std::uint64_t>(value), 8)};
  return {false, false, fmt::format("{}", value)};
}

Parameter parameter_of(double value, Oid type) {
  if (Type{type} == Type::kFloat8) return {false, true, big_endian(std::bit_cast<std::uint64_t>(value), 8)};
  return {false, false, fmt::format("{}", value)};
}

Parameter parameter_of(std::string_view bytes, bool text, Oid type) {
  const bool binary = !text || is_text(type) || Type{type} == Type::kBytea;
  return {false, binary, std::string(bytes)};
}

std::int64_t integer_of(std::string_view bytes, Oid type) {
  switch (Type{type}) {
    case Type::kBool:
    case Type::kInt8:
      return static_cast<std::int64_t>(number_of(bytes));
    case Type::kInt2:
      return static_cast<std::int16_t>(number_of(bytes));
    case Type::kInt4:
      return static_cast<std::int32_t>(number_of(bytes));
    case Type::kFloat4:
    case Type::kFloat8: {
      const double value = real_of(bytes, type);
      constexpr double kLimit = 9223372036854775808.0;
      return std::abs(value) < kLimit ? static_cast<std::int64_t>(value) : 0;
    }
    case Type::kBytea:
    case Type::kText:
    case Type::kVarchar:
      return parsed<std::int64_t>(bytes);
  }
  return 0;
}

double real_of(std::string_view bytes, Oid type) {
  switch (Type{type}) {
    case Type::kFloat8:
      return std::bit_cast<double>(number_of(bytes));
    case Type::kFloat4:
      return std::bit_cast<float>(static_cast<std::uint32_t>(number_of(bytes)));
    case Type::kBytea:
    case Type::kText:
    case Type::kVarchar:
      return parsed<double>(bytes);
    default:
      return static_cast<double>(integer_of(bytes, type));
  }
}

}  // namespace mla::postgres
