#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/postgres/tests/server_fixture.h"

namespace mla::postgres {
namespace {

using base::ErrorCode;
using store::Statement;
using testing::HasSubstr;

class StatementTest : public ServerTest {
 protected:
  // Fails when it comes to 4: the server has sent three rows by then.
  Statement* failing() const {
    return connection_->prepare("SELECT 12 / (4 - x) FROM generate_series(1, CAST(? AS INTEGER)) x").value();
  }
};

TEST_F(StatementTest, AnErrorAfterSomeRowsComesAfterThem) {
  Statement* rows = failing();
  rows->bind(1, std::int64_t{9});
  for (const std::int64_t expected : {4, 6, 12}) {
    ASSERT_TRUE(rows->step().value());
    EXPECT_EQ(rows->integer(0), expected);
  }
  const auto failed = rows->step();
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(failed.error().message, HasSubstr("division by zero"));
  rows->bind(1, std::int64_t{2});
  EXPECT_TRUE(rows->step().value()) << "it may run again, with new parameters";
  EXPECT_EQ(rows->integer(0), 4);
}

TEST_F(StatementTest, AnErrorIsKeptWhileAnotherStatementRuns) {
  Statement* rows = failing();
  rows->bind(1, std::int64_t{9});
  ASSERT_TRUE(rows->step().value());
  EXPECT_EQ(text(*connection_, "SELECT 7"), "7");  // reads the rest of the first into memory, its error too
  EXPECT_EQ(rows->integer(0), 4) << "its row is still there";
  ASSERT_TRUE(rows->step().value());
  ASSERT_TRUE(rows->step().value());
  EXPECT_EQ(rows->integer(0), 12);
  EXPECT_THAT(rows->step().error().message, HasSubstr("division by zero"));
}

TEST_F(StatementTest, ResetForgetsRowsErrorsAndParameters) {
  Statement* rows = failing();
  rows->bind(1, std::int64_t{9});
  ASSERT_TRUE(rows->step().value());
  EXPECT_EQ(text(*connection_, "SELECT 7"), "7");
  rows->reset();
  EXPECT_FALSE(rows->step().value()) << "NULL rows";
  EXPECT_TRUE(rows->is_null(0));
  EXPECT_EQ(rows->integer(0), 0);
  EXPECT_EQ(rows->text(0), "");
  EXPECT_TRUE(rows->blob(0).empty());
  EXPECT_FALSE(rows->step().value()) << "it stays at its end until it is reset";
}

TEST_F(StatementTest, BindingWhileItRunsIsAMistakeThatIsTold) {
  Statement* rows = connection_->prepare("SELECT x FROM generate_series(1, CAST(? AS BIGINT)) x").value();
  rows->bind(1, std::int64_t{5});
  ASSERT_TRUE(rows->step().value());
  rows->bind(1, std::int64_t{1});
  EXPECT_TRUE(rows->step().value()) << "what runs is not disturbed";
  rows->reset();
  rows->bind(0, std::int64_t{1});
  EXPECT_EQ(rows->step().error().code, ErrorCode::kInternal);
  rows->bind(1, std::int64_t{1});
  EXPECT_TRUE(rows->step().value());
}

TEST_F(StatementTest, NumbersReadAsText) {
  execute("CREATE TABLE t (i BIGINT, s SMALLINT, r REAL, d DOUBLE PRECISION, b BOOLEAN, v VARCHAR(9))");
  execute("INSERT INTO t VALUES (-5, 7, 0.5, 0.1, TRUE, 'nine')");
  Statement* row = connection_->prepare("SELECT i, s, r, d, b, v FROM t").value();
  ASSERT_TRUE(row->step().value());
  const std::string_view first = row->text(0);
  EXPECT_EQ(row->text(1), "7");
  EXPECT_EQ(row->text(2), "0.5");
  EXPECT_EQ(row->text(3), "0.1");
  EXPECT_EQ(row->text(4), "1");
  EXPECT_EQ(row->text(5), "nine");
  EXPECT_EQ(first, "-5") << "views stay until the next step";
  EXPECT_EQ(row->real(2), 0.5);
  EXPECT_EQ(row->integer(5), 0);
}

struct State {
  const char* sqlstate;
  ErrorCode code;
  const char* says;
};

class ErrorTest : public StatementTest, public testing::WithParamInterface<State> {};

TEST_P(ErrorTest, HasTheCodeOfItsKindAndOneLine) {
  const std::string sql = std::string("DO $$ BEGIN RAISE EXCEPTION E'first line\\n  and second.' USING ERRCODE = '") +
                          GetParam().sqlstate + "'; END $$";
  const base::Status status = connection_->execute(sql);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, GetParam().code);
  EXPECT_THAT(status.error().message, HasSubstr(GetParam().says));
  EXPECT_EQ(status.error().message.find('\n'), std::string::npos);
  EXPECT_TRUE(connection_->execute("SELECT 1").ok()) << "the connection goes on";
}

INSTANTIATE_TEST_SUITE_P(States, ErrorTest,
                         testing::Values(State{"23505", ErrorCode::kAlreadyExists, "first line and second"},
                                         State{"23503", ErrorCode::kInvalidArgument, "first line and second"},
                                         State{"22003", ErrorCode::kInvalidArgument, "first line and second"},
                                         State{"40001", ErrorCode::kBusy, "try again"},
                                         State{"40P01", ErrorCode::kBusy, "try again"},
                                         State{"55P03", ErrorCode::kBusy, "another program is writing to it"},
                                         State{"53300", ErrorCode::kBusy, "try again"},
                                         State{"57014", ErrorCode::kBusy, "try again"},
                                         State{"53100", ErrorCode::kDiskFull, "free some space"},
                                         State{"53200", ErrorCode::kTooLarge, "first line and second"},
                                         State{"54000", ErrorCode::kTooLarge, "first line and second"},
                                         State{"42501", ErrorCode::kPermission, "grant it to the user"},
                                         State{"25006", ErrorCode::kPermission, "grant it to the user"},
                                         State{"58030", ErrorCode::kIo, "first line and second"},
                                         State{"XX001", ErrorCode::kCorrupt, "first line and second"},
                                         State{"42601", ErrorCode::kInternal, "first line and second"}),
                         [](const auto& test) { return std::string(test.param.sqlstate); });

}  // namespace
}  // namespace mla::postgres
