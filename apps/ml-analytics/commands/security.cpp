#include <iostream>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/json.h"
#include "foundation/base/parse.h"
#include "foundation/config/keys.h"
#include "operations/security/sealed_secret.h"

// user, token, audit and secrets.
namespace mla::apps {
namespace {

namespace json = boost::json;

constexpr std::int64_t kTokenMinutes = 30;
constexpr std::int64_t kKeyMinutes = 60 * 24 * 365;

int outcome(const base::Status& status) { return status.ok() ? kDone : fail(status.error()); }

void print_line(const json::object& object) { fmt::print("{}\n", base::to_json_text(object)); }

struct Password {
  std::string text;
  bool made = false;  // by us, so it has to be told
};

// A secret is read there: the command line could be read by everybody on the machine.
base::Result<std::string> line_of_stdin(std::string_view what) {
  std::string line;
  if (!std::getline(std::cin, line)) {
    return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("{}: there is no line on standard input", what)};
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

base::Result<Password> wanted_password(const UserOptions& options) {
  if (!options.password_stdin) return Password{security::make_password(), true};
  MLA_ASSIGN(std::string text, line_of_stdin("--password-stdin"));
  return Password{std::move(text), false};
}

// The password alone on stdout, so that it can be taken; what it is, for people.
void tell(const std::string& name, const Password& password) {
  if (!password.made) return;
  fmt::print(stderr, "the password of {}, shown this once:\n", name);
  fmt::print("{}\n", password.text);
}

int add(const UserOptions& options, security::Security& security) {
  const auto password = wanted_password(options);
  if (!password.ok()) return fail(password.error());
  const auto added = security.principals().add(
      {options.name, security::parse_role(options.role).value(), options.listener, password->text}, local_actor());
  if (!added.ok()) return fail(added.error());
  tell(options.name, *password);
  return kDone;
}

int set_password(const UserOptions& options, security::Security& security) {
  const auto password = wanted_password(options);
  if (!password.ok()) return fail(password.error());
  const auto set = security.principals().set_password(options.name, password->text, local_actor());
  if (set.ok()) tell(options.name, *password);
  return outcome(set);
}

int list_users(const UserOptions& options, security::Security& security) {
  const auto all = security.principals().list();
  if (!all.ok()) return fail(all.error());
  for (const security::Principal& one : *all) {
    if (options.json) {
      print_line({{"name", one.name},
                  {"role", to_string(one.role)},
                  {"listener", one.listener.str()},
                  {"disabled", one.disabled},
                  {"created", base::format_time(one.created)}});
    } else {
      fmt::print("{:<24} {:<9} {}{}{}\n", one.name, to_string(one.role), base::format_time(one.created),
                 one.disabled ? "  disabled" : "",
                 one.listener.str() == one.name ? "" : "  listener " + one.listener.str());
    }
  }
  if (all->empty()) fmt::print(stderr, "nobody yet: ml-analytics user add NAME --role admin\n");
  return kDone;
}

int create(const TokenOptions& options, security::Security& security) {
  const auto user = security.principals().find(options.user);
  if (!user.ok()) return fail(user.error());
  security::Tokens::Wanted wanted;
  if (!options.scope.empty()) {
    wanted = security::Permissions::of_scope(options.scope);
    if (!wanted) {
      return refuse({base::ErrorCode::kInvalidArgument,
                     fmt::format("--scope '{}' is not names of permissions with spaces between them; {} has {}",
                                 options.scope, user->name, security::Permissions::of(user->role).scope())});
    }
  }
  security::Tokens& tokens = security.tokens();
  const auto token = options.api_key
                         ? tokens.issue_key(*user, options.minutes.value_or(kKeyMinutes), local_actor(), wanted)
                         : tokens.issue_token(*user, options.minutes.value_or(kTokenMinutes), local_actor(), wanted);
  if (!token.ok()) return fail(token.error());
  fmt::print("{}\n", *token);
  return kDone;
}

int list_tokens(const TokenOptions& options, security::Security& security) {
  const auto all = security.tokens().list();
  if (!all.ok()) return fail(all.error());
  for (const security::Grant& one : *all) {
    if (options.json) {
      print_line({{"id", one.id},
                  {"user", one.principal},
                  {"kind", to_string(one.kind)},
                  {"created", base::format_time(one.created)},
                  {"expires", base::format_time(one.expires)},
                  {"scope", one.scope.empty() ? json::value(nullptr) : json::value(one.scope)}});
    } else {
      fmt::print("{} {:<6} {:<24} {} … {}{}{}\n", one.id, to_string(one.kind), one.principal,
                 base::format_time(one.created), base::format_time(one.expires), one.scope.empty() ? "" : "  ",
                 one.scope);
    }
  }
  return kDone;
}

}  // namespace

int run(const UserOptions& options) {
  const auto program = SecurityProgram::open(options.common);
  if (!program.ok()) return fail(program.error());
  security::Security& security = (*program)->security();
  security::Principals& principals = security.principals();
  switch (options.action) {
    case UserAction::kAdd:
      return add(options, security);
    case UserAction::kPassword:
      return set_password(options, security);
    case UserAction::kRemove:
      return outcome(principals.remove(options.name, local_actor()));
    case UserAction::kRole:
      return outcome(principals.set_role(options.name, security::parse_role(options.role).value(), local_actor()));
    case UserAction::kDisable:
    case UserAction::kEnable:
      return outcome(principals.set_disabled(options.name, options.action == UserAction::kDisable, local_actor()));
    default:
      return list_users(options, security);
  }
}

int run(const TokenOptions& options) {
  const auto program = SecurityProgram::open(options.common);
  if (!program.ok()) return fail(program.error());
  security::Security& security = (*program)->security();
  switch (options.action) {
    case TokenAction::kCreate:
      return create(options, security);
    case TokenAction::kRevoke:
      return outcome(security.tokens().revoke_grant(options.id, local_actor()));
    default:
      return list_tokens(options, security);
  }
}

int run(const AuditOptions& options) {
  const auto program = SecurityProgram::open(options.common);
  if (!program.ok()) return fail(program.error());
  const auto entries = (*program)->security().audit().list(options.limit);
  if (!entries.ok()) return fail(entries.error());
  for (const security::AuditEntry& one : *entries) {
    if (options.json) {
      print_line({{"number", one.number},
                  {"time", base::format_time(one.time)},
                  {"who", one.who},
                  {"what", one.what},
                  {"subject", one.subject},
                  {"request_id", one.request_id.empty() ? json::value(nullptr) : json::value(one.request_id)}});
    } else {
      fmt::print("{} {:<20} {:<18} {} {}\n", base::format_time(one.time), one.who, one.what, one.subject,
                 one.request_id);
    }
  }
  return kDone;
}

int run(const SecretsOptions& options) {
  const config::Key* key = config::find_key(options.key);
  config::Settings settings;
  if (key == nullptr || !std::holds_alternative<std::string*>(key->field(settings))) {
    const std::string near = key == nullptr ? config::nearest_key(options.key) : "";
    return refuse({base::ErrorCode::kInvalidArgument,
                   key != nullptr ? fmt::format("'{}' is no text: only texts are sealed", options.key)
                                  : fmt::format("there is no key '{}'{}", options.key,
                                                near.empty() ? "" : fmt::format("; did you mean '{}'?", near))});
  }
  const auto sealing = security::SealingKey::find(options.key_file);
  if (!sealing.ok()) return fail(sealing.error());
  const auto line = line_of_stdin(options.open ? "secrets open" : "secrets seal");
  if (!line.ok()) return fail(line.error());
  if (!options.open) {
    fmt::print("{}\n", sealing->seal(options.key, *line));
    return kDone;
  }
  const auto secret = sealing->open(options.key, base::trim(*line));
  if (!secret.ok()) return fail(secret.error());
  fmt::print("{}\n", *secret);
  return kDone;
}

}  // namespace mla::apps
