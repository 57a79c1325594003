#include "foundation/base/json.h"

#include <limits>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace mla::base {
namespace {

namespace json = boost::json;

TEST(JsonText, NumbersReadAsPeopleWriteThem) {
  EXPECT_EQ(to_json_text(0.1), "0.1");
  EXPECT_EQ(to_json_text(json::array{1, -2.5, 1e-9, 3e20, 0.0, 12345678.0}), "[1,-2.5,1e-09,3e+20,0,12345678]");
  EXPECT_EQ(to_json_text(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(to_json_text(std::numeric_limits<double>::infinity()), "null");
  for (const double value : {0.1 + 0.2, 1.0 / 3, 5e-324, 1.7976931348623157e308}) {
    EXPECT_EQ(json::parse(to_json_text(value)).to_number<double>(), value);
  }
}

TEST(JsonText, NestsAndEscapes) {
  const json::value value = {
      {"a", {1, nullptr, true}}, {"q\"", "line\nbreak"}, {"e", json::object{}}, {"f", json::array{}}};
  EXPECT_EQ(to_json_text(value), R"({"a":[1,null,true],"q\"":"line\nbreak","e":{},"f":[]})");
}

TEST(JsonText, BrokenUtf8IsMended) {
  EXPECT_EQ(to_json_text("ok \xC3\xA9"), "\"ok \xC3\xA9\"");
  EXPECT_EQ(to_json_text("bad \xFF end"), "\"bad \xEF\xBF\xBD end\"");
  EXPECT_EQ(to_json_text("cut \xE2\x82"), "\"cut \xEF\xBF\xBD\xEF\xBF\xBD\"");
}

// Every letter of one byte, as Boost.JSON writes it and reads it back.
TEST(JsonText, EscapesAsTheLibraryDoes) {
  for (int byte = 0; byte < 128; ++byte) {
    const std::string text = std::string("a") + static_cast<char>(byte) + "z" + static_cast<char>(byte);
    const std::string written = to_json_text(json::value(text));
    EXPECT_EQ(written, json::serialize(json::value(text))) << byte;
    EXPECT_EQ(json::parse(written).as_string(), text) << byte;
  }
}

TEST(AppendJson, IsWhatATreeGives) {
  std::string out = "[";
  append_json(out, "a\"b\xFF");
  out += ',';
  append_json(out, 0.1);
  out += ',';
  append_json(out, std::numeric_limits<double>::quiet_NaN());
  out += ',';
  append_json(out, "");
  EXPECT_EQ(out + "]", to_json_text(json::array{"a\"b\xFF", 0.1, nullptr, ""}));
}

}  // namespace
}  // namespace mla::base
