#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "foundation/artifact/artifact.h"
#include "learning/registry/registry.h"

namespace mla::registry {

// A folder that is removed at the end of the test.
class ModelPath {
 public:
  explicit ModelPath(const std::filesystem::path& base = testing::TempDir()) {
    static std::atomic<int> counter{0};
    path_ = base / ("mla-registry-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
    std::filesystem::create_directories(path_);
  }
  ~ModelPath() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A model of `size` numbers, all of them `value`.
struct SampleModel {
  explicit SampleModel(float value = 1, std::size_t size = 64) : values(size, value) {
    writer.add("w", std::span<const float>(values), {static_cast<std::int64_t>(size)});
    writer.add("ids", std::span<const std::string>(ids));
  }
  std::vector<float> values;
  std::vector<std::string> ids{"a", "b"};
  artifact::Writer writer;
};

inline artifact::Description described(std::string id) {
  artifact::Description description;
  description.id = std::move(id);
  description.model_type = "recommendation";
  description.created = 1'700'000'000'000;
  return description;
}

inline base::Result<artifact::Published> publish(const Registry& models, Arrival arrival = Arrival::kChampion,
                                                 const std::string& id = "m", const Check& check = {}) {
  const SampleModel model;
  return models.publish(described(id), model.writer, arrival, check);
}

inline std::vector<int> numbers(const std::vector<artifact::Published>& versions) {
  std::vector<int> numbers;
  for (const artifact::Published& version : versions) numbers.push_back(version.version);
  return numbers;
}

}  // namespace mla::registry
