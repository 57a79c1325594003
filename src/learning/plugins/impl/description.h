#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "learning/models/parameters.h"
#include "learning/plugins/impl/message.h"
#include "learning/plugins/plugin.h"

namespace mla::plugins {

// What a plugin says of itself.
struct Description {
  std::string name, version, text;
  std::vector<models::ParameterSpec> parameters;
  bool explains = false;
};

// REQUIRES: check_plugin(&plugin).ok().
std::string describe(const mla_plugin& plugin);

// What `describe` wrote, as it comes from a process that nobody has to trust: texts become one short line each.
// kCorrupt for anything else.
base::Result<Description> read_description(std::string_view bytes);

// At most 500 bytes of one line: control characters become spaces, what is no UTF-8 a question mark.
std::string plain_line(std::string_view text);

}  // namespace mla::plugins
