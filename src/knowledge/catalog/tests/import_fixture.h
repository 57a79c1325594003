#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "foundation/store/tests/fresh_database.h"
#include "knowledge/catalog/import/importer.h"

namespace mla::catalog {

// An empty catalogue, a folder for files, and an import of any kind into it.
class ImportTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string(info->test_suite_name()) + info->name() + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    database_ = store::fresh_database();
    catalog_.emplace(Catalog::open(*database_).value());
    options_.rejects_folder = folder_;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  std::string read(const std::filesystem::path& file) const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  base::Result<ImportReport> import(std::string_view kind, const std::filesystem::path& path) {
    base::Work work{pool_, progress_, cancel_};
    return import_path(*find_importer(kind).value(), path, options_, *catalog_, work);
  }
  // "../shared/data/<path>" if it is there.
  static std::optional<std::filesystem::path> shared(const std::string& path) {
    const std::filesystem::path file = std::filesystem::path("../shared/data") / path;
    return std::filesystem::exists(file) ? std::optional(file) : std::nullopt;
  }

  std::filesystem::path folder_;
  std::unique_ptr<store::Database> database_;
  std::optional<Catalog> catalog_;
  ImportOptions options_;
  base::ThreadPool pool_{1};
  base::SilentProgress progress_;
  base::CancelFlag cancel_;
};

}  // namespace mla::catalog
