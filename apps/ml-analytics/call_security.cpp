#include "apps/ml-analytics/call_groups.h"
#include "operations/security/permission.h"

namespace mla::apps {
namespace {

constexpr std::int64_t kMostMinutes = 60 * 24 * 3650;

constexpr const char* kUserFooter =
    "Who may call the REST interface. The first start of `serve` makes an admin and prints its password once.\n\n"
    "  ml-analytics user add ana --role listener       prints a password that it made; ana's own data are those of\n"
    "                                                  the listener ana\n"
    "  ml-analytics user add backend --role service    a program: it logs in with client credentials\n"
    "  ml-analytics user password ana                  a new one, which ends all that was given under the old one\n"
    "  ml-analytics user disable ana                   cannot come in until it is enabled; works at once\n\n"
    "Roles: listener (its own data), service (a service's own program: everybody's data), operator (catalogue, "
    "metrics),"
    "\nadmin (everything). What each may do: docs/security.md";

constexpr const char* kTokenFooter =
    "  export TOKEN=$(ml-analytics token create --user admin)       for half an hour\n"
    "  curl -H \"Authorization: Bearer $TOKEN\" …\n"
    "  ml-analytics token create --user backend --api-key           for a year, as X-API-Key; told once\n"
    "  ml-analytics token list                                      what lets in now\n"
    "  ml-analytics token revoke ID                                 one of these, seen by a server within two "
    "seconds\n\n"
    "Without access to this machine: POST /ml-analytics/auth/token (docs/security.md)";

constexpr const char* kSecretsFooter =
    "  (umask 077; openssl rand -base64 32 >secrets.key)             once, and not beside the file it is for\n"
    "  export ML_SECRETS_KEY_FILE=$PWD/secrets.key                   also where the server starts\n"
    "  openssl rand -base64 48 | ml-analytics secrets seal security.jwt.secret_key\n\n"
    "What is printed is the value of that key, in a file, a variable or an option; `config --show` never shows what "
    "is\n"
    "in it. More: docs/security.md";

// A password on the command line could be read by everybody on the machine: there is none.
void add_password(CLI::App& command, UserOptions& options) {
  command.add_flag("--password-stdin", options.password_stdin,
                   "Read the password from the first line of standard input; without it one is made and printed");
}

std::shared_ptr<UserOptions> add_user_command(CLI::App& group, Call& call, UserAction action, const char* name,
                                              const char* description, CLI::App*& command) {
  auto options = std::make_shared<UserOptions>();
  options->action = action;
  command = group.add_subcommand(name, description);
  add_common(*command, options->common);
  if (action != UserAction::kList) command->add_option("NAME", options->name, "User")->required();
  command->callback([options, &call] { call.user = *options; });
  return options;
}

CLI::Validator is_role() {
  std::vector<std::string> names;
  for (const security::Role role : security::kRoles) names.emplace_back(security::to_string(role));
  return CLI::IsMember(names);
}

void add_user(CLI::App& app, Call& call) {
  CLI::App* group = app.add_subcommand("user", "Who may call: add, list, change, remove");
  group->require_subcommand(1);
  group->footer(kUserFooter);
  CLI::App* command = nullptr;
  auto add = add_user_command(*group, call, UserAction::kAdd, "add", "Somebody new", command);
  command->add_option("--role", add->role, "listener, service, operator or admin")->required()->check(is_role());
  command->add_option("--listener", add->listener, "Whose listening data are its own; the name unless given");
  add_password(*command, *add);
  auto list = add_user_command(*group, call, UserAction::kList, "list", "All of them, by name", command);
  command->add_flag("--json", list->json, "One JSON object a line on stdout");
  add_user_command(*group, call, UserAction::kRemove, "remove", "Takes somebody out, with all tokens", command);
  auto password = add_user_command(*group, call, UserAction::kPassword, "password", "Sets a new password", command);
  add_password(*command, *password);
  auto role = add_user_command(*group, call, UserAction::kRole, "role", "Gives another role", command);
  command->add_option("ROLE", role->role, "listener, service, operator or admin")->required()->check(is_role());
  add_user_command(*group, call, UserAction::kDisable, "disable", "Lets somebody in no more", command);
  add_user_command(*group, call, UserAction::kEnable, "enable", "Lets somebody in again", command);
}

std::shared_ptr<TokenOptions> add_token_command(CLI::App& group, Call& call, TokenAction action, const char* name,
                                                const char* description, CLI::App*& command) {
  auto options = std::make_shared<TokenOptions>();
  options->action = action;
  command = group.add_subcommand(name, description);
  add_common(*command, options->common);
  command->callback([options, &call] { call.token = *options; });
  return options;
}

void add_token(CLI::App& app, Call& call) {
  CLI::App* group = app.add_subcommand("token", "Tokens and API keys: create, list, revoke");
  group->require_subcommand(1);
  group->footer(kTokenFooter);
  CLI::App* command = nullptr;
  auto create = add_token_command(*group, call, TokenAction::kCreate, "create", "Prints a token, alone", command);
  command->add_option("--user", create->user, "Whose it is")->required();
  command->add_option("--minutes", create->minutes, "How long it lasts: 30, of an API key a year")
      ->check(CLI::Range(std::int64_t{1}, kMostMinutes));
  command->add_flag("--api-key", create->api_key, "An opaque key for the header X-API-Key in place of a signed token");
  command->add_option("--scope", create->scope, "Hold it to less than its user may do: \"tracks:read events:write\"");
  auto list =
      add_token_command(*group, call, TokenAction::kList, "list", "What lets in now, the newest first", command);
  command->add_flag("--json", list->json, "One JSON object a line on stdout");
  auto revoke = add_token_command(*group, call, TokenAction::kRevoke, "revoke", "Ends one of them", command);
  command->add_option("ID", revoke->id, "Its id in the list")->required();
}

void add_audit(CLI::App& app, Call& call) {
  auto options = std::make_shared<AuditOptions>();
  CLI::App* command = app.add_subcommand("audit", "What was changed, by whom and when");
  add_common(*command, options->common);
  command->add_option("--limit", options->limit, "How many, the newest first")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object a line on stdout");
  command->callback([options, &call] { call.audit = *options; });
}

void add_secrets(CLI::App& app, Call& call) {
  CLI::App* group = app.add_subcommand("secrets", "Seals secrets for configuration files");
  group->require_subcommand(1);
  group->footer(kSecretsFooter);
  const auto add = [&](const char* name, const char* description, bool open) {
    auto options = std::make_shared<SecretsOptions>();
    options->open = open;
    CLI::App* command = group->add_subcommand(name, description);
    command->add_option("KEY", options->key, "The key of the configuration that it is for: security.jwt.secret_key")
        ->required();
    command->add_option("--key-file", options->key_file,
                        "File with the sealing key; else ML_SECRETS_KEY or ML_SECRETS_KEY_FILE says it");
    command->callback([options, &call] { call.secrets = *options; });
  };
  add("seal", "Reads a secret from the first line of standard input, prints it sealed", false);
  add("open", "Reads a sealed value from standard input, prints the secret", true);
}

}  // namespace

void add_security_commands(CLI::App& app, Call& call) {
  add_user(app, call);
  add_token(app, call);
  add_audit(app, call);
  add_secrets(app, call);
}

}  // namespace mla::apps
