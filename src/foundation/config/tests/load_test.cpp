#include "foundation/config/load.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace mla::config {
namespace {

using testing::HasSubstr;
using testing::Not;

using Variables = std::map<std::string, std::string, std::less<>>;

// Layers without the environment of the test process.
Layers layers(const Variables& variables = {}) {
  Layers made;
  made.variable = [variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  return made;
}

std::filesystem::path write(const std::string& name, std::string_view text) {
  const auto path = std::filesystem::path(testing::TempDir()) / (std::to_string(getpid()) + "-" + name);
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

std::string error_of(const Layers& given) {
  const auto loaded = load(given);
  return loaded.ok() ? "no error" : loaded.error().message;
}

std::string error_of_file(std::string_view yaml) {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  Layers given = layers();
  given.file = write(std::string(info->name()) + ".yaml", yaml);
  const std::string message = error_of(given);
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  std::filesystem::remove(given.file);
  return message;
}

TEST(Load, DefaultsAreThoseOfTheBrief) {
  const Settings s = load(layers()).value().settings;
  EXPECT_EQ(s.environment, "dev");
  EXPECT_EQ(s.models.recommendation.hidden_layers, (std::vector<int>{512, 256, 128, 64}));
  EXPECT_EQ(s.models.recommendation.embedding_dim, 128);
  EXPECT_EQ(s.models.audio.sample_rate, 22050);
  EXPECT_EQ(s.models.nlp.model_name, "bert-base-german-cased");
  EXPECT_EQ(s.performance.cache_ttl, 3600);
  EXPECT_TRUE(s.performance.batch_processing);
  EXPECT_EQ(s.monitoring.drift_detection_threshold, 0.1);
  EXPECT_EQ(s.security.rate_limiting.requests_per_minute, 1000);
  EXPECT_EQ(s.security.data_validation.allowed_file_types, (std::vector<std::string>{".mp3", ".wav", ".flac"}));
  EXPECT_EQ(s.alerts.error_rate.threshold, 0.05);
  EXPECT_EQ(s.alerts.performance_degradation.action, "scale_instances");
  EXPECT_EQ(s.database.url, "sqlite:///var/ml-analytics.db");
  EXPECT_EQ(s.database.statement_timeout, 30);
  EXPECT_TRUE(s.archive.analyses);
  EXPECT_EQ(s.archive.batch_size, 1000);
  EXPECT_EQ(s.archive.timeout, 10);
  EXPECT_EQ(s.server.host, "127.0.0.1");
}

TEST(Load, LaterLayersWinAndOriginsSayWhich) {
  Layers given = layers({{"LOG_LEVEL", "DEBUG"}, {"ML_CACHE_SIZE", "7"}});
  given.environment = "production";  // sets logging.level, logging.format and monitoring.health_check_interval
  given.file = write("layers.yaml", "logging:\n  format: text\nserver:\n  port: 9000\ncache:\n  memory_entries: 5\n");
  given.overrides = {{"server.port", "9100"}};
  const Configuration c = load(given).value();
  EXPECT_EQ(c.settings.environment, "production");
  EXPECT_EQ(c.settings.logging.level, "debug");
  EXPECT_EQ(c.origins.at("logging.level"), "environment variable LOG_LEVEL");
  EXPECT_EQ(c.settings.logging.format, "text");
  EXPECT_EQ(c.origins.at("logging.format"), given.file.string() + ":2");
  EXPECT_EQ(c.settings.cache.memory_entries, 7);
  EXPECT_EQ(c.settings.server.port, 9100);
  EXPECT_EQ(c.origins.at("server.port"), "command line");
  EXPECT_THAT(c.origins.at("monitoring.health_check_interval"), HasSubstr("config/production.yaml:"));
  EXPECT_FALSE(c.origins.contains("models.path"));
}

TEST(Load, EveryEnvironmentLoads) {
  for (const char* environment : {"dev", "staging", "production"}) {
    Layers given = layers();
    given.environment = environment;
    EXPECT_EQ(error_of(given), "no error") << environment;
  }
  Layers given = layers();
  given.environment = "prod";
  EXPECT_EQ(error_of(given), "environment 'prod' is not one of dev, staging, production");
}

TEST(Load, AnUnknownKeyStopsTheStartAndNamesTheNearest) {
  EXPECT_THAT(error_of_file("models:\n  recommendation:\n    embeding_dim: 64\n"),
              HasSubstr(".yaml:3: unknown key 'models.recommendation.embeding_dim'; did you mean "
                        "'models.recommendation.embedding_dim'?"));
  EXPECT_THAT(error_of_file("\nmodles: {}\n"), HasSubstr(".yaml:2: unknown key 'modles'; did you mean 'models'?"));
  EXPECT_THAT(error_of_file("modles:\n"), HasSubstr(".yaml:1: unknown key 'modles'; did you mean 'models'?"));
  EXPECT_THAT(error_of_file("epochs: 3\n"), HasSubstr("did you mean 'models.recommendation.epochs'?"));
  EXPECT_THAT(error_of_file("qqqqqqqqqqqqqqqqqqqqq: 3\n"), HasSubstr("config --show"));
  Layers given = layers();
  given.overrides = {{"server.prot", "1"}};
  EXPECT_EQ(error_of(given), "command line: unknown key 'server.prot'; did you mean 'server.port'?");
}

TEST(Load, TypesAndRangesAreChecked) {
  const std::pair<const char*, const char*> cases[] = {
      {"server:\n  port: abc\n", ".yaml:2: 'server.port' must be a whole number, not 'abc'"},
      {"server:\n  port: 80.5\n", "must be a whole number, not '80.5'"},
      {"server:\n  port: \"80\"\n", "not '80'; write it without quotes"},
      {"server:\n  port: 70000\n", "'server.port' is 70000, which is outside 0 … 65535"},
      {"server:\n  port: 99999999999999999999\n", "must be a whole number"},
      {"server:\n  port: [80]\n", "'server.port' must be a whole number, not '[…]'"},
      {"server:\n  port:\n", "'server.port' has no value"},
      {"server: 80\n", ".yaml:1: 'server' is a section; indent its keys below it"},
      {"models:\n  recommendation:\n    dropout_rate: nan\n", "must be a number, not 'nan'"},
      {"models:\n  recommendation:\n    dropout_rate: 1\n", "is 1, which is outside 0 … 0.99"},
      {"models:\n  recommendation:\n    hidden_layers: 64\n", "must be a list of whole numbers, not '64'; write [64]"},
      {"models:\n  recommendation:\n    hidden_layers: [64, x]\n", "not 'x'"},
      {"models:\n  recommendation:\n    hidden_layers: [64, 0]\n", "is 0, which is outside 1 … 65536"},
      {"performance:\n  batch_processing: yes\n", "must be true or false, not 'yes'"},
      {"security:\n  jwt:\n    algorithm: none\n",
       "'security.jwt.algorithm' must be one of HS256, RS256, EdDSA, not 'none'"},
      {"database:\n  statement_timeout: 0\n", "'database.statement_timeout' is 0, which is outside 1 … 3600"},
      {"database:\n  statement_timeout: soon\n", "'database.statement_timeout' must be a number, not 'soon'"},
      {"server:\n  host: \"\"\n", ".yaml:2: 'server.host' must not be empty"},
      {"server:\n  trusted_proxies: [127.0.0.1, 10.0.0.1/8]\n",
       ".yaml:2: 'server.trusted_proxies': '10.0.0.1/8' is no network: it has bits beyond its length; write "
       "10.0.0.0/8"},
      {"server:\n  trusted_proxies: [proxy]\n", "'proxy' is no network"},
      {"server:\n  forwarded_header: X-Real-IP\n",
       "'server.forwarded_header' must be one of X-Forwarded-For, Forwarded, not 'X-Real-IP'"},
      {"server:\n  tls_key: a.pem\n", ".yaml:2: 'server.tls_key' is set and server.tls_certificate is not; give both"},
      {"server:\n  tls_certificate: a.pem\n", "'server.tls_certificate' is set and server.tls_key is not"},
      {"security:\n  cors_origins: [https://a.example/]\n",
       ".yaml:2: 'security.cors_origins': 'https://a.example/' is no origin: scheme, host and port alone"},
      {"security:\n  cors_origins: [https://user@a.example]\n", "is no origin: scheme, host and port alone"},
      {"security:\n  cors_origins: [\"https://*.example\"]\n", "is no origin: scheme, host and port alone"},
      {"security:\n  cors_origins: [a.example]\n", "is no origin: write https://app.example"},
      {"security:\n  cors_origins: [\"null\"]\n", "is no origin: write https://app.example"},
      {"security:\n  cors_origins: [https://A.example]\n", "is no origin: browsers write it in small letters"},
      {"security:\n  cors_origins: [https://a.example:443]\n", "is no origin: browsers leave out the port"},
      {"security:\n  cors_origins: [\"*\", https://a.example]\n", "'*' stands for all of them; write it alone"},
      {"database:\n  url: mysql://root:hunter2@db/x\n", "database URL 'mysql://root:***@db/x' is not sqlite:///"},
      {"server:\n  port: 9090\nmonitoring:\n  prometheus_port: 9090\n",
       ".yaml:4: 'monitoring.prometheus_port' is 9090"},
  };
  for (const auto& [yaml, expected] : cases) EXPECT_THAT(error_of_file(yaml), HasSubstr(expected)) << yaml;
}

TEST(Load, SecretsDoNotShowInErrors) {
  const std::string message = error_of_file("security:\n  jwt:\n    secret_key: [hunter2]\n");
  EXPECT_THAT(message, HasSubstr("'security.jwt.secret_key' must be text"));
  EXPECT_THAT(message, Not(HasSubstr("hunter2")));
}

TEST(Load, HostileFilesGetOneLine) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "{a: ";
  std::string wide = "models:\n  recommendation:\n    hidden_layers: [";
  for (int i = 0; i < 20'000; ++i) wide += "1,";
  const std::pair<std::string, const char*> cases[] = {
      {"a: &x [1,1]\nb: [*x,*x]\n", "aliases (*name) are not supported"},
      {"server: {port: !!int 80}\n", "tags (!name) are not supported"},
      {"server:\n  port: 1\n  port: 2\n", ".yaml:3: key 'server.port' is given twice"},
      {"server:\n  port: 1\n---\nserver:\n  port: 2\n", "more than one YAML document"},
      {"- a\n- b\n", "must be 'key: value' lines, not a list"},
      {"hello\n", "must be 'key: value' lines"},
      {"server: [[1]]\n", "a list inside a list"},
      {"server: [{a: 1}]\n", "a mapping inside a list"},
      {"server: 1\n\n  po: rt: 2\n", ".yaml:"},
      {"\"a\\nb\": 1\n", "a key must be 1 to 200 bytes of UTF-8 in one line"},
      {"server:\n  host: \"a\\nb\"\n", "'server.host' must be at most 4096 bytes without control characters"},
      {"server:\n  port: \"a\\nb\"\n", "not 'a b'"},
      {"? [a]\n: 1\n", "a list inside a list or as a key"},
      {"server: [~]\n", "an element of 'server' has no value"},
      {"server:\n\tport: 1\n", "not valid YAML"},
      {"server: {port: 1\n", "not valid YAML"},
      {deep, ".yaml:1: "},
      {"a: {a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}\n", "more than 8 levels"},
      {wide + "1]\n", "more than 10000 values"},
      {std::string("server:\0", 8), "binary file"},
      {"server: \xff\xfe\n", "not UTF-8"},
  };
  for (const auto& [yaml, expected] : cases)
    EXPECT_THAT(error_of_file(yaml), HasSubstr(expected)) << yaml.substr(0, 60);
}

TEST(Load, AnEmptyFileChangesNothing) {
  for (const char* yaml : {"", "\n\n", "# nothing\n", "---\n", "server:\n", "server: {}\n"}) {
    EXPECT_EQ(error_of_file(yaml), "no error") << yaml;
  }
}

TEST(Load, MissingHugeAndUnreadableFiles) {
  Layers given = layers();
  given.file = "/nonexistent/x.yaml";
  EXPECT_THAT(error_of(given), HasSubstr("/nonexistent/x.yaml"));
  EXPECT_EQ(load(given).error().code, base::ErrorCode::kNotFound);
  given.file = write("huge.yaml", std::string((1 << 20) + 1, '#'));
  EXPECT_EQ(load(given).error().code, base::ErrorCode::kTooLarge);
  given.file = testing::TempDir();
  EXPECT_FALSE(load(given).ok());
}

TEST(Load, EveryVariableReachesItsKey) {
  const Settings s = load(layers({{"DATABASE_URL", "postgresql+asyncpg://u:p@h/d"},
                                  {"REDIS_URL", "redis://h:1/0"},
                                  {"MONGODB_URL", "mongodb://h/d"},
                                  {"ML_MODEL_PATH", "/m"},
                                  {"ML_CACHE_SIZE", "11"},
                                  {"ML_MAX_WORKERS", "3"},
                                  {"ML_ENABLE_GPU", "0"},
                                  {"PROMETHEUS_PORT", "9090"},
                                  {"GRAFANA_URL", "http://g"},
                                  {"ALERT_WEBHOOK_URL", "http://hook"},
                                  {"LOG_LEVEL", "WARNING"},
                                  {"JWT_SECRET_KEY", "k"},
                                  {"API_RATE_LIMIT", "60"},
                                  {"CORS_ORIGINS", R"(["https://a", "https://b"])"}}))
                         .value()
                         .settings;
  EXPECT_EQ(s.database.url, "postgresql+asyncpg://u:p@h/d");
  EXPECT_EQ(s.cache.redis_url, "redis://h:1/0");
  EXPECT_EQ(s.database.mongodb_url, "mongodb://h/d");
  EXPECT_EQ(s.models.path, "/m");
  EXPECT_EQ(s.cache.memory_entries, 11);
  EXPECT_EQ(s.performance.threads, 3);
  EXPECT_FALSE(s.performance.gpu_acceleration);
  EXPECT_EQ(s.monitoring.prometheus_port, 9090);
  EXPECT_EQ(s.monitoring.grafana_url, "http://g");
  EXPECT_EQ(s.alerts.webhook_url, "http://hook");
  EXPECT_EQ(s.logging.level, "warning");
  EXPECT_EQ(s.security.jwt.secret_key, "k");
  EXPECT_EQ(s.security.rate_limiting.requests_per_minute, 60);
  EXPECT_EQ(s.security.cors_origins, (std::vector<std::string>{"https://a", "https://b"}));
}

TEST(Load, VariablesMayBeListsWithCommasAndAreNamedInErrors) {
  EXPECT_EQ(load(layers({{"CORS_ORIGINS", " https://a ,https://b"}})).value().settings.security.cors_origins,
            (std::vector<std::string>{"https://a", "https://b"}));
  EXPECT_EQ(error_of(layers({{"LOG_LEVEL", "loud"}})),
            "environment variable LOG_LEVEL: 'logging.level' must be one of debug, info, warning, error, not 'loud'");
  EXPECT_THAT(error_of(layers({{"ML_MAX_WORKERS", "-1"}})), HasSubstr("ML_MAX_WORKERS: 'performance.threads' is -1"));
  EXPECT_THAT(error_of(layers({{"ML_ENABLE_GPU", "maybe"}})), HasSubstr("must be true or false"));
  EXPECT_EQ(error_of(layers({{"ML_MAX_WORKERS", ""}})), "no error");  // empty counts as not set
}

TEST(Load, ReadsTheEnvironmentOfTheProcess) {
  ASSERT_EQ(setenv("ML_MODEL_PATH", "/from/process", 1), 0);
  const auto loaded = load(Layers{});
  unsetenv("ML_MODEL_PATH");
  EXPECT_EQ(loaded.value().settings.models.path, "/from/process");
}

TEST(Render, PrintsValuesAndOriginsAndMasksSecrets) {
  Layers given = layers({{"JWT_SECRET_KEY", "hunter2"}, {"DATABASE_URL", "postgresql://u:hunter3@h/d"}});
  const std::string text = render(load(given).value());
  EXPECT_THAT(text, HasSubstr("environment = dev\n"));
  EXPECT_THAT(text, HasSubstr("server.port = 8000  # default\n"));
  EXPECT_THAT(text, HasSubstr("models.recommendation.hidden_layers = [512, 256, 128, 64]  # default\n"));
  EXPECT_THAT(text, HasSubstr("models.recommendation.dropout_rate = 0.3  # default\n"));
  EXPECT_THAT(text, HasSubstr("security.jwt.secret_key = ***  # environment variable JWT_SECRET_KEY\n"));
  EXPECT_THAT(text, HasSubstr("database.url = postgresql://u:***@h/d  # environment variable DATABASE_URL\n"));
  EXPECT_THAT(text, Not(HasSubstr("hunter")));
}

// Layers whose opener turns "sealed:x" at a key into what `inside` says.
Layers opening(const std::string& inside, const Variables& variables = {}) {
  Layers given = layers(variables);
  given.open_sealed = [inside](std::string_view key, std::string_view sealed) -> base::Result<std::string> {
    if (sealed == "sealed:broken") return base::Error{base::ErrorCode::kPermission, "it does not open"};
    EXPECT_FALSE(key.empty());
    return inside;
  };
  return given;
}

TEST(Sealed, IsOpenedInEveryLayerAndNeverShown) {
  Layers given = opening("postgresql://u:hunter2@h/d", {{"GRAFANA_URL", "sealed:x"}});
  given.file = write("sealed.yaml", "database:\n  url: sealed:x\nmodels:\n  path: plain\n");
  given.overrides = {{"alerts.webhook_url", "sealed:x"}};
  const Configuration c = load(given).value();
  EXPECT_EQ(c.settings.database.url, "postgresql://u:hunter2@h/d");
  EXPECT_EQ(c.settings.monitoring.grafana_url, "postgresql://u:hunter2@h/d");
  EXPECT_EQ(c.settings.alerts.webhook_url, "postgresql://u:hunter2@h/d");
  const std::string text = render(c);
  EXPECT_THAT(text, HasSubstr("database.url = ***  # "));
  EXPECT_THAT(text, HasSubstr("monitoring.grafana_url = ***  # environment variable GRAFANA_URL\n"));
  EXPECT_THAT(text, HasSubstr("models.path = plain  # "));
  EXPECT_THAT(text, Not(HasSubstr("hunter")));
  EXPECT_THAT(text, Not(HasSubstr("sealed:x")));
}

TEST(Sealed, APlainValueOfALaterLayerIsShownAgain) {
  Layers given = opening("hunter2");
  given.file = write("sealed-then-plain.yaml", "models:\n  path: sealed:x\n");
  given.overrides = {{"models.path", "/plain"}};
  EXPECT_THAT(render(load(given).value()), HasSubstr("models.path = /plain  # command line\n"));
}

TEST(Sealed, WhatDoesNotOpenStopsTheStart) {
  Layers given = opening("");
  given.file = write("broken.yaml", "\nmodels:\n  path: sealed:broken\n");
  EXPECT_THAT(error_of(given), HasSubstr("broken.yaml:3: 'models.path': it does not open"));
  given.open_sealed = nullptr;
  EXPECT_THAT(error_of(given), HasSubstr("'models.path': sealed values are not opened here"));
  EXPECT_EQ(error_of(opening("", {{"ML_MODEL_PATH", "sealed:broken"}})),
            "environment variable ML_MODEL_PATH: 'models.path': it does not open");
}

// A secret that does not fit must not be told either.
TEST(Sealed, NoMessageTellsWhatIsInside) {
  for (const auto& [key, expected] :
       {std::pair{"logging.level", "what is sealed there is no value of this key, one of debug, info, warning, error"},
        {"database.url", "what is sealed there is no database URL"},
        {"server.port", "must be a whole number, not 'sealed:x'"}}) {
    Layers given = opening("hunter2");
    given.overrides = {{key, "sealed:x"}};
    const std::string message = error_of(given);
    EXPECT_THAT(message, HasSubstr(expected)) << key;
    EXPECT_THAT(message, Not(HasSubstr("hunter"))) << key;
  }
}

TEST(MaskPassword, FindsItInEveryPlace) {
  EXPECT_EQ(mask_password("postgresql://u:p@h/d"), "postgresql://u:***@h/d");
  EXPECT_EQ(mask_password("redis://:p@h:6379/0"), "redis://:***@h:6379/0");
  EXPECT_EQ(mask_password("mongodb://u:a@b@h/d"), "mongodb://u:***@h/d");  // an @ inside the password
  EXPECT_EQ(mask_password("postgresql://h/d?user=u&password=p&x=1"), "postgresql://h/d?user=u&password=***&x=1");
  EXPECT_EQ(mask_password("redis://h:6379/0"), "redis://h:6379/0");
  EXPECT_EQ(mask_password("sqlite:///a:b@c.db"), "sqlite:///a:b@c.db");
  EXPECT_EQ(mask_password("plain text"), "plain text");
}

TEST(DatabaseUrl, UnderstandsTheUsualForms) {
  using Engine = DatabaseAddress::Engine;
  const auto expect = [](const char* url, Engine engine, const char* location) {
    const auto address = parse_database_url(url);
    ASSERT_TRUE(address.ok()) << url;
    EXPECT_EQ(address->engine, engine) << url;
    EXPECT_EQ(address->location, location) << url;
  };
  expect("sqlite:///var/x.db", Engine::kSqlite, "var/x.db");
  expect("sqlite:////srv/x.db", Engine::kSqlite, "/srv/x.db");
  expect("sqlite:///:memory:", Engine::kSqlite, ":memory:");
  expect("postgresql://u@h/d", Engine::kPostgresql, "postgresql://u@h/d");
  expect("postgres://u@h/d", Engine::kPostgresql, "postgresql://u@h/d");
  expect("postgresql+asyncpg://u@h/d", Engine::kPostgresql, "postgresql://u@h/d");
  for (const char* url : {"", "sqlite://", "sqlite:///", "sqlite:x.db", "postgresql", "http://x", "/var/x.db"}) {
    EXPECT_FALSE(parse_database_url(url).ok()) << url;
  }
}

}  // namespace
}  // namespace mla::config
