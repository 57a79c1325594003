#include "front/http/impl/form.h"

#include <gmock/gmock.h>

namespace mla::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(Form, FieldsAreDecoded) {
  EXPECT_THAT(parse_form("grant_type=password&username=a%40b&password=p+q%2B%C3%A9").value(),
              ElementsAre(Pair("grant_type", "password"), Pair("password", "p q+é"), Pair("username", "a@b")));
  EXPECT_THAT(parse_form("").value(), IsEmpty());
  EXPECT_THAT(parse_form("&&a=&b&=c&").value(), ElementsAre(Pair("", "c"), Pair("a", ""), Pair("b", "")));
  EXPECT_THAT(parse_form("a=b=c").value(), ElementsAre(Pair("a", "b=c")));
}

TEST(Form, WhatIsBrokenIsRefused) {
  for (const char* bad : {"a=%", "a=%4", "a=%zz", "%00=a", "a=%0a", "a=%ff", "a=\xff", "a=\n"}) {
    EXPECT_FALSE(parse_form(bad).ok()) << bad;
  }
  EXPECT_THAT(parse_form("a=%").error().message, HasSubstr("The form has a '%'"));
}

TEST(Form, AFieldComesOnce) {
  EXPECT_THAT(parse_form("username=a&username=b").error().message, HasSubstr("twice"));
  EXPECT_FALSE(parse_form("a=1&%61=2").ok());
}

TEST(Form, FieldsAreCounted) {
  std::string body;
  for (int i = 0; i < 32; ++i) body += "f" + std::to_string(i) + "=&";
  EXPECT_TRUE(parse_form(body).ok());
  EXPECT_THAT(parse_form(body + "one=more").error().message, HasSubstr("more than 32"));
}

}  // namespace
}  // namespace mla::http
