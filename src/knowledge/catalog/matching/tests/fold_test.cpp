#include "knowledge/catalog/matching/fold.h"

#include <gtest/gtest.h>

namespace mla::catalog {
namespace {

TEST(Fold, CaseAndMarksGo) {
  EXPECT_EQ(fold("Björk"), "bjork");
  EXPECT_EQ(fold("BJÖRK"), "bjork");
  EXPECT_EQ(fold("Bjo\u0308rk"), "bjork");  // decomposed, as macOS writes file names
  EXPECT_EQ(fold("Sigur Rós"), fold("sigur ros"));
  EXPECT_EQ(fold("Motörhead ÇÑ"), "motorhead cn");
}

TEST(Fold, LettersThatUnicodeKeepsApart) {
  EXPECT_EQ(fold("Mø"), "mo");
  EXPECT_EQ(fold("Æther Œuvre"), "aether oeuvre");
  EXPECT_EQ(fold("Łódź"), "lodz");
  EXPECT_EQ(fold("Straße"), "strasse");
  EXPECT_EQ(fold("İstanbul ılık"), "istanbul ilik");
}

TEST(Fold, WidthQuotesDashesAndBracketsAreAscii) {
  EXPECT_EQ(fold("ＷＥ　ＡＲＥ（１）"), "we are(1)");
  EXPECT_EQ(fold("Don’t – “Stop”"), "don't -  stop ");
  EXPECT_EQ(fold("【Live】"), "[live]");
  EXPECT_EQ(fold("a\u200Bb\u00ADc"), "abc");
  EXPECT_EQ(fold("tab\there"), "tab here");
}

TEST(Fold, OtherScriptsKeepTheirLetters) {
  EXPECT_EQ(fold("КИНО"), "кино");
  EXPECT_EQ(fold("й"), "и");
  EXPECT_NE(fold("か"), fold("が"));
  EXPECT_EQ(fold("ｶﾞ"), fold("ガ"));
  EXPECT_EQ(fold("♥ love ♥"), "  love  ");
}

TEST(Fold, BytesThatAreNoTextAreSpaces) {
  EXPECT_EQ(fold("a\xFF\xC3"), "a  ");
  EXPECT_EQ(fold(""), "");
}

}  // namespace
}  // namespace mla::catalog
