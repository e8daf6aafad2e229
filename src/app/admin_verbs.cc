// The verbs that make users and tokens, and end the latter, in a folder that no server has open.

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "app/files.h"
#include "app/opened_workspace.h"
#include "app/verbs.h"
#include "app/workspace.h"
#include "base/bytes.h"

namespace boathouse::app {
namespace {

constexpr size_t password_random_bytes = 12;
constexpr int64_t days_max = 36'500;
constexpr Micros day_micros = 24LL * 3600 * 1'000'000;

// The password of --password-file, or a new one that has to be told.
struct Password {
  std::string text;
  bool made = false;
};

Result<Password> PasswordOf(const Arguments& arguments) {
  if (!arguments.Has("password-file")) {
    return Password{Base64UrlEncode(RandomBytes(password_random_bytes)), true};
  }
  const std::string path = arguments.Get("password-file");
  std::string text;
  if (path == "-") {
    std::getline(std::cin, text);
  } else {
    ASSIGN(text, ReadFile(path));
  }
  const size_t end = text.find_first_of("\r\n");
  return Password{text.substr(0, end), false};
}

void Tell(const Password& password) {
  if (password.made) std::printf("password %s\n", password.text.c_str());
}

Result<model::Record> FindUser(Workspace& workspace, const std::string& email) {
  ASSIGN(const model::Object* object, workspace.crm->FindObject("user"));
  std::optional<model::Record> found;
  TRY(workspace.crm->Transact(Workspace::System("cli"), [&](crm::Edit& edit) -> Status {
    ASSIGN(const std::optional<Id> id, edit.Find(*object, "email", AsciiLower(email)));
    if (!id) return Error(ErrorKind::kNotFound, "there is no user with the e-mail " + email);
    ASSIGN(found, edit.Get(*object, *id));
    return {};
  }));
  return std::move(*found);
}

Result<Micros> LifetimeOf(const Arguments& arguments) {
  ASSIGN(const int64_t days, arguments.GetInteger("days", 0, 0, days_max));
  return days * day_micros;
}

Status AddUser(const Arguments& arguments) {
  ASSIGN(const Password password, PasswordOf(arguments));
  ASSIGN(const OpenedWorkspace opened, OpenWorkspace(arguments));
  Workspace& workspace = *opened.workspace;
  ASSIGN(const model::Object* object, workspace.crm->FindObject("user"));
  const Json fields = Json::Object({{"name", arguments.Get("name")},
                                    {"email", arguments.Get("email")},
                                    {"role", arguments.Get("role", "member")}});
  // A password that would be refused must not leave a user behind who cannot sign in.
  if (password.text.size() < auth::password_chars_min ||
      password.text.size() > auth::password_chars_max) {
    return Error(ErrorKind::kInvalid, "the password must have " +
                                          std::to_string(auth::password_chars_min) + " to " +
                                          std::to_string(auth::password_chars_max) + " characters");
  }
  ASSIGN(const model::Record user,
         workspace.crm->Create(Workspace::System("cli"), *object, fields));
  TRY(workspace.auth->SetPassword(user.id(), password.text));
  std::printf("user %s\n", user.id().ToString().c_str());
  Tell(password);
  return {};
}

Status SetPassword(const Arguments& arguments) {
  ASSIGN(const Password password, PasswordOf(arguments));
  ASSIGN(const OpenedWorkspace opened, OpenWorkspace(arguments));
  ASSIGN(const model::Record user, FindUser(*opened.workspace, arguments.Get("email")));
  TRY(opened.workspace->auth->SetPassword(user.id(), password.text));
  Tell(password);
  return {};
}

Status ResetTotp(const Arguments& arguments) {
  ASSIGN(const OpenedWorkspace opened, OpenWorkspace(arguments));
  ASSIGN(const model::Record user, FindUser(*opened.workspace, arguments.Get("email")));
  TRY(opened.workspace->auth->ResetTotp(user.id(), {}));
  std::printf("reset %s\n", arguments.Get("email").c_str());
  return {};
}

// Of --scopes; whoever may open the folder may make a token for everything.
Result<auth::Scopes> ScopesOf(const Arguments& arguments, const model::Model& model) {
  if (!arguments.Has("scopes")) return auth::Scopes::Everything();
  const std::string text = arguments.Get("scopes");
  Json list = Json::Array();
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    list.Append(TrimAscii(std::string_view(text).substr(start, end - start)));
    start = end + 1;
  }
  return auth::Scopes::Parse(list, model, "--scopes");
}

Status CreateToken(const Arguments& arguments) {
  ASSIGN(const Micros lifetime, LifetimeOf(arguments));
  ASSIGN(const OpenedWorkspace opened, OpenWorkspace(arguments));
  ASSIGN(const auth::Scopes scopes, ScopesOf(arguments, *opened.workspace->store->model()));
  ASSIGN(const model::Record user, FindUser(*opened.workspace, arguments.Get("email")));
  auth::Principal owner;
  owner.user = user.id();
  ASSIGN(const std::string token, opened.workspace->auth->CreateApiToken(
                                      owner, arguments.Get("name", "api"), lifetime, scopes));
  std::printf("%s\n", token.c_str());
  return {};
}

// One line: id, name, `whose` if there is such a column, when made, when it ends; between tabs. An API
// token has its scopes and its last use behind them.
void PrintToken(const auth::TokenInfo& token, const std::string* whose) {
  std::string line = token.id + "\t" + OneCell(token.name);
  if (whose != nullptr) line += "\t" + OneCell(*whose);
  line += "\t" + FormatDateTime(token.created_at) + "\t";
  line += token.expires_at == 0 ? std::string("never") : FormatDateTime(token.expires_at);
  if (whose != nullptr) {
    std::string scopes;
    for (const std::string& scope : token.scopes.names()) {
      scopes += (scopes.empty() ? "" : ",") + scope;
    }
    line += "\t" + scopes + "\t";
    line += token.used_at == 0 ? std::string("never")
                               : FormatDateTime(token.used_at) + " " + token.used_from;
  }
  std::printf("%s\n", line.c_str());
}

Status ListTokens(const Arguments& arguments) {
  ASSIGN(const OpenedWorkspace opened, OpenWorkspace(arguments));
  ASSIGN(const model::Object* object, opened.workspace->crm->FindObject("user"));
  ASSIGN(const std::vector<auth::TokenInfo> tokens, opened.workspace->auth->ListApiTokens());
  for (const auth::TokenInfo& token : tokens) {
    // A token outlives its user, and then opens nothing.
    std::string email;
    const Result<model::Record> user =
        opened.workspace->crm->Get(Workspace::System("cli"), *object, token.user);
    if (user.ok()) email = model::ToText(user->At(object->IndexOf("email").value()));
    PrintToken(token, &email);
  }
  return {};
}

Status RevokeToken(const Arguments& arguments) {
  ASSIGN(const OpenedWorkspace opened, OpenWorkspace(arguments));
  TRY(opened.workspace->auth->RevokeApiToken(arguments.positional()[0]));
  std::printf("revoked %s\n", arguments.positional()[0].c_str());
  return {};
}

int Finish(const Status& status) { return status.ok() ? 0 : Fail(status.error()); }

}  // namespace

int UserAddVerb(const Arguments& arguments) { return Finish(AddUser(arguments)); }
int UserSetPasswordVerb(const Arguments& arguments) { return Finish(SetPassword(arguments)); }
int UserResetTotpVerb(const Arguments& arguments) { return Finish(ResetTotp(arguments)); }
int TokenCreateVerb(const Arguments& arguments) { return Finish(CreateToken(arguments)); }
int TokenListVerb(const Arguments& arguments) { return Finish(ListTokens(arguments)); }
int TokenRevokeVerb(const Arguments& arguments) { return Finish(RevokeToken(arguments)); }

}  // namespace boathouse::app
