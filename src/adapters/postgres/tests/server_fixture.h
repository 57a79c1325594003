#pragma once

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/postgres/postgres.h"

namespace mla::postgres {

// A database with an empty schema of its own on the server of MLA_TEST_POSTGRES; without one the test is skipped.
class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* server = std::getenv("MLA_TEST_POSTGRES");
    if (server == nullptr) GTEST_SKIP() << "skipped: no PostgreSQL server, ./test.sh --all starts one";
    server_ = server;
    schema_ = "room_" + std::to_string(::getpid());
    const auto outside = open(server_).value();
    ASSERT_TRUE(outside->acquire().value()->execute("CREATE SCHEMA " + schema_).ok());
    database_ = open_with({});
    connection_ = database_->acquire().value();
  }
  void TearDown() override {
    if (connection_ != nullptr) execute("DROP SCHEMA " + schema_ + " CASCADE");
  }

  // The URL with settings of the session ("name=value").
  std::string url_with(const std::string& setting) const {
    std::string escaped = setting;
    if (const std::size_t at = escaped.find('='); at != std::string::npos) escaped.replace(at, 1, "%3D");
    return server_ + (server_.find('?') == std::string::npos ? "?" : "&") + "options=-c" + escaped;
  }
  std::unique_ptr<store::Database> open_with(const Options& options) const {
    return open(url_with("search_path=" + schema_), options).value();
  }
  void execute(const std::string& sql) const {
    const base::Status status = connection_->execute(sql);
    ASSERT_TRUE(status.ok()) << sql << ": " << status.error().message;
  }
  static std::string text(store::Connection& connection, std::string_view sql) {
    store::Statement* select = connection.prepare(sql).value();
    EXPECT_TRUE(select->step().value()) << sql;
    std::string found(select->text(0));
    select->reset();
    return found;
  }

  std::string server_;
  std::string schema_;
  std::unique_ptr<store::Database> database_;
  store::Lease connection_;
};

}  // namespace mla::postgres
