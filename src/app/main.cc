// boathouse: a CRM that a lakehouse reads live and that reads the lakehouse live. This file knows the
// verbs and their options; what they do stands in verbs.h.

#include <cstdio>
#include <string>
#include <vector>

#include "app/cli.h"
#include "app/limits.h"
#include "app/verbs.h"
#include "app/version.h"

namespace {

using boathouse::app::Option;
using boathouse::app::Verb;

Option Data() { return {"data", "DIR", "the folder that holds everything", true}; }

Option InWorkspace() {
  return {"workspace", "NAME", "the workspace that it is about (default main)"};
}

std::vector<Verb> FolderVerbs() {
  using namespace boathouse::app;
  return {
      {"workspace create",
       "Makes a workspace beside main, also while a server has the folder open. Prints its set-up "
       "link.",
       {"NAME"},
       {Data(), {"url", "URL", "how clients reach the server (default http://127.0.0.1:8080)"}},
       WorkspaceCreateVerb},
      {"workspace list", "Lists the workspaces of a data folder.", {}, {Data()}, WorkspaceListVerb},
      {"workspace remove",
       "Moves a workspace aside, also while a server has it open; its folder is kept.",
       {"NAME"},
       {Data()},
       WorkspaceRemoveVerb},
      {"backup",
       "Writes everything of a data folder to one file, also while a server has it open.",
       {},
       {Data(), {"to", "FILE", "the file to make, such as boathouse.tar", true}},
       BackupVerb},
      {"restore",
       "Makes a data folder from a backup.",
       {},
       {{"from", "FILE", "the backup", true},
        {"data", "DIR", "the folder to make; it must not be there, or be empty", true}},
       RestoreVerb},
  };
}

std::vector<Verb> ServingVerbs() {
  using namespace boathouse::app;
  return {
      {"serve",
       "Runs the CRM. The first start prints a one-time link to set the workspace up.",
       {},
       {Data(),
        {"port", "N", "the port to listen on; 0 takes a free one (default 8080)"},
        {"address", "IP", "the address to listen on (default 127.0.0.1)"},
        {"public-url", "URL", "how clients reach the server, when a proxy stands in front of it"},
        {"table-files", "URL",
         "an object store for copies of table files: s3://BUCKET/PREFIX?endpoint=URL "
         "(docs/iceberg.md)"},
        {"lakehouse-mcp", "URL", "the MCP endpoint of a lakehouse to ask questions of"},
        {"lakehouse-token", "TOKEN", "the bearer token for it (or BOATHOUSE_LAKEHOUSE_TOKEN)"},
        {"lakehouse-model", "FILE",
         "what its tables mean (Apache Ossie as JSON), when it does not say so itself"}},
       ServeVerb},
      {"demo",
       "Runs the CRM with an invented distributor's records and a small lakehouse beside it.",
       {},
       {Data(),
        {"port", "N", "the port to listen on; 0 takes a free one (default 8080)"},
        {"address", "IP", "the address to listen on (default 127.0.0.1)"},
        {"public-url", "URL", "how clients reach the server, when a proxy stands in front of it"},
        {"scale", "K", "1 to 100 times 2,000 accounts, at the first start (default 1)"},
        {"seed", "S", "another number, another company (default 1)"}},
       DemoVerb},
      {"lakehouse",
       "Serves read-only SQL over the Delta and Parquet tables of a folder, as an MCP endpoint.",
       {},
       {{"root", "DIR", "the folder with tables/<schema>/<table>", true},
        {"port", "N", "the port to listen on; 0 takes a free one (default 0)"},
        {"address", "IP", "the address to listen on (default 127.0.0.1)"},
        {"token", "TOKEN", "the bearer token that clients must bring (default: none is needed)"},
        {"token-file", "FILE", "reads it from a file (or BOATHOUSE_LAKEHOUSE_TOKEN)"},
        {"parent-pid", "P", "end when that process has gone"}},
       LakehouseVerb},
  };
}

std::vector<Verb> DataVerbs() {
  using namespace boathouse::app;
  return {
      {"import",
       "Imports CSV or Parquet files by a mapping, into a folder no server has open or through a "
       "server. The same command again goes on with what was cut off.",
       {},
       {{"mapping", "FILE", "the mapping, a JSON file (docs/import.md)"},
        {"file", "FILE", "the file to import"},
        {"csv", "FILE", "the same"},
        {"resume", "ID", "goes on with an import in the background"},
        {"from", "FOLDER", "where the files are that the mapping names"},
        {"object", "NAME", "the object, when the mapping does not say it"},
        {"data", "DIR", "the folder to import into"},
        {"url", "URL", "or the running server to import through"},
        {"token", "TOKEN", "an API token for it (or BOATHOUSE_TOKEN)"},
        {"dry-run", "", "check and count everything, write nothing"},
        {"rejected", "PATH", "write rejected rows to this file (a folder for several files)"},
        {"create-workspace", "", "make the workspace when DIR has none"}},
       ImportVerb},
      {"export",
       "Writes all records of a list to a CSV or Parquet file (docs/export.md).",
       {"OBJECT"},
       {{"to", "FILE", "the file to write; - is standard output", true},
        {"data", "DIR", "the folder to export from, which no server has open"},
        {"url", "URL", "or the running server to export through"},
        {"token", "TOKEN", "an API token for it (or BOATHOUSE_TOKEN)"},
        {"format", "FORMAT", "csv or parquet (default: by the file's name, else csv)"},
        {"fields", "NAMES", "the columns, with commas between them (default all)"},
        {"filter", "FILTER", "only records that meet it, as in lists"},
        {"order-by", "FIELDS", "the order, as in lists"},
        {"titles", "", "titles instead of ids for related records"},
        {"spreadsheet", "", "CSV that is safe to open in a spreadsheet program"}},
       ExportVerb},
      {"user add",
       "Adds a user who can sign in. Without --password-file a password is made and printed.",
       {},
       {Data(),
        InWorkspace(),
        {"email", "ADDRESS", "what the user signs in with", true},
        {"name", "NAME", "the user's name", true},
        {"role", "ROLE", "admin, member or viewer (default member)"},
        {"password-file", "FILE", "read the password from its first line; - is standard input"}},
       UserAddVerb},
      {"user set-password",
       "Gives a user a new password.",
       {},
       {Data(),
        InWorkspace(),
        {"email", "ADDRESS", "whose password", true},
        {"password-file", "FILE", "read the password from its first line; - is standard input"}},
       UserSetPasswordVerb},
      {"user reset-totp",
       "Turns a user's two-step sign-in off: for somebody who lost the app and the recovery codes.",
       {},
       {Data(), {"email", "ADDRESS", "whose", true}},
       UserResetTotpVerb},
  };
}

std::vector<Verb> CredentialVerbs() {
  using namespace boathouse::app;
  return {
      {"token create",
       "Makes an API token that acts for a user, and prints it once.",
       {},
       {Data(),
        InWorkspace(),
        {"email", "ADDRESS", "the user it acts for", true},
        {"name", "NAME", "what it is for (default api)"},
        {"scopes", "LIST",
         "read, write, accounts:read ... with commas (default admin: everything)"},
        {"days", "N", "how long it holds; 0 is for ever (default 0)"}},
       TokenCreateVerb},
      {"token list",
       "Lists the API tokens there are, a line each: id, name, user, made, ends, scopes, last "
       "used; "
       "between tabs.",
       {},
       {Data()},
       TokenListVerb},
      {"token revoke", "Ends an API token.", {"ID"}, {Data()}, TokenRevokeVerb},
  };
}

std::vector<Verb> ShareVerbs() {
  using namespace boathouse::app;
  return {
      {"share create",
       "Makes a share: a set of tables that recipients may be granted.",
       {"NAME"},
       {Data(),
        InWorkspace(),
        {"comment", "TEXT", "what it is for"},
        {"no-history", "", "older versions and changes may not be read"}},
       ShareCreateVerb},
      {"share list", "Lists the shares, a line each.", {}, {Data(), InWorkspace()}, ShareListVerb},
      {"share delete",
       "Deletes a share with its tables and grants.",
       {"SHARE"},
       {Data(), InWorkspace()},
       ShareDeleteVerb},
      {"share publish",
       "Puts a table into a share: an object with all or some of its columns and records.",
       {"SHARE", "OBJECT"},
       {Data(),
        InWorkspace(),
        {"name", "NAME", "what the table is called (default the object's plural)"},
        {"schema", "NAME", "the schema it stands in (default crm)"},
        {"columns", "LIST",
         "the fields, with commas between them: name,email:sha256,phone:truncate:4 (default all)"},
        {"filter", "FILTER", "which records"},
        {"view", "ID", "a saved view whose filter is taken over"},
        {"comment", "TEXT", "what it is for"},
        {"format-version", "N", "of its Iceberg metadata, 2 or 3 (default 2)"}},
       SharePublishVerb},
      {"share tables",
       "Lists the tables of a share, a line each.",
       {"SHARE"},
       {Data(), InWorkspace()},
       ShareTablesVerb},
      {"share withdraw",
       "Takes a table out of a share.",
       {"SHARE", "TABLE"},
       {Data(), InWorkspace()},
       ShareWithdrawVerb},
      {"share grant",
       "Lets a recipient read a share.",
       {"SHARE", "RECIPIENT"},
       {Data(), InWorkspace()},
       ShareGrantVerb},
      {"share take",
       "Takes a share from a recipient.",
       {"SHARE", "RECIPIENT"},
       {Data(), InWorkspace()},
       ShareTakeVerb},
  };
}

std::vector<Verb> RecipientVerbs() {
  using namespace boathouse::app;
  return {
      {"recipient create",
       "Makes a reader of shares, and the profile file that its client reads with.",
       {"NAME"},
       {Data(),
        InWorkspace(),
        {"share", "SHARES", "what the recipient may read (default boathouse)"},
        {"url", "URL", "how the recipient reaches the server", true},
        {"out", "FILE", "the profile file to write"},
        {"link", "", "or print a link that hands the file out once"},
        {"oauth", "", "client credentials instead of a bearer token"},
        {"allow", "BLOCKS", "the addresses it may come from, such as 192.0.2.0/24"},
        {"comment", "TEXT", "what it is for"},
        {"days", "N", "how long it holds; 0 is for ever (default 0)"}},
       RecipientCreateVerb},
      {"recipient rotate",
       "Makes a new profile file; the old one works for a while.",
       {"RECIPIENT"},
       {Data(),
        InWorkspace(),
        {"url", "URL", "how the recipient reaches the server", true},
        {"out", "FILE", "the profile file to write"},
        {"link", "", "or print a link that hands the file out once"},
        {"oauth", "", "client credentials instead of a bearer token"},
        {"grace-hours", "N", "how long the old one works (default 24)"}},
       RecipientRotateVerb},
      {"recipient keys",
       "Makes lasting keys of S3 for a recipient, for tools that take no others (docs/iceberg.md).",
       {"RECIPIENT"},
       {Data(), InWorkspace(), {"days", "N", "how long they hold (default 90)"}},
       RecipientKeysVerb},
      {"recipient list",
       "Lists the recipients, a line each: id, name, made, ends; between tabs.",
       {},
       {Data(), InWorkspace()},
       RecipientListVerb},
      {"recipient revoke",
       "Ends what a recipient's profile files open.",
       {"RECIPIENT"},
       {Data(), InWorkspace()},
       RecipientRevokeVerb},
  };
}

std::vector<Verb> AllVerbs() {
  std::vector<Verb> verbs = ServingVerbs();
  for (Verb& verb : FolderVerbs()) verbs.push_back(std::move(verb));
  for (Verb& verb : DataVerbs()) verbs.push_back(std::move(verb));
  for (Verb& verb : CredentialVerbs()) verbs.push_back(std::move(verb));
  for (Verb& verb : ShareVerbs()) verbs.push_back(std::move(verb));
  for (Verb& verb : RecipientVerbs()) verbs.push_back(std::move(verb));
  return verbs;
}

void PrintOverview(const std::vector<Verb>& verbs, std::FILE* out) {
  std::fprintf(out, "Boathouse %s, a lakehouse-native CRM\n\nusage: boathouse VERB [options]\n\n",
               boathouse::app::version);
  for (const Verb& verb : verbs) {
    std::fprintf(out, "  %-20s %s\n", verb.name.c_str(), verb.summary.c_str());
  }
  std::fprintf(out,
               "\n  boathouse VERB --help   explains one of them\n"
               "  boathouse --version     says which version this is\n"
               "  boathouse --print-limits  lists every limit the program keeps\n");
}

// The verb that the command line begins with, and how many words its name took.
std::pair<const Verb*, size_t> FindVerb(const std::vector<Verb>& verbs,
                                        const std::vector<std::string>& words) {
  for (const Verb& verb : verbs) {
    if (words[0] == verb.name) return {&verb, 1};
    if (words.size() > 1 && words[0] + " " + words[1] == verb.name) return {&verb, 2};
  }
  return {nullptr, 0};
}

bool AsksForHelp(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--help" || word == "-h") return true;
  }
  return false;
}

int Run(std::vector<std::string> words) {
  using namespace boathouse::app;
  const std::vector<Verb> verbs = AllVerbs();
  if (words.empty()) {
    PrintOverview(verbs, stderr);
    return exit_usage;
  }
  if (words[0] == "--version" || words[0] == "version") {
    std::printf("boathouse %s\n", version);
    return 0;
  }
  if (words[0] == "--print-limits") {
    PrintLimits();
    return 0;
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    PrintOverview(verbs, stdout);
    return 0;
  }
  const auto [verb, length] = FindVerb(verbs, words);
  if (verb == nullptr) {
    std::fprintf(stderr, "boathouse: there is no verb \"%s\"\n\n", words[0].c_str());
    PrintOverview(verbs, stderr);
    return exit_usage;
  }
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(length));
  if (AsksForHelp(words)) {
    std::fputs(verb->Usage().c_str(), stdout);
    return 0;
  }
  const boathouse::Result<Arguments> arguments = verb->Parse(words);
  if (!arguments.ok()) {
    std::fprintf(stderr, "boathouse %s: %s\n\n%s", verb->name.c_str(),
                 arguments.error().message.c_str(), verb->Usage().c_str());
    return exit_usage;
  }
  return verb->run(*arguments);
}

}  // namespace

int main(int argc, char** argv) { return Run(std::vector<std::string>(argv + 1, argv + argc)); }
