#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"

namespace mla::config {

// One value of a YAML file: a scalar, or a list of scalars.
struct Entry {
  struct Scalar {
    std::string text;
    bool quoted = false;
  };
  std::string key;  // dotted path
  int line = 0;     // from 1
  bool list = false;
  bool null = false;  // "key:" without a value
  std::vector<Scalar> values;
};

// Flattens a YAML mapping. `name` stands in messages for the file.
// Aliases, tags, nested lists, duplicate keys, more than 8 levels or 10,000 values are errors.
base::Result<std::vector<Entry>> parse_document(std::string_view yaml, std::string_view name);

}  // namespace mla::config
