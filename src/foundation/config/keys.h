#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "foundation/config/settings.h"

namespace mla::config {

// Where a key's value lies in a Settings; its alternative is the key's type.
using FieldRef = std::variant<int*, double*, bool*, std::string*, std::vector<int>*, std::vector<std::string>*>;

// One row of the table that drives parsing, `config --show` and docs/configuration.md.
struct Key {
  std::string_view name;  // "models.recommendation.embedding_dim"
  FieldRef (*field)(Settings& settings);
  std::string_view help;
  double min = -std::numeric_limits<double>::infinity();  // numbers, also each one of a list
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string_view> choices = {};  // texts; empty: any
  std::string_view variable = {};              // environment variable; empty: none
  bool secret = false;                         // never printed
};

// Every key, section by section.
std::span<const Key> keys();

// Null if there is none.
const Key* find_key(std::string_view name);

// True for "models", "models.audio" and the like.
bool is_section(std::string_view name);

// The key or section that was probably meant by `name`: near in spelling, or the same last word in another section.
// Empty if nothing is near.
std::string nearest_key(std::string_view name);

// "whole number", "number", "true or false", "text", "list of whole numbers", "list of texts".
std::string_view type_name(const Key& key);

// "1 … 65535", "one of HS256, RS256", or empty.
std::string range_text(const Key& key);

// docs/configuration.md, written from the table.
std::string reference_page();

}  // namespace mla::config
