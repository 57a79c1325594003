#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <libpq-fe.h>

namespace mla::postgres {

// The types that our schemas and queries have, by their numbers in the server's catalogue pg_type.
enum class Type : Oid {
  kBool = 16,
  kBytea = 17,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kFloat4 = 700,
  kFloat8 = 701,
  kVarchar = 1043,
};

// Whether a result column of that type can be read.
bool is_readable(Oid type);

// A parameter as libpq takes it.
struct Parameter {
  bool is_null = true;
  bool binary = false;
  std::string bytes;  // without binary: text that ends at its first NUL
};

// `value` as a parameter of type `type`: binary where the server's type is that of the value, else as text, which the
// server converts or refuses.
Parameter parameter_of(std::int64_t value, Oid type);
Parameter parameter_of(double value, Oid type);
// Text and blobs; text for a column of another type is sent as text.
Parameter parameter_of(std::string_view bytes, bool is_text, Oid type);

// Big-endian bytes, as in the binary format.
std::string big_endian(std::uint64_t value, std::size_t bytes);

// A column of a binary result. REQUIRES: is_readable(type); bytes are the server's for it.
std::int64_t integer_of(std::string_view bytes, Oid type);
double real_of(std::string_view bytes, Oid type);
bool is_text(Oid type);

}  // namespace mla::postgres
