// The verbs that keep shares and recipients, in a folder that no server has open. Through a server the
// same is done over REST and on the page.
#include <algorithm>
#include <cstdio>

#include "app/files.h"
#include "app/opened_workspace.h"
#include "app/verbs.h"
#include "auth/table_keys.h"
#include "base/bytes.h"
#include "sharing/sharing.h"

namespace boathouse::app {
namespace {

constexpr int64_t days_max = sharing::recipient_days_max;
constexpr Micros day_micros = 24LL * 3600 * 1'000'000;

struct Opened {
  OpenedWorkspace folder;
  std::unique_ptr<sharing::Sharing> sharing;
  crm::Caller caller = Workspace::System("cli");
};

// Nothing is read here, so that no tables are needed.
Result<std::unique_ptr<sharing::Sharing>> OpenSharing(Workspace& workspace) {
  return sharing::Sharing::Open({*workspace.store, *workspace.crm, workspace.auth->audit(),
                                 workspace.clock, workspace.ids, nullptr, ""});
}

Result<Opened> Open(const Arguments& arguments) {
  Opened opened;
  ASSIGN(opened.folder, OpenWorkspace(arguments));
  ASSIGN(opened.sharing, OpenSharing(*opened.folder.workspace));
  return opened;
}

// The items of a list with commas between them.
Json ListOf(const std::string& text) {
  Json list = Json::Array();
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    list.Append(TrimAscii(std::string_view(text).substr(start, end - start)));
    start = end + 1;
  }
  return list;
}

std::string Joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ",") + text;
  return joined;
}

// A member of a body, where the option was given.
void Take(const Arguments& arguments, const char* option, const char* member, Json* body) {
  if (arguments.Has(option)) body->Set(member, arguments.Get(option));
}

Status CreateShare(const Arguments& arguments) {
  ASSIGN(const Opened opened, Open(arguments));
  Json body = Json::Object({{"name", arguments.positional()[0]}});
  Take(arguments, "comment", "comment", &body);
  if (arguments.Has("no-history")) body.Set("with_history", false);
  ASSIGN(const sharing::Share share,
         opened.sharing->publications().CreateShare(opened.caller, body));
  std::printf("share %s\n", share.id.ToString().c_str());
  return {};
}

Status ListShares(const Arguments& arguments) {
  ASSIGN(const Opened opened, Open(arguments));
  ASSIGN(const auto shares, opened.sharing->publications().ListShares(opened.caller));
  for (const sharing::Share& share : shares) {
    std::printf("%s\t%zu tables\t%zu recipients\t%s\n", OneCell(share.name).c_str(), share.tables,
                share.recipients, OneCell(share.comment).c_str());
  }
  return {};
}

Status DeleteShare(const Arguments& arguments) {
  ASSIGN(const Opened opened, Open(arguments));
  TRY(opened.sharing->publications().DeleteShare(opened.caller, arguments.positional()[0]));
  std::printf("deleted %s\n", arguments.positional()[0].c_str());
  return {};
}

Status Publish(const Arguments& arguments) {
  ASSIGN(const int64_t version, arguments.GetInteger("format-version", 2, 2, 3));
  ASSIGN(const Opened opened, Open(arguments));
  Json body = Json::Object({{"object", arguments.positional()[1]}, {"format_version", version}});
  Take(arguments, "name", "name", &body);
  Take(arguments, "schema", "schema", &body);
  Take(arguments, "comment", "comment", &body);
  Take(arguments, "filter", "filter", &body);
  Take(arguments, "view", "view", &body);
  if (arguments.Has("columns")) body.Set("columns", ListOf(arguments.Get("columns")));
  ASSIGN(const sharing::Publication table, opened.sharing->publications().CreateTable(
                                               opened.caller, arguments.positional()[0], body));
  std::printf("table %s.%s.%s\n", arguments.positional()[0].c_str(), table.schema.c_str(),
              table.name.c_str());
  return {};
}

Status ListTables(const Arguments& arguments) {
  ASSIGN(const Opened opened, Open(arguments));
  ASSIGN(const auto tables,
         opened.sharing->publications().ListTables(opened.caller, arguments.positional()[0]));
  for (const sharing::Publication& table : tables) {
    std::vector<std::string> columns;
    for (const sharing::PublishedColumn& column : table.columns) columns.push_back(column.ToText());
    std::printf("%s.%s\t%s\t%s\t%s\n", table.schema.c_str(), table.name.c_str(),
                table.object.c_str(), columns.empty() ? "all columns" : Joined(columns).c_str(),
                OneCell(table.WholeFilter()).c_str());
  }
  return {};
}

Status Withdraw(const Arguments& arguments) {
  ASSIGN(const Opened opened, Open(arguments));
  TRY(opened.sharing->publications().DeleteTable(opened.caller, arguments.positional()[0],
                                                 arguments.positional()[1]));
  std::printf("withdrew %s\n", arguments.positional()[1].c_str());
  return {};
}

Status Grant(const Arguments& arguments, bool granted) {
  ASSIGN(const Opened opened, Open(arguments));
  const std::string& share = arguments.positional()[0];
  const std::string& recipient = arguments.positional()[1];
  sharing::Recipients& recipients = opened.sharing->recipients();
  TRY(granted ? recipients.Grant(opened.caller, recipient, share)
              : recipients.Withdraw(opened.caller, recipient, share));
  std::printf("%s %s %s %s\n", granted ? "granted" : "took", share.c_str(), granted ? "to" : "from",
              recipient.c_str());
  return {};
}

// Writes the profile file, or prints the link.
Status HandOut(const Arguments& arguments, const sharing::ServerUrl& server,
               const sharing::Delivered& made) {
  if (made.profile) {
    TRY(WriteJsonFile(arguments.Get("out"), *made.profile));
    std::printf("wrote %s\n", arguments.Get("out").c_str());
  } else {
    std::printf("link %s\n", server.Activation(made.activation_token).c_str());
  }
  return {};
}

Status CheckHandOut(const Arguments& arguments) {
  if (arguments.Has("link") != arguments.Has("out")) return {};
  return Error(
      ErrorKind::kInvalid,
      "say how the recipient gets the profile: --out FILE, or --link for a link that hands "
      "it out once");
}

sharing::ServerUrl ServerOf(const Arguments& arguments) {
  sharing::ServerUrl server{arguments.Get("url")};
  while (server.url.ends_with('/')) server.url.pop_back();
  return server;
}

void TakeDelivery(const Arguments& arguments, Json* body) {
  body->Set("deliver", arguments.Has("link") ? "link" : "profile");
  if (arguments.Has("oauth")) body->Set("authentication", "oauth");
}

Status CreateRecipient(const Arguments& arguments) {
  TRY(CheckHandOut(arguments));
  ASSIGN(const int64_t days, arguments.GetInteger("days", 0, 0, days_max));
  const sharing::ServerUrl server = ServerOf(arguments);
  ASSIGN(const Opened opened, Open(arguments));
  Json body = Json::Object(
      {{"name", arguments.positional()[0]}, {"expires_in_days", days == 0 ? Json() : Json(days)}});
  Take(arguments, "comment", "comment", &body);
  if (arguments.Has("share")) body.Set("shares", ListOf(arguments.Get("share")));
  if (arguments.Has("allow")) body.Set("addresses", ListOf(arguments.Get("allow")));
  TakeDelivery(arguments, &body);
  ASSIGN(const sharing::Delivered made,
         opened.sharing->recipients().Create(opened.caller, body, server));
  return HandOut(arguments, server, made);
}

Status RotateRecipient(const Arguments& arguments) {
  TRY(CheckHandOut(arguments));
  ASSIGN(const int64_t hours, arguments.GetInteger("grace-hours", sharing::grace_hours_default, 0,
                                                   sharing::grace_hours_max));
  const sharing::ServerUrl server = ServerOf(arguments);
  ASSIGN(const Opened opened, Open(arguments));
  Json body = Json::Object({{"grace_hours", hours}});
  TakeDelivery(arguments, &body);
  ASSIGN(
      const sharing::Delivered made,
      opened.sharing->recipients().Rotate(opened.caller, arguments.positional()[0], body, server));
  return HandOut(arguments, server, made);
}

Status ListRecipients(const Arguments& arguments) {
  ASSIGN(const Opened opened, Open(arguments));
  ASSIGN(const auto recipients, opened.sharing->recipients().List(opened.caller));
  for (const sharing::Recipient& recipient : recipients) {
    std::printf("%s\t%s\t%s\t%s\n", recipient.id.ToString().c_str(),
                OneCell(recipient.name).c_str(), FormatDateTime(recipient.created_at).c_str(),
                recipient.expires_at == 0 ? "never" : FormatDateTime(recipient.expires_at).c_str());
  }
  return {};
}

Status RevokeRecipient(const Arguments& arguments) {
  ASSIGN(const Opened opened, Open(arguments));
  TRY(opened.sharing->recipients().Revoke(opened.caller, arguments.positional()[0]));
  std::printf("revoked %s\n", arguments.positional()[0].c_str());
  return {};
}

// Keys of S3 for tools that are given nothing else: they read what the recipient may, until they end.
Status MakeKeys(const Arguments& arguments) {
  ASSIGN(const int64_t days,
         arguments.GetInteger("days", sharing::recipient_days_default, 1, days_max));
  ASSIGN(const Opened opened, Open(arguments));
  ASSIGN(const sharing::Recipient recipient,
         opened.sharing->recipients().Get(opened.caller, arguments.positional()[0]));
  auth::TableKeyClaims claims;
  claims.recipient = recipient.id.ToString();
  claims.expires_at = opened.folder.workspace->clock.Now() + days * day_micros;
  if (recipient.expires_at != 0) {
    claims.expires_at = std::min(claims.expires_at, recipient.expires_at);
  }
  const auth::VendedKeys keys =
      auth::TableKeys(opened.folder.dir->url_signing_key()).MintLasting(claims);
  std::printf("access key id      %s\nsecret access key  %s\nuntil              %s\n",
              keys.access_key_id.c_str(), keys.secret_access_key.c_str(),
              FormatDateTime(keys.expires_at).c_str());
  return {};
}

int Finish(const Status& status) { return status.ok() ? 0 : Fail(status.error()); }

}  // namespace

int ShareCreateVerb(const Arguments& arguments) { return Finish(CreateShare(arguments)); }
int ShareListVerb(const Arguments& arguments) { return Finish(ListShares(arguments)); }
int ShareDeleteVerb(const Arguments& arguments) { return Finish(DeleteShare(arguments)); }
int SharePublishVerb(const Arguments& arguments) { return Finish(Publish(arguments)); }
int ShareTablesVerb(const Arguments& arguments) { return Finish(ListTables(arguments)); }
int ShareWithdrawVerb(const Arguments& arguments) { return Finish(Withdraw(arguments)); }
int ShareGrantVerb(const Arguments& arguments) { return Finish(Grant(arguments, true)); }
int ShareTakeVerb(const Arguments& arguments) { return Finish(Grant(arguments, false)); }
int RecipientCreateVerb(const Arguments& arguments) { return Finish(CreateRecipient(arguments)); }
int RecipientRotateVerb(const Arguments& arguments) { return Finish(RotateRecipient(arguments)); }
int RecipientListVerb(const Arguments& arguments) { return Finish(ListRecipients(arguments)); }
int RecipientKeysVerb(const Arguments& arguments) { return Finish(MakeKeys(arguments)); }
int RecipientRevokeVerb(const Arguments& arguments) { return Finish(RevokeRecipient(arguments)); }

}  // namespace boathouse::app
