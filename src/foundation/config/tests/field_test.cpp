#include "foundation/config/impl/field.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Key& key(std::string_view name) {
  const Key* found = find_key(name);
  EXPECT_NE(found, nullptr) << name;
  return *found;
}

std::string error_of(const base::Status& status) { return status.ok() ? "no error" : status.error().message; }

class FieldTest : public testing::Test {
 protected:
  std::string set(std::string_view name, std::string_view text) {
    return error_of(set_field(key(name), settings, text));
  }
  Settings settings;
};

TEST_F(FieldTest, TruthInTextHasManyWords) {
  for (const char* yes : {"true", "1", "yes", "on", "TRUE", "On"}) {
    settings.performance.batch_processing = false;
    EXPECT_EQ(set("performance.batch_processing", yes), "no error");
    EXPECT_TRUE(settings.performance.batch_processing) << yes;
  }
  for (const char* no : {"false", "0", "no", "off", "Off"}) {
    EXPECT_EQ(set("performance.batch_processing", no), "no error");
    EXPECT_FALSE(settings.performance.batch_processing) << no;
    settings.performance.batch_processing = true;
  }
  for (const char* neither : {"2", "y", "wahr", ""}) {
    EXPECT_THAT(set("performance.batch_processing", neither), HasSubstr("must be true or false")) << neither;
  }
}

TEST_F(FieldTest, ListsInTextAreJsonOrCommas) {
  const std::pair<const char*, std::vector<std::string>> lists[] = {
      {"a", {"a"}},
      {"a,b", {"a", "b"}},
      {" a , b ", {"a", "b"}},
      {"[a, b]", {"a", "b"}},
      {R"(["a", 'b'])", {"a", "b"}},
      {"[]", {}},
      {"[ ]", {}},
      {"a,,b", {"a", "", "b"}},
  };
  for (const auto& [text, expected] : lists) {
    EXPECT_EQ(set("security.cors_origins", text), "no error") << text;
    EXPECT_EQ(settings.security.cors_origins, expected) << text;
  }
  EXPECT_EQ(set("models.recommendation.hidden_layers", "[64,32]"), "no error");
  EXPECT_THAT(settings.models.recommendation.hidden_layers, ElementsAre(64, 32));
}

// A list with one bad element changes nothing.
TEST_F(FieldTest, AFailedReadKeepsTheOldValue) {
  EXPECT_THAT(set("models.recommendation.hidden_layers", "64,many"), HasSubstr("not 'many'"));
  EXPECT_THAT(settings.models.recommendation.hidden_layers, ElementsAre(512, 256, 128, 64));
  EXPECT_THAT(set("server.port", "70000"), HasSubstr("outside 0 … 65535"));
  EXPECT_EQ(settings.server.port, 8000);
}

TEST_F(FieldTest, TheEndsOfARangeAreInIt) {
  EXPECT_EQ(set("server.port", "0"), "no error");
  EXPECT_EQ(set("server.port", "65535"), "no error");
  EXPECT_EQ(set("models.recommendation.dropout_rate", "0.99"), "no error");
  EXPECT_THAT(set("models.recommendation.dropout_rate", "0.990001"), HasSubstr("outside 0 … 0.99"));
  EXPECT_THAT(set("server.port", "-1"), HasSubstr("outside"));
}

TEST_F(FieldTest, WrongValuesAreShownShortAndSecretsNot) {
  const std::string error = set("server.port", std::string(99, 'x') + "ä and more");  // the cut falls into the ä
  EXPECT_THAT(error, HasSubstr("not '" + std::string(99, 'x') + "'"));
  EXPECT_THAT(set("security.jwt.secret_key", std::string("hunter2\n")), testing::Not(HasSubstr("hunter2")));
}

TEST_F(FieldTest, TextsAreUtf8InOneLine) {
  EXPECT_EQ(set("models.path", "/música"), "no error");
  EXPECT_THAT(set("models.path", "a\xff"), HasSubstr("not UTF-8"));
  EXPECT_THAT(set("models.path", "a\nb"), HasSubstr("control characters"));
  EXPECT_THAT(set("models.path", std::string(4097, 'a')), HasSubstr("at most 4096 bytes"));
}

TEST(FormatField, PrintsAsYamlWouldReadIt) {
  Settings settings;
  settings.server.request_timeout = 0.1;
  settings.security.cors_origins = {"https://a", "https://b"};
  EXPECT_EQ(format_field(&settings.server.port), "8000");
  EXPECT_EQ(format_field(&settings.server.request_timeout), "0.1");
  EXPECT_EQ(format_field(&settings.performance.batch_processing), "true");
  EXPECT_EQ(format_field(&settings.security.cors_origins), "[https://a, https://b]");
}

}  // namespace
}  // namespace mla::config
