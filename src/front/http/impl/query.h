#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "front/http/impl/errors.h"
#include "front/http/impl/fields.h"

namespace mla::http {

// Reads the query of a request target and collects what is wrong, as Fields does of a body. Names that nobody asks for
// are ignored; one that comes twice is an error. A getter returns nothing for what is missing or wrong.
class Query {
 public:
  // `errors` must outlive this object.
  Query(std::string_view target, std::vector<FieldError>& errors);

  std::optional<std::string> text(std::string_view name, Fields::TextLimits limits);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  // "true" or "false".
  std::optional<bool> flag(std::string_view name);
  // `limit`, which every list has.
  std::size_t limit(std::int64_t otherwise, std::int64_t max);
  // What encode_cursor made of `cursor`; "" begins.
  std::string cursor();
  void report(std::string_view name, std::string_view type, std::string msg);

 private:
  const std::string* find(std::string_view name) const;

  std::map<std::string, std::string, std::less<>> values_;
  std::vector<FieldError>& errors_;
};

}  // namespace mla::http
