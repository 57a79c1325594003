#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "knowledge/catalog/catalog.h"

// Which settings and parameters suit a machine and a catalogue, and why: only such as something obeys.
namespace mla::engine {

// What this process may use.
struct Machine {
  int cores = 1;                         // by its affinity and the processor quota of its control group
  std::int64_t memory_bytes = 0;         // physical memory, or the limit of its control group
  std::int64_t largest_cache_bytes = 0;  // of one core's caches; 0: unknown
};

// Asks the kernel. `root` stands for / (tests make one): sys/fs/cgroup (versions 1 and 2, as this process sees it) and
// sys/devices/system/cpu/cpu0/cache are read below it; what is not there limits nothing.
Machine this_machine(const std::filesystem::path& root = "/");

struct Choice {
  std::string name;  // a configuration key, or a parameter of a training
  std::string value;
  std::string why;  // one line
};

struct Advice {
  std::vector<Choice> settings;    // keys of docs/configuration.md
  std::vector<Choice> parameters;  // of `train --params`
};

// REQUIRES: machine.cores > 0.
Advice advise(const Machine& machine, const catalog::CatalogCounts& catalogue);

// As a YAML file for --config, with reasons and the words of a training as comments.
std::string to_yaml(const Advice& advice);

}  // namespace mla::engine
