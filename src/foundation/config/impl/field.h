#pragma once

#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "foundation/config/impl/document.h"
#include "foundation/config/keys.h"

// Writing values into a Settings by the table, with its types and ranges.
namespace mla::config {

// From YAML: a quoted number is text, true and false are the only truth values.
// The error says what the value must be, without naming the key's place.
base::Status set_field(const Key& key, Settings& settings, const Entry& entry);

// From an environment variable or an option: also 1/0, yes/no, on/off; lists as JSON array or comma-separated.
base::Status set_field(const Key& key, Settings& settings, std::string_view text);

// As it would stand in YAML; lists as [a, b].
std::string format_field(const FieldRef& field);

}  // namespace mla::config
