#pragma once

#include <cstdint>
#include <string_view>

// Keys and tokens made once by other programs: PyJWT 2.15 (kPyJwt…) and the command line of OpenSSL 3 (kOpenSsl…), all
// with the same claims but that one has two audiences. The keys are for tests alone.
namespace mla::security {

inline constexpr std::int64_t kGoldenIssued = 1'700'000'000'000;
inline constexpr std::int64_t kGoldenExpires = 1'700'001'800'000;
inline constexpr std::string_view kGoldenSecret = "an example secret that opens no door at all";
inline constexpr std::string_view kGoldenKeySet = R"({"keys":[
{"kty":"RSA",
 "kid":"rsa-1",
 "alg":"RS256",
 "use":"sig",
 "n":"sHOv-gHvx17fWuR6sEPeSCL8aXcVBn6odt49b_2ntWgeoBh_O_LTfs83noZS91kCSa2CbGcDJ9pB43dVT9DRgTbAHWLP-2_0FFBjEhCF7TXi9-v7WfcnUpYP-OC2y4bwQl5zbolOeq9hws0nKjl4zc0SjKF-3-x_s7eEX2fuXioB2NDc6BIWKAdXCFDCCgphqWL661MgWhf6clMdVJbEhasGuza92tMU-VBJ7tnGfjmd9wetsRJUbQKZRiFrQ1p7aJjIffrcbTld7IKaV2L1SUGk2zFkVkIFPDKQsVGJuJfVWwJItT_ymDWqHzbrTCCU0v2DIHgtokmUX6cbmnpoyw",
 "e":"AQAB",
 "d":"B3jpYOBSySdJX3isLBQTsQuvk2p0PNGBoixd1FpHjzUY5uq3_fqV3kQ5ihW3ebtj5L7boRTpBfew2_MibROIwRISfKwXPAH3siHdWtcm9MQCwpZUZJuaJ13Xe1Cjgmb1Jw-yOmIc2AaJUKM4ygmjsK4YilVkdr3LLU8o5JQVfMNJ6FlgtIVE4eK0KmvS1y0k7dSpuX4QifBonO9hb8uT4eiXLglaONQvEp_NkfSiQkELqE9kKl803KabQh2sVS4VRHCMDi-gU2SMUFx6vnbd-i0Xm7_ByiqONSiSs8CNcj7icveQoTOg-2F1qFukV6VtwcDkXF0Bh6tbrvaMKGs6EQ",
 "p":"59nfyv_mjQ7aMGQUszqPJ5TX_kiTzacU0_m679pcOtdkugiKHYAKNsUOPZINoHnR93em1W_IVj9HzIdiC8otk6PLEbTbPC-tKBIDDF8P9exunNquw4G1mMn9844m2ExMUj1bJzXof9Z6RH0YWMFc5ftNykdOtsls4wZZAo5uBXc",
 "q":"wtSjXfwI-CxW1tdmEJ_i5W-Xgtzwsy7lpMduNFFdT8z6YICxJzHKyIuPc5JmyVM-NiVQz_mlEylKJqT1BBNtAKArkeIO2jJl7TTiBxZ-AK5EUsNCWRLfKQNxsLlXuB0fHF9zRFr5h6IVVB_RBnZuUp2DvkRX1zUk8lGJFxz0XE0",
 "dp":"1mKohVVLInPxXX2thm1HohoH_6GsyiUNJVVufgsz7VTuVvc-fzi-ORbNrDE5WIJMnL-PDR1n6hhpk7478xroOfTi-WR6tJSBUOQW3YGpiIUvYurzXuS5vqZIpMV1NdyXVhRWDVPTwSHZvSrPMILcG-zcaYa2Sl7GyMY92BdLtNE",
 "dq":"fnSXiIPyqmnU_2MVSwsLsRFqDLUswZBZ20baH7kD0KzhgctlsGPgE6SJumC2uEuAYJJ9zk9htnshNs3wffHB2RsczHYmX7dAcuLVJfaSWAzEKde0c64NDEjA_Qx_g-_a5oaJgT9vIHqyT0TLXd92oca84LzpKrTCw0jqqwbPEC0",
 "qi":"ZEQeS5FUAf-ZjYzkgELlWuRxxxHJJ7FCnJbkJUvvtC2_zBO3cyXWL7YqMJdHxFFCLZqLN_OarfJk7liSk2D7DZco1NtTrlBbNq1_R5BnhSG7dOo-lRhqn7jlX1cCy6EuR5GsKx5dEVlnynAbXbOYfNlqn8mxIwuE8E-GTfx4jtI"},
{"kty":"OKP",
 "crv":"Ed25519",
 "kid":"ed-1",
 "x":"QIEqkryizCPzlco7ngU-QHd7y52KtMdmShFgeVT87Ko",
 "d":"iF-XG7kfjVAJoh91DGEgcewjFS_XGiVQQwequGC3_qw"}]})";

inline constexpr std::string_view kPyJwtHs256 =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJtbC1hbmFseXRpY3MiLCJhdWQiOiJtbC1hbmFseXRpY3MiLCJ"
    "zdWIiOiIwMDExMjIzMzQ0NTU2NmFhIiwic2lkIjoiZmZlZWRkY2NiYmFhOTk4OCIsInVzZXJfaWQiOiJhbmEiLCJwZXJtaXNzaW9"
    "ucyI6WyJ0cmFja3M6cmVhZCIsImV2ZW50czp3cml0ZTpvd24iXSwiaWF0IjoxNzAwMDAwMDAwLCJuYmYiOjE3MDAwMDAwMDAsImV"
    "4cCI6MTcwMDAwMTgwMH0.4t-gKGvFBU7e7gkhO0X3ep0W5STmWMZBk50eD_EgNUc";

inline constexpr std::string_view kPyJwtRs256 =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYS0xIiwidHlwIjoiYXQrand0In0.eyJpc3MiOiJtbC1hbmFseXRpY3MiLCJhdWQiOlsi"
    "b3RoZXIiLCJtbC1hbmFseXRpY3MiXSwic3ViIjoiMDAxMTIyMzM0NDU1NjZhYSIsInNpZCI6ImZmZWVkZGNjYmJhYTk5ODgiLCJ1"
    "c2VyX2lkIjoiYW5hIiwicGVybWlzc2lvbnMiOlsidHJhY2tzOnJlYWQiLCJldmVudHM6d3JpdGU6b3duIl0sImlhdCI6MTcwMDAw"
    "MDAwMCwibmJmIjoxNzAwMDAwMDAwLCJleHAiOjE3MDAwMDE4MDB9.NPJboaPr62kgSgwc6p-ArZpeOXQi80Q0s4ysxnyJ-sTZtVE"
    "fXOld5cUCKIwn2zLNgl0c6ajty59NQSDRMhC878vrtIM3CDQhEa2JQCRxuLdGEj3WurTRadEBUamumRT8sdNW89LDDokrDVKmAsX"
    "D32OSTAYhk38e_BpZonip00j6IionlK3CW5rwDQyYKYtF23M57tBdcD8LnyXmes5lJUkm2lh42UaNpspJZeCPlFAJYoVYJybuSum"
    "R6wrQlx95eGd9u6BI2QsemSoS8GFLCPD_PebH9pnuveMpX5HbP73hocH_19vl0l2tn4kUD5on1ciZzM7Kz4H6z0Zk1KPQxQ";

inline constexpr std::string_view kPyJwtEdDsa =
    "eyJhbGciOiJFZERTQSIsImtpZCI6ImVkLTEiLCJ0eXAiOiJhdCtqd3QifQ.eyJpc3MiOiJtbC1hbmFseXRpY3MiLCJhdWQiOiJtb"
    "C1hbmFseXRpY3MiLCJzdWIiOiIwMDExMjIzMzQ0NTU2NmFhIiwic2lkIjoiZmZlZWRkY2NiYmFhOTk4OCIsInVzZXJfaWQiOiJhb"
    "mEiLCJwZXJtaXNzaW9ucyI6WyJ0cmFja3M6cmVhZCIsImV2ZW50czp3cml0ZTpvd24iXSwiaWF0IjoxNzAwMDAwMDAwLCJuYmYiO"
    "jE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMTgwMH0.ZVgPTvXs0WHCgKPIAbbRg2kycdnphbcSJprkfituI3IS3YQO7ylh0YBZWjyNy"
    "Qs-e4xWICqrXmj3r_7X0-oBCQ";

inline constexpr std::string_view kOpenSslHs256 =
    "eyJhbGciOiAiSFMyNTYiLCAidHlwIjogImF0K2p3dCJ9.eyJpc3MiOiAibWwtYW5hbHl0aWNzIiwgImF1ZCI6ICJtbC1hbmFseXR"
    "pY3MiLCAic3ViIjogIjAwMTEyMjMzNDQ1NTY2YWEiLCAic2lkIjogImZmZWVkZGNjYmJhYTk5ODgiLCAidXNlcl9pZCI6ICJhbmE"
    "iLCAicGVybWlzc2lvbnMiOiBbInRyYWNrczpyZWFkIiwgImV2ZW50czp3cml0ZTpvd24iXSwgImlhdCI6IDE3MDAwMDAwMDAsICJ"
    "uYmYiOiAxNzAwMDAwMDAwLCAiZXhwIjogMTcwMDAwMTgwMH0.u8Jvzoru0uRwUlWGAAp-6-EFc8C33KZUhPDukwVH8po";

inline constexpr std::string_view kOpenSslRs256 =
    "eyJhbGciOiAiUlMyNTYiLCAidHlwIjogImF0K2p3dCIsICJraWQiOiAicnNhLTEifQ.eyJpc3MiOiAibWwtYW5hbHl0aWNzIiwgI"
    "mF1ZCI6ICJtbC1hbmFseXRpY3MiLCAic3ViIjogIjAwMTEyMjMzNDQ1NTY2YWEiLCAic2lkIjogImZmZWVkZGNjYmJhYTk5ODgiL"
    "CAidXNlcl9pZCI6ICJhbmEiLCAicGVybWlzc2lvbnMiOiBbInRyYWNrczpyZWFkIiwgImV2ZW50czp3cml0ZTpvd24iXSwgImlhd"
    "CI6IDE3MDAwMDAwMDAsICJuYmYiOiAxNzAwMDAwMDAwLCAiZXhwIjogMTcwMDAwMTgwMH0.ScGAIrhx8PnIRgMxTCQekKu9Wt1n4"
    "dggbQZKml7woleh9FroYjIvJFSKbO9qMmkbo5dDyaMKSaCJAKMaDDRdCybSF5wSONCnys1dwWLZJeluR7hk7qGBlrlScHzbeDnZL"
    "sRoa7ImXgGGOPqwXF6VYFJJ18Is5zQoADdSjcdJPqR_vU70_sGrusNbQLcWIPXbw20csHPa9v6OBcF_ohKa7FR7XiiZqfr6VQ4_U"
    "4XNT8KHBAUosuf_L6WIuOAneq2t10AmY0mvoY6E4SFOlY-ylO-fQxx25FAyWLSJ27A7-Ju8s86LCLw4DfaxEbFKf-c9zBQx2PqKf"
    "5ZNXqyNr0wNww";

inline constexpr std::string_view kOpenSslEdDsa =
    "eyJhbGciOiAiRWREU0EiLCAidHlwIjogImF0K2p3dCIsICJraWQiOiAiZWQtMSJ9.eyJpc3MiOiAibWwtYW5hbHl0aWNzIiwgImF"
    "1ZCI6ICJtbC1hbmFseXRpY3MiLCAic3ViIjogIjAwMTEyMjMzNDQ1NTY2YWEiLCAic2lkIjogImZmZWVkZGNjYmJhYTk5ODgiLCA"
    "idXNlcl9pZCI6ICJhbmEiLCAicGVybWlzc2lvbnMiOiBbInRyYWNrczpyZWFkIiwgImV2ZW50czp3cml0ZTpvd24iXSwgImlhdCI"
    "6IDE3MDAwMDAwMDAsICJuYmYiOiAxNzAwMDAwMDAwLCAiZXhwIjogMTcwMDAwMTgwMH0.snNcO8YuZg6zExhe8JI4B9wQgTYfe_U"
    "Vd7GV-PMamLU_yWcWc5zDZ0HIDwcEIOs9xfg7jGS4gsDZAAiajdCGAw";

// The public RSA key above, in PEM, taken for a secret of HS256: the key confusion of RFC 8725 2.1.
inline constexpr std::string_view kConfused =
    "eyJhbGciOiAiSFMyNTYiLCAidHlwIjogImF0K2p3dCIsICJraWQiOiAicnNhLTEifQ.eyJpc3MiOiAibWwtYW5hbHl0aWNzIiwgI"
    "mF1ZCI6ICJtbC1hbmFseXRpY3MiLCAic3ViIjogIjAwMTEyMjMzNDQ1NTY2YWEiLCAic2lkIjogImZmZWVkZGNjYmJhYTk5ODgiL"
    "CAidXNlcl9pZCI6ICJhbmEiLCAicGVybWlzc2lvbnMiOiBbInRyYWNrczpyZWFkIiwgImV2ZW50czp3cml0ZTpvd24iXSwgImlhd"
    "CI6IDE3MDAwMDAwMDAsICJuYmYiOiAxNzAwMDAwMDAwLCAiZXhwIjogMTcwMDAwMTgwMH0.lAdn5e6T6XY-KXyOcpNtLH_n1q2hA"
    "H3IFTGMjLv27mA";

}  // namespace mla::security
