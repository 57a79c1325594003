#include "foundation/config/impl/document.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// "key@line=value", lists as [a,b], quoted scalars with quotes, "~" for nothing.
std::vector<std::string> flat(std::string_view yaml) {
  const auto entries = parse_document(yaml, "f");
  EXPECT_TRUE(entries.ok()) << entries.error().message;
  std::vector<std::string> lines;
  for (const Entry& entry : *entries) {
    std::string text;
    for (const auto& value : entry.values) {
      if (!text.empty()) text += ',';
      text += value.quoted ? '"' + value.text + '"' : value.text;
    }
    if (entry.list) text = '[' + text + ']';
    if (entry.null) text = "~";
    lines.push_back(fmt::format("{}@{}={}", entry.key, entry.line, text));
  }
  return lines;
}

std::string error_of(std::string_view yaml) {
  const auto entries = parse_document(yaml, "f");
  return entries.ok() ? "no error" : entries.error().message;
}

TEST(Document, IsFlattenedWithTheLinesOfItsKeys) {
  EXPECT_THAT(flat("a:\n  b: 1\n\n  c:\n    d: x # note\ne: last\n"), ElementsAre("a.b@2=1", "a.c.d@5=x", "e@6=last"));
}

TEST(Document, BlockAndFlowStyleAreTheSame) {
  EXPECT_THAT(flat("a: {b: 1, c: [x, y]}\n"), ElementsAre("a.b@1=1", "a.c@1=[x,y]"));
  EXPECT_THAT(flat("a:\n  b: 1\n  c:\n    - x\n    - y\n"), ElementsAre("a.b@2=1", "a.c@3=[x,y]"));
}

// A quoted number is text: whoever quotes it means it.
TEST(Document, QuotesAreRemembered) {
  EXPECT_THAT(flat("a: 1\nb: \"1\"\nc: '1'\nd: [1, \"2\"]\n"),
              ElementsAre("a@1=1", "b@2=\"1\"", "c@3=\"1\"", "d@4=[1,\"2\"]"));
}

TEST(Document, MultiLineTextsKeepTheLineOfTheirKey) {
  EXPECT_THAT(flat("a: >\n  one\n  two\nb: 2\n"), ElementsAre("a@1=\"one two\n\"", "b@4=2"));
}

TEST(Document, NothingIsKnownAsNothing) {
  EXPECT_THAT(flat("a:\nb: ~\nc: null\nd: {}\ne: []\nf: \"\"\n"),
              ElementsAre("a@1=~", "b@2=~", "c@3=~", "d@4=~", "e@5=[]", "f@6=\"\""));
  EXPECT_THAT(flat(""), ElementsAre());
  EXPECT_THAT(flat("{}\n"), ElementsAre());
}

TEST(Document, TheSameKeyInTwoSectionsIsNoDuplicate) {
  EXPECT_THAT(flat("a: {x: 1}\nb: {x: 2}\n"), ElementsAre("a.x@1=1", "b.x@2=2"));
  EXPECT_THAT(error_of("a: {x: 1}\nb: 2\na: {y: 3}\n"), HasSubstr("f:3: key 'a' is given twice"));
}

TEST(Document, DepthAndSizeAreLimited) {
  EXPECT_THAT(flat("a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}\n"), ElementsAre("a.a.a.a.a.a.a.a@1=1"));
  EXPECT_THAT(error_of("a: {a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}\n"), HasSubstr("f:1: more than 8 levels"));
  EXPECT_THAT(error_of(std::string(201, 'k') + ": 1\n"), HasSubstr("a key must be 1 to 200 bytes"));
  EXPECT_THAT(error_of("\"\": 1\n"), HasSubstr("a key must be 1 to 200 bytes"));
}

// Ten aliases to ten aliases to … ten: a billion values in a kilobyte, were they followed.
TEST(Document, ABombOfAliasesIsRefusedAtTheFirst) {
  std::string bomb = "l0: &l0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 10; ++i) bomb += fmt::format("l{0}: &l{0} [*l{1},*l{1},*l{1}]\n", i, i - 1);
  EXPECT_THAT(error_of(bomb), HasSubstr("f:2: aliases (*name) are not supported"));
  EXPECT_THAT(error_of("a: &x {b: 1}\nc:\n  <<: *x\n"), HasSubstr("f:3: aliases (*name) are not supported"));
}

}  // namespace
}  // namespace mla::config
