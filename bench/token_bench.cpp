// What it costs to know who asks: one signature of each algorithm, a request's look-up as a server does it, found in
// memory and asked of the database, and counting the request. No arguments; a database in a temporary folder.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "adapters/sqlite/sqlite.h"
#include "foundation/base/clock.h"
#include "operations/security/security.h"

namespace {

using namespace mla;
using Clock = std::chrono::steady_clock;

// Median over rounds of the mean of `times` calls, in microseconds.
void print_time(const std::string& what, int times, const std::function<void()>& call) {
  std::vector<double> rounds;
  for (int round = 0; round < 15; ++round) {
    const auto begin = Clock::now();
    for (int i = 0; i < times; ++i) call();
    rounds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / times);
  }
  std::sort(rounds.begin(), rounds.end());
  fmt::print("| {:<46} | {:>8.2f} |\n", what, rounds[rounds.size() / 2]);
}

// A key set with the RFC's Ed25519 key (RFC 8037 A.1).
constexpr std::string_view kEd25519 =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",)"
    R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";

void verify(const char* name, const security::SigningKeys& keys) {
  const security::TokenPolicy policy{"ml-analytics", "ml-analytics", 30'000};
  const security::Claims claims{"0011223344556677", "8899aabbccddeeff",
                                "somebody",         security::Permissions::of(security::Role::kAdmin).names(),
                                1'700'000'000'000,  1'700'001'800'000};
  const std::string token = security::sign_token(claims, policy, keys);
  print_time(fmt::format("{}: verify a token of {} bytes", name, token.size()), 500, [&] {
    if (!security::verify_token(token, policy, keys, claims.issued).ok()) std::abort();
  });
  print_time(fmt::format("{}: sign one", name), 500, [&] { security::sign_token(claims, policy, keys); });
}

void count_requests() {
  const config::RateLimitingSettings often{1'000'000'000, 1'000'000'000, 10};
  security::CallLimits limits(often, std::make_unique<security::MemoryRateLimiter>());
  print_time("count a request of one caller", 20'000, [&] {
    if (!limits.request_of("0011223344556677").allowed) std::abort();
  });
  std::uint32_t next = 0;
  print_time("count one, of a million addresses in turn", 20'000, [&] {
    next = (next + 7919) % 1'000'000;
    const std::uint8_t bytes[] = {10, static_cast<std::uint8_t>(next >> 16), static_cast<std::uint8_t>(next >> 8),
                                  static_cast<std::uint8_t>(next)};
    if (!limits.request_from(base::IpAddress::of_bytes(bytes)).allowed) std::abort();
  });
}

void look_up(const std::filesystem::path& folder) {
  const auto database = sqlite::open((folder / "bench.db").string()).value();
  const base::SystemClock clock;
  const auto security = security::Security::open({}, *database, clock).value();
  const auto admin =
      security->principals().add({"admin", security::Role::kAdmin, "", security::make_password()}, {}).value();
  const std::string token = security->tokens().issue_token(admin, 60, {}).value();
  const std::string key = security->tokens().issue_key(admin, 60, {}).value();
  const auto ask = [&](const std::string& credential) {
    if (!security->authenticator().authenticate(credential).ok()) std::abort();
  };
  print_time("a request with a token seen lately", 5000, [&] { ask(token); });
  print_time("a request with an API key seen lately", 5000, [&] { ask(key); });
  print_time("a request with a token not seen lately", 500, [&] {
    security->authenticator().forget();
    ask(token);
  });
  print_time("a request with garbage", 5000,
             [&] { static_cast<void>(security->authenticator().authenticate("garbage").ok()); });
  print_time("a login (argon2id, 64 MiB)", 1, [&] {
    static_cast<void>(security->tokens().log_in("admin", "not the password", security::LoginKind::kPassword, "").ok());
  });
}

}  // namespace

int main() {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("token_bench-{}", ::getpid());
  std::filesystem::create_directories(folder);
  fmt::print("| what | microseconds |\n|---|---|\n");
  verify("HS256", security::SigningKeys::from_secret("a secret of 32 bytes for a bench").value());
  verify("EdDSA", security::SigningKeys::from_key_set(kEd25519, security::SignatureAlgorithm::kEdDsa).value());
  look_up(folder);
  count_requests();
  std::filesystem::remove_all(folder);
  return 0;
}
