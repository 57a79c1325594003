#include "operations/security/jwt.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "operations/security/impl/encoding.h"
#include "operations/security/tests/golden_tokens.h"

namespace mla::security {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const TokenPolicy kPolicy{"ml-analytics", "ml-analytics", 30'000};
constexpr base::UnixMillis kNow = kGoldenIssued + 60'000;

SigningKeys keys_of(SignatureAlgorithm algorithm) {
  return algorithm == SignatureAlgorithm::kHs256 ? SigningKeys::from_secret(kGoldenSecret).value()
                                                 : SigningKeys::from_key_set(kGoldenKeySet, algorithm).value();
}

// What is said of a token: "" if it is taken.
std::string said(std::string_view token, base::UnixMillis now = kNow,
                 SignatureAlgorithm algorithm = SignatureAlgorithm::kHs256, const TokenPolicy& policy = kPolicy) {
  const auto claims = verify_token(token, policy, keys_of(algorithm), now);
  if (claims.ok()) return {};
  EXPECT_EQ(claims.error().code, base::ErrorCode::kPermission);
  return claims.error().message;
}

// Signed by our secret, whatever it says.
std::string forged(std::string_view header, std::string_view payload) {
  std::string token = to_base64url(header) + "." + to_base64url(payload);
  return token + "." + to_base64url(keys_of(SignatureAlgorithm::kHs256).sign(token));
}

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"at+jwt"})";
constexpr std::string_view kPayload =
    R"({"iss":"ml-analytics","aud":"ml-analytics","sub":"p","sid":"g","user_id":"u","permissions":["tracks:read"],)"
    R"("iat":1700000000,"nbf":1700000000,"exp":1700001800})";

std::string with(std::string_view old_text, std::string_view new_text) {
  std::string payload(kPayload);
  const std::size_t at = payload.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  return forged(kHeader, payload.replace(at, old_text.size(), new_text));
}

TEST(Jwt, TokensOfOtherProgramsAreRead) {
  const std::pair<SignatureAlgorithm, std::string_view> tokens[] = {
      {SignatureAlgorithm::kHs256, kPyJwtHs256},   {SignatureAlgorithm::kRs256, kPyJwtRs256},
      {SignatureAlgorithm::kEdDsa, kPyJwtEdDsa},   {SignatureAlgorithm::kHs256, kOpenSslHs256},
      {SignatureAlgorithm::kRs256, kOpenSslRs256}, {SignatureAlgorithm::kEdDsa, kOpenSslEdDsa}};
  for (const auto& [algorithm, token] : tokens) {
    const auto claims = verify_token(token, kPolicy, keys_of(algorithm), kNow);
    ASSERT_TRUE(claims.ok()) << to_string(algorithm) << ": " << claims.error().message;
    EXPECT_EQ(claims->subject, "00112233445566aa");
    EXPECT_EQ(claims->grant, "ffeeddccbbaa9988");
    EXPECT_EQ(claims->listener, "ana");
    EXPECT_THAT(claims->permissions, ElementsAre("tracks:read", "events:write:own"));
    EXPECT_EQ(claims->issued, kGoldenIssued);
    EXPECT_EQ(claims->expires, kGoldenExpires);
  }
}

TEST(Jwt, WhatIsSignedReadsBack) {
  Claims claims{"p", "g", "someone \"é\" \\", {"a", "b:own"}, kGoldenIssued, kGoldenExpires};
  for (const SignatureAlgorithm algorithm :
       {SignatureAlgorithm::kHs256, SignatureAlgorithm::kRs256, SignatureAlgorithm::kEdDsa}) {
    const SigningKeys keys = keys_of(algorithm);
    const Claims read = verify_token(sign_token(claims, kPolicy, keys), kPolicy, keys, kNow).value();
    EXPECT_EQ(read.listener, claims.listener);
    EXPECT_EQ(read.permissions, claims.permissions);
    EXPECT_EQ(read.expires, claims.expires);
  }
}

// RFC 8725 3.1 and 3.2: one algorithm, said by us and not by the token.
TEST(Jwt, OtherAlgorithmsAreRefused) {
  for (const char* algorithm : {"none", "None", "nOnE", "", "HS512", "RS256", "EdDSA", "hs256"}) {
    const std::string header = fmt::format(R"({{"alg":"{}","typ":"at+jwt"}})", algorithm);
    EXPECT_THAT(said(forged(header, kPayload)), HasSubstr("algorithm")) << algorithm;
    EXPECT_THAT(said(to_base64url(header) + "." + to_base64url(kPayload) + "."), HasSubstr("algorithm")) << algorithm;
  }
  for (const char* header : {R"({"typ":"at+jwt"})", R"({"alg":7,"typ":"at+jwt"})",
                             R"({"alg":["HS256"],"typ":"at+jwt"})", R"({"alg":null,"typ":"at+jwt"})"}) {
    EXPECT_THAT(said(forged(header, kPayload)), HasSubstr("algorithm")) << header;
  }
}

// RFC 8725 2.1: a public key is no secret. The token is HMACed with the PEM of the RSA key that verifies.
TEST(Jwt, APublicKeyIsNoSecret) {
  EXPECT_THAT(said(kConfused, kNow, SignatureAlgorithm::kRs256), HasSubstr("algorithm"));
  EXPECT_THAT(said(kConfused), HasSubstr("signature"));
  EXPECT_THAT(said(kPyJwtEdDsa, kNow, SignatureAlgorithm::kRs256), HasSubstr("algorithm"));
}

TEST(Jwt, OtherTypesAreNoAccessTokens) {
  for (const char* header : {R"({"alg":"HS256"})", R"({"alg":"HS256","typ":"JWT"})",
                             R"({"alg":"HS256","typ":"dpop+jwt"})", R"({"alg":"HS256","typ":7})"}) {
    EXPECT_THAT(said(forged(header, kPayload)), HasSubstr("no access token")) << header;
  }
  EXPECT_EQ(said(forged(R"({"alg":"HS256","typ":"application/AT+JWT"})", kPayload)), "");
}

// Neither a `kid` nor any other header leads to a file, an address or a key of the sender's.
TEST(Jwt, HeadersLeadNowhere) {
  for (const char* id : {"../../../../dev/null", "/etc/passwd", "x' OR '1'='1", "http://127.0.0.1/key", "rsa-1"}) {
    const std::string header = fmt::format(R"({{"alg":"HS256","typ":"at+jwt","kid":"{}"}})", id);
    EXPECT_THAT(said(forged(header, kPayload)), HasSubstr("signature")) << id;
  }
  EXPECT_THAT(said(forged(R"({"alg":"HS256","typ":"at+jwt","kid":7})", kPayload)), HasSubstr("malformed"));
  for (const char* ignored :
       {R"("jku":"http://127.0.0.1/keys")", R"("x5u":"http://127.0.0.1/c")", R"("jwk":{"kty":"oct","k":"Zm9v"})"}) {
    const std::string header = fmt::format(R"({{"alg":"HS256","typ":"at+jwt",{}}})", ignored);
    EXPECT_EQ(said(forged(header, kPayload)), "") << "our signature is right, whatever else is said";
    std::string token = forged(header, kPayload);
    token.back() = token.back() == 'A' ? 'E' : 'A';
    EXPECT_THAT(said(token), HasSubstr("signature"));
  }
  for (const char* extension : {R"("crit":["exp"])", R"("crit":[])", R"("b64":false)"}) {
    EXPECT_THAT(said(forged(fmt::format(R"({{"alg":"HS256","typ":"at+jwt",{}}})", extension), kPayload)),
                HasSubstr("extension"));
  }
}

TEST(Jwt, TimesHaveALeewayAndNoMore) {
  EXPECT_EQ(said(kPyJwtHs256, kGoldenIssued - 30'000), "");
  EXPECT_THAT(said(kPyJwtHs256, kGoldenIssued - 30'001), HasSubstr("not valid yet"));
  EXPECT_EQ(said(kPyJwtHs256, kGoldenExpires + 29'999), "");
  EXPECT_THAT(said(kPyJwtHs256, kGoldenExpires + 30'000), HasSubstr("expired"));
  const TokenPolicy strict{"ml-analytics", "ml-analytics", 0};
  EXPECT_THAT(said(kPyJwtHs256, kGoldenExpires, SignatureAlgorithm::kHs256, strict), HasSubstr("expired"));
  EXPECT_THAT(said(with(R"("iat":1700000000,"nbf":1700000000)", R"("iat":1700000091)")), HasSubstr("in the future"));
  EXPECT_THAT(said(with(R"(,"exp":1700001800)", "")), HasSubstr("no expiry"));
  for (const char* bad : {"\"1700001800\"", "null", "-1", "1e300", "[1700001800]", "true", "1e12"}) {
    EXPECT_THAT(said(with("1700001800", bad)), HasSubstr("time that is none")) << bad;
  }
  EXPECT_EQ(said(with("1700001800", "1700001800.5")), "") << "NumericDate may have a fraction";
}

TEST(Jwt, IssuerAndAudienceAreOurs) {
  EXPECT_THAT(said(with(R"("iss":"ml-analytics")", R"("iss":"ml-analytics.example")")), HasSubstr("issuer"));
  EXPECT_THAT(said(with(R"("iss":"ml-analytics",)", "")), HasSubstr("issuer"));
  EXPECT_EQ(said(with(R"("aud":"ml-analytics")", R"("aud":["x","ml-analytics"])")), "");
  for (const char* bad : {R"("aud":"other")", R"("aud":["other"])", R"("aud":[])", R"("aud":{"ml-analytics":1})",
                          R"("aud":[["ml-analytics"]])", R"("x":1)"}) {
    EXPECT_THAT(said(with(R"("aud":"ml-analytics")", bad)), HasSubstr("audience")) << bad;
  }
}

TEST(Jwt, ClaimsAreComplete) {
  for (const char* missing : {R"("sub":"p",)", R"("sid":"g",)", R"("user_id":"u",)"}) {
    EXPECT_THAT(said(with(missing, "")), HasSubstr("whose it is")) << missing;
  }
  EXPECT_THAT(said(with(R"("sub":"p")", fmt::format(R"("sub":"{}")", std::string(600, 'x')))), HasSubstr("whose"));
  for (const char* bad : {R"("permissions":"tracks:read")", R"("permissions":[7])", R"("x":1)"}) {
    EXPECT_THAT(said(with(R"("permissions":["tracks:read"])", bad)), HasSubstr("permissions")) << bad;
  }
  std::string many = R"("permissions":["a")";
  for (std::size_t i = 0; i < kMaxPermissions; ++i) many += R"(,"a")";
  EXPECT_THAT(said(with(R"("permissions":["tracks:read"])", many + "]")), HasSubstr("permissions"));
}

TEST(Jwt, WhatIsNoTokenIsRefused) {
  const std::string good(kPyJwtHs256);
  EXPECT_THAT(said(good + std::string(kMaxToken, 'A')), HasSubstr("too long"));
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("..."), std::string("a.b"), good + ".x",
        "." + good, good + " ", " " + good, good + "=", good.substr(0, good.rfind('.')), forged("[]", kPayload),
        forged("{", kPayload), forged(R"({"alg":"HS256","typ":"at+jwt"}x)", kPayload), forged("\xff\xfe", kPayload),
        std::string(100, '['), std::string("\0.\0.\0", 5)}) {
    EXPECT_NE(said(bad), "") << bad;
  }
  EXPECT_THAT(said(forged(kHeader, "[]")), HasSubstr("malformed"));
  EXPECT_THAT(said(forged(kHeader, std::string(100, '['))), HasSubstr("malformed"));
}

// Every single change of a token's text is noticed.
TEST(Jwt, EveryCharacterCounts) {
  const std::string good(kPyJwtEdDsa);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(said(bad, kNow, SignatureAlgorithm::kEdDsa), "") << i;
  }
}

}  // namespace
}  // namespace mla::security
