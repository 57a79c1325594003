#pragma once

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "learning/plugins/host.h"

namespace mla::plugins {

// A test program is the process of its plugins, as ml-analytics is: the words decide before GoogleTest reads them.
inline const bool kIsHost = [] {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string words((std::istreambuf_iterator<char>(file)), {});
  const std::string first = words.substr(std::strlen(words.c_str()) + 1);
  if (first.c_str() == std::string(kHostWord)) host_main(kHostSocket);
  return false;
}();

}  // namespace mla::plugins
