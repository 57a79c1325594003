#include "operations/security/signing_keys.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "operations/security/impl/encoding.h"
#include "operations/security/tests/golden_tokens.h"

namespace mla::security {
namespace {

using testing::HasSubstr;

// A signed text of an RFC: the message, and its signature in base64url.
struct Example {
  std::string_view message;
  std::string_view signature;
};

std::string set_of(std::string_view key) { return fmt::format(R"({{"keys":[{}]}})", key); }

bool verifies(const SigningKeys& keys, const Example& example) {
  return keys.verify(std::nullopt, example.message, from_base64url(example.signature).value());
}

// RFC 7515 A.1.
constexpr Example kRfcHs256 = {
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv"
    "bS9pc19yb290Ijp0cnVlfQ",
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"};
constexpr std::string_view kRfcHs256Key =
    R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})";

// RFC 7515 A.2.
constexpr Example kRfcRs256 = {
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ",
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1"
    "dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzD"
    "wusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe"
    "77Rw"};
constexpr std::string_view kRfcRs256Key =
    R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPM)"
    R"(EzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9)"
    R"(e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2eth)"
    R"(FkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})";

// RFC 8037 A.1 to A.5.
constexpr Example kRfcEdDsa = {
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"};
constexpr std::string_view kRfcEdDsaKey =
    R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",)"
    R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";

TEST(SigningKeys, Rfc7515Hs256) {
  const SigningKeys keys = SigningKeys::from_key_set(set_of(kRfcHs256Key), SignatureAlgorithm::kHs256).value();
  EXPECT_TRUE(verifies(keys, kRfcHs256));
  EXPECT_EQ(to_base64url(keys.sign(kRfcHs256.message)), kRfcHs256.signature);
}

TEST(SigningKeys, Rfc7515Rs256) {
  const SigningKeys keys = SigningKeys::from_key_set(set_of(kRfcRs256Key), SignatureAlgorithm::kRs256).value();
  EXPECT_TRUE(verifies(keys, kRfcRs256));
  EXPECT_FALSE(keys.can_sign()) << "it is a public key";
  EXPECT_EQ(keys.signer_id(), "");
}

TEST(SigningKeys, Rfc8037EdDsa) {
  const SigningKeys keys = SigningKeys::from_key_set(set_of(kRfcEdDsaKey), SignatureAlgorithm::kEdDsa).value();
  EXPECT_TRUE(verifies(keys, kRfcEdDsa));
  EXPECT_EQ(to_base64url(keys.sign(kRfcEdDsa.message)), kRfcEdDsa.signature);
}

TEST(SigningKeys, OneBitOffIsWrong) {
  for (const SignatureAlgorithm algorithm :
       {SignatureAlgorithm::kHs256, SignatureAlgorithm::kRs256, SignatureAlgorithm::kEdDsa}) {
    const SigningKeys keys = algorithm == SignatureAlgorithm::kHs256
                                 ? SigningKeys::from_secret(kGoldenSecret).value()
                                 : SigningKeys::from_key_set(kGoldenKeySet, algorithm).value();
    const std::string id = keys.signer_id();
    std::string signature = keys.sign("message");
    EXPECT_TRUE(keys.verify(id, "message", signature)) << to_string(algorithm);
    EXPECT_TRUE(keys.verify(std::nullopt, "message", signature));
    EXPECT_FALSE(keys.verify(id, "massage", signature));
    EXPECT_FALSE(keys.verify(id, "message", signature.substr(1)));
    EXPECT_FALSE(keys.verify(id, "message", signature + "x"));
    EXPECT_FALSE(keys.verify(id, "message", ""));
    EXPECT_FALSE(keys.verify(id, "message", std::string(5000, 'x')));
    EXPECT_FALSE(keys.verify("../../etc/passwd", "message", signature));
    for (std::size_t i = 0; i < signature.size(); i += 7) {
      signature[i] = static_cast<char>(signature[i] ^ 4);
      EXPECT_FALSE(keys.verify(id, "message", signature)) << i;
      signature[i] = static_cast<char>(signature[i] ^ 4);
    }
  }
}

// Keys are changed by adding the new one in front and leaving the old one to verify.
TEST(SigningKeys, TheFirstThatCanSignsAndAllVerify) {
  const std::string public_part =
      R"({"kty":"OKP","crv":"Ed25519","kid":"old","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
  std::string text(kGoldenKeySet);
  text.insert(text.find('[') + 1, public_part + ",");
  const SigningKeys keys = SigningKeys::from_key_set(text, SignatureAlgorithm::kEdDsa).value();
  EXPECT_EQ(keys.signer_id(), "ed-1");
  EXPECT_TRUE(keys.verify("ed-1", "message", keys.sign("message")));
  EXPECT_FALSE(keys.verify("old", "message", keys.sign("message")));
  EXPECT_FALSE(keys.verify(std::nullopt, "message", keys.sign("message"))) << "which of the two?";
  EXPECT_TRUE(keys.verify("old", kRfcEdDsa.message, from_base64url(kRfcEdDsa.signature).value()));
}

TEST(SigningKeys, SecretsHaveALeastLength) {
  EXPECT_TRUE(SigningKeys::from_secret(std::string(kMinSecret, 'x')).ok());
  const auto small = SigningKeys::from_secret(std::string(kMinSecret - 1, 'x'));
  ASSERT_FALSE(small.ok());
  EXPECT_THAT(small.error().message, HasSubstr("31 bytes"));
  EXPECT_THAT(
      SigningKeys::from_key_set(set_of(R"({"kty":"oct","k":"Zm9v"})"), SignatureAlgorithm::kHs256).error().message,
      HasSubstr("key 1: it has 3 bytes"));
}

TEST(SigningKeys, WhatIsNoKeySetIsSaid) {
  const auto says = [](std::string_view text, SignatureAlgorithm algorithm = SignatureAlgorithm::kRs256) {
    const auto keys = SigningKeys::from_key_set(text, algorithm);
    return keys.ok() ? std::string("ok") : keys.error().message;
  };
  for (const char* text : {"", "{", "[]", "{}", R"({"keys":{}})", R"({"keys":null})"}) {
    EXPECT_THAT(says(text), HasSubstr("no JSON Web Key Set")) << text;
  }
  EXPECT_THAT(says(R"({"keys":[]})"), HasSubstr("no key of RS256"));
  EXPECT_THAT(says(R"({"keys":[7]})"), HasSubstr("key 1: it is no JSON object"));
  EXPECT_THAT(says(set_of(R"({"kty":"RSA","n":"AQAB"})")), HasSubstr("'e' is missing"));
  EXPECT_THAT(says(set_of(R"({"kty":"RSA","n":"AQ==","e":"AQAB"})")), HasSubstr("'n' is not base64url"));
  EXPECT_THAT(says(set_of(R"({"kty":"RSA","n":"2Z2Z2Z","e":"AQAB"})")), HasSubstr("key 1"));
  EXPECT_THAT(says(set_of(R"({"kty":"RSA","kid":7})")), HasSubstr("'kid' is no text"));
  EXPECT_THAT(says(set_of(R"({"kty":"RSA","use":"enc","n":"AQAB","e":"AQAB"})")), HasSubstr("no key of RS256"));
  EXPECT_THAT(says(set_of(R"({"kty":"RSA","alg":"PS256","n":"AQAB","e":"AQAB"})")), HasSubstr("no key of RS256"));
  const SignatureAlgorithm ed = SignatureAlgorithm::kEdDsa;
  EXPECT_THAT(says(set_of(R"({"kty":"OKP","crv":"X25519","x":"Zg"})"), ed), HasSubstr("'crv' is not Ed25519"));
  EXPECT_THAT(says(set_of(R"({"kty":"OKP","crv":"Ed25519","x":"Zg"})"), ed), HasSubstr("32 bytes"));
  std::string other(kRfcEdDsaKey);
  other.replace(other.find("11qY"), 4, "22qY");
  EXPECT_THAT(says(set_of(other), ed), HasSubstr("do not belong together"));
  EXPECT_THAT(says(set_of(fmt::format("{0},{0}", kRfcEdDsaKey)), ed), HasSubstr("same 'kid'"));
  std::string many = R"({"kty":"x"})";
  for (int i = 0; i < 16; ++i) many += R"(,{"kty":"x"})";
  EXPECT_THAT(says(set_of(many)), HasSubstr("17 keys"));
}

// A private key whose parts do not fit would sign what nobody can verify, or leak itself.
TEST(SigningKeys, ADamagedPrivateKeyIsRefused) {
  std::string text(kGoldenKeySet);
  const std::size_t d = text.find("\"d\":");
  text[d + 40] = text[d + 40] == 'A' ? 'B' : 'A';
  const auto keys = SigningKeys::from_key_set(text, SignatureAlgorithm::kRs256);
  ASSERT_FALSE(keys.ok());
  EXPECT_THAT(keys.error().message, HasSubstr("no RSA key"));
}

TEST(SigningKeys, AlgorithmsHaveNames) {
  EXPECT_EQ(parse_algorithm("HS256"), SignatureAlgorithm::kHs256);
  EXPECT_EQ(to_string(SignatureAlgorithm::kEdDsa), "EdDSA");
  for (const char* name : {"none", "None", "hs256", "HS512", "RS512", ""}) {
    EXPECT_EQ(parse_algorithm(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace mla::security
