#include "sharing/recipients.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/bytes.h"
#include "sharing/profile.h"
#include "sharing/publication_input.h"
#include "sharing/registry.h"
#include "sharing/usage.h"

namespace boathouse::sharing {
namespace {

constexpr size_t token_bytes = 32;
constexpr size_t token_id_chars = 16;
constexpr size_t echoed_chars_max = 60;
constexpr Micros hour_micros = 3600LL * 1'000'000;
constexpr Micros day_micros = 24 * hour_micros;

std::string NewToken(std::string_view prefix) {
  return std::string(prefix) + Base64UrlEncode(RandomBytes(token_bytes));
}

Error NoSuchRecipient(std::string_view name) {
  return {ErrorKind::kNotFound, "there is no recipient \"" +
                                    std::string(name.substr(0, echoed_chars_max)) +
                                    "\"; list them for their ids and names"};
}

Error NoSuchLink() {
  return {ErrorKind::kNotFound,
          "this activation link is unknown, was used already, or has expired; ask whoever sent it "
          "for a new one"};
}

Status AllowKeeping(const Registry& registry, const crm::Caller& caller) {
  return registry.parts().crm.AllowAdministration(caller, "see or keep recipients of shares");
}

auth::AuditEntry Noted(const crm::Caller& caller, auth::AuditKind kind, const std::string& name,
                       Json detail = {}) {
  return auth::AuditEntry::By(caller.principal, caller.surface, kind, "recipient " + name,
                              std::move(detail));
}

Recipient Shown(const State& state, const StoredRecipient& stored) {
  Recipient recipient;
  recipient.id = stored.id;
  recipient.name = stored.name;
  recipient.comment = stored.comment;
  recipient.kind = stored.kind;
  for (const auto& [_, share] : state.shares) {
    if (stored.shares.contains(share->share.id)) recipient.shares.push_back(share->share.name);
  }
  recipient.addresses = stored.addresses;
  recipient.created_at = stored.created_at;
  recipient.expires_at = stored.expires_at;
  for (const StoredToken& token : stored.tokens) {
    recipient.tokens.push_back(
        {token.digest.substr(0, token_id_chars), token.created_at, token.expires_at});
  }
  recipient.activation_expires_at = stored.activation_expires_at;
  recipient.activated_at = stored.activated_at;
  return recipient;
}

// Reads the members that say who a recipient is and what it may read.
class RecipientReader {
 public:
  RecipientReader(const State& state, Micros now, const Json& body, StoredRecipient* recipient)
      : state_(state), now_(now), body_(body), recipient_(*recipient) {}

  Status Read() {
    if (const Json* name = body_.Find("name")) {
      ASSIGN(recipient_.name, ReadLine(*name, "/name", recipient_name_chars_max));
    }
    if (recipient_.name.empty()) return Error::Field("/name", "required", "name is required");
    if (const Json* comment = body_.Find("comment")) {
      ASSIGN(recipient_.comment, ReadText(*comment, "/comment", recipient_comment_chars_max));
    }
    const Json* days = body_.Find("expires_in_days");
    if (days != nullptr && days->is_null()) {
      recipient_.expires_at = 0;
    } else if (days != nullptr) {
      ASSIGN(const int64_t count, ReadNumber(*days, "/expires_in_days", 1, recipient_days_max));
      recipient_.expires_at = now_ + count * day_micros;
    }
    TRY(ReadShares());
    return ReadAddresses();
  }

 private:
  Status ReadShares() {
    const Json* given = body_.Find("shares");
    if (given == nullptr) return Status::Ok();
    if (!given->is_array() || given->size() > shares_max) {
      return Error::Field("/shares", "wrong_type", "shares must be an array of names of shares");
    }
    recipient_.shares.clear();
    for (size_t i = 0; i < given->items().size(); ++i) {
      const std::string_view name = given->items()[i].AsString();
      const ShareEntry* share = name.empty() ? nullptr : state_.FindShare(name);
      if (share == nullptr) {
        return Error::Field("/shares/" + std::to_string(i), "not_found",
                            "there is no share \"" + std::string(name.substr(0, echoed_chars_max)) +
                                "\"; make it first");
      }
      recipient_.shares.insert(share->share.id);
    }
    return Status::Ok();
  }

  Status ReadAddresses() {
    const Json* given = body_.Find("addresses");
    if (given == nullptr) return Status::Ok();
    if (!given->is_array() && !given->is_null()) {
      return Error::Field("/addresses", "wrong_type",
                          "addresses must be an array of blocks such as 192.0.2.0/24");
    }
    if (given->size() > recipient_addresses_max) {
      return Error::Field("/addresses", "too_many",
                          "addresses may hold at most " + std::to_string(recipient_addresses_max) +
                              " blocks; wider ones hold more");
    }
    recipient_.addresses.clear();
    for (size_t i = 0; i < given->items().size(); ++i) {
      const Result<AddressBlock> block = AddressBlock::Parse(given->items()[i].AsString());
      if (!block.ok()) {
        return Error::Field("/addresses/" + std::to_string(i), "wrong_format",
                            block.error().message);
      }
      recipient_.addresses.push_back(block->text());
    }
    return Status::Ok();
  }

  const State& state_;
  const Micros now_;
  const Json& body_;
  StoredRecipient& recipient_;
};

// How a new credential comes to its recipient.
struct DeliveryWish {
  Delivery delivery = Delivery::kProfile;
  Micros link_micros = activation_hours_default * hour_micros;
};

Result<DeliveryWish> ReadDelivery(const Json& body) {
  DeliveryWish wish;
  if (const Json* deliver = body.Find("deliver")) {
    if (deliver->AsString() != "profile" && deliver->AsString() != "link") {
      return Error::Field("/deliver", "not_an_option", "deliver must be profile or link");
    }
    if (deliver->AsString() == "link") wish.delivery = Delivery::kLink;
  }
  if (const Json* hours = body.Find("link_hours")) {
    ASSIGN(const int64_t count, ReadNumber(*hours, "/link_hours", 1, activation_hours_max));
    wish.link_micros = count * hour_micros;
  }
  return wish;
}

Status ReadKind(const Json& body, ProfileKind* kind) {
  const Json* given = body.Find("authentication");
  if (given == nullptr) return Status::Ok();
  if (given->AsString() != "bearer" && given->AsString() != "oauth") {
    return Error::Field("/authentication", "not_an_option",
                        "authentication must be bearer (a token that every client takes) or oauth "
                        "(client credentials)");
  }
  *kind = given->AsString() == "oauth" ? ProfileKind::kOAuth : ProfileKind::kBearer;
  return Status::Ok();
}

// A new credential, and the profile that it stands in.
struct Made {
  StoredToken token;
  Json profile;
};

Made MakeCredential(const StoredRecipient& recipient, Micros now, const ServerUrl& server) {
  const bool oauth = recipient.kind == ProfileKind::kOAuth;
  const std::string secret = NewToken(oauth ? "bhs_" : "bhr_");
  return {{TokenDigest(secret), recipient.kind, now, 0},
          oauth ? OAuthProfile(server, recipient.id, secret, recipient.expires_at)
                : BearerProfile(server, secret, recipient.expires_at)};
}

// Adds a credential; of too many the oldest go.
void AddToken(const StoredToken& token, StoredRecipient* recipient) {
  std::vector<StoredToken>& tokens = recipient->tokens;
  tokens.push_back(token);
  if (tokens.size() > recipient_tokens_max) {
    tokens.erase(tokens.begin(), tokens.end() - static_cast<ptrdiff_t>(recipient_tokens_max));
  }
}

void SetLink(const std::string& token, Micros expires_at, StoredRecipient* recipient) {
  recipient->activation_digest = token.empty() ? "" : TokenDigest(token);
  recipient->activation_expires_at = token.empty() ? 0 : expires_at;
}

// What is to be handed out: a credential now, or a link. Made before the transaction, which may run twice.
struct HandOut {
  std::optional<Made> made;
  std::string link_token;
  Micros link_expires_at = 0;

  HandOut(const StoredRecipient& recipient, const DeliveryWish& wish, Micros now,
          const ServerUrl& server) {
    if (wish.delivery == Delivery::kProfile) {
      made = MakeCredential(recipient, now, server);
    } else {
      link_token = NewToken("");
      link_expires_at = now + wish.link_micros;
    }
  }
  void PutInto(StoredRecipient* recipient) const {
    if (made) AddToken(made->token, recipient);
    SetLink(link_token, link_expires_at, recipient);
  }
  Delivered Tell(Recipient recipient) const {
    Delivered delivered{std::move(recipient), {}, link_token};
    if (made) delivered.profile = made->profile;
    return delivered;
  }
};

Status CheckNew(store::Reader& reader, const StoredRecipient& recipient) {
  ASSIGN(const auto known, reader.ListDocuments(documents::recipients));
  bool is_new = true;
  for (const auto& [id, body] : known) {
    if (id == recipient.id.ToString()) {
      is_new = false;
    } else if (body["name"].AsString() == recipient.name) {
      const std::string taken = "there is a recipient of that name already";
      return Error(ErrorKind::kConflict, taken, {{"/name", "duplicate", taken}});
    }
  }
  if (!is_new || known.size() < recipients_max) return Status::Ok();
  return Error(ErrorKind::kConflict, "there may be at most " + std::to_string(recipients_max) +
                                         " recipients; revoke some that are no longer used");
}

// Changes a recipient as it is in the transaction.
Status Edit(store::Transaction& transaction, const Id& id,
            const std::function<Status(StoredRecipient&)>& edit) {
  const std::string key = id.ToString();
  ASSIGN(const auto body, transaction.GetDocument(documents::recipients, key));
  if (!body) return NoSuchRecipient(key);
  StoredRecipient recipient = RecipientFromStored(key, *body);
  TRY(edit(recipient));
  return transaction.PutDocument(documents::recipients, key, ToStored(recipient));
}

}  // namespace

std::string_view ProfileKindName(ProfileKind kind) {
  return kind == ProfileKind::kOAuth ? "oauth" : "bearer";
}

Result<std::vector<Recipient>> Recipients::List(const crm::Caller& caller) {
  TRY(AllowKeeping(registry_, caller));
  const std::shared_ptr<const State> state = registry_.Current();
  ASSIGN(const std::vector<UsageLog::LastUse> uses, usage_.LastUses());
  std::map<Id, const UsageLog::LastUse*> used;
  for (const UsageLog::LastUse& use : uses) used[use.recipient] = &use;
  std::vector<Recipient> recipients;
  for (const auto& [id, entry] : state->recipients) {
    recipients.push_back(Shown(*state, entry->stored));
    const auto use = used.find(id);
    if (use == used.end()) continue;
    recipients.back().used_at = use->second->at;
    recipients.back().used_from = use->second->address;
  }
  std::stable_sort(recipients.begin(), recipients.end(), [](const auto& a, const auto& b) {
    return AsciiLower(a.name) < AsciiLower(b.name);
  });
  return recipients;
}

Result<Recipient> Recipients::Get(const crm::Caller& caller, std::string_view recipient) {
  ASSIGN(const std::vector<Recipient> all, List(caller));
  const RecipientEntry* found = registry_.Current()->FindRecipient(recipient);
  for (const Recipient& each : all) {
    if (found != nullptr && each.id == found->stored.id) return each;
  }
  return NoSuchRecipient(recipient);
}

Result<Delivered> Recipients::Create(const crm::Caller& caller, const Json& body,
                                     const ServerUrl& server) {
  TRY(AllowKeeping(registry_, caller));
  TRY(CheckBody(body, "a recipient",
                {"name", "comment", "authentication", "shares", "addresses", "expires_in_days",
                 "deliver", "link_hours"}));
  const Micros now = registry_.parts().clock.Now();
  const std::shared_ptr<const State> state = registry_.Current();
  StoredRecipient recipient;
  recipient.id = registry_.parts().ids.Next();
  recipient.created_at = now;
  recipient.expires_at = now + recipient_days_default * day_micros;
  recipient.shares.insert(BuiltInShareId());
  TRY(RecipientReader(*state, now, body, &recipient).Read());
  TRY(ReadKind(body, &recipient.kind));
  ASSIGN(const DeliveryWish wish, ReadDelivery(body));
  const HandOut out(recipient, wish, now, server);
  out.PutInto(&recipient);
  const Recipient shown = Shown(*state, recipient);
  Json shares = Json::Array();
  for (const std::string& share : shown.shares) shares.Append(share);
  TRY(registry_.Change(
      Noted(caller, auth::AuditKind::kRecipientCreated, recipient.name,
            Json::Object({{"shares", shares},
                          {"authentication", ProfileKindName(recipient.kind)},
                          {"expires_at", recipient.expires_at == 0
                                             ? Json()
                                             : Json(FormatDateTime(recipient.expires_at))}})),
      [&](store::Transaction& transaction) -> Status {
        TRY(CheckNew(transaction, recipient));
        return transaction.PutDocument(documents::recipients, recipient.id.ToString(),
                                       ToStored(recipient));
      }));
  return out.Tell(shown);
}

Result<Recipient> Recipients::Update(const crm::Caller& caller, std::string_view name,
                                     const Json& patch) {
  TRY(AllowKeeping(registry_, caller));
  TRY(CheckBody(patch, "a recipient",
                {"name", "comment", "shares", "addresses", "expires_in_days"}));
  const std::shared_ptr<const State> state = registry_.Current();
  const RecipientEntry* found = state->FindRecipient(name);
  if (found == nullptr) return NoSuchRecipient(name);
  const Micros now = registry_.parts().clock.Now();
  StoredRecipient read = found->stored;
  TRY(RecipientReader(*state, now, patch, &read).Read());
  TRY(registry_.Change(
      Noted(caller, auth::AuditKind::kRecipientChanged, read.name, Json::Object({{"set", patch}})),
      [&](store::Transaction& transaction) -> Status {
        TRY(CheckNew(transaction, read));
        return Edit(transaction, read.id, [&](StoredRecipient& recipient) {
          return RecipientReader(*state, now, patch, &recipient).Read();
        });
      }));
  return Get(caller, read.id.ToString());
}

Result<Delivered> Recipients::Rotate(const crm::Caller& caller, std::string_view name,
                                     const Json& body, const ServerUrl& server) {
  TRY(AllowKeeping(registry_, caller));
  TRY(CheckBody(body, "a rotation", {"grace_hours", "deliver", "link_hours", "authentication"}));
  const std::shared_ptr<const State> state = registry_.Current();
  const RecipientEntry* found = state->FindRecipient(name);
  if (found == nullptr) return NoSuchRecipient(name);
  int64_t grace = grace_hours_default;
  if (const Json* hours = body.Find("grace_hours")) {
    ASSIGN(grace, ReadNumber(*hours, "/grace_hours", 0, grace_hours_max));
  }
  StoredRecipient next = found->stored;
  TRY(ReadKind(body, &next.kind));
  ASSIGN(const DeliveryWish wish, ReadDelivery(body));
  const Micros now = registry_.parts().clock.Now();
  const Micros ends_at = now + grace * hour_micros;
  const HandOut out(next, wish, now, server);
  TRY(registry_.Change(Noted(caller, auth::AuditKind::kRecipientChanged, next.name,
                             Json::Object({{"rotated", true}, {"grace_hours", grace}})),
                       [&](store::Transaction& transaction) {
                         return Edit(transaction, next.id, [&](StoredRecipient& recipient) {
                           recipient.kind = next.kind;
                           for (StoredToken& token : recipient.tokens) {
                             if (token.expires_at == 0 || token.expires_at > ends_at)
                               token.expires_at = ends_at;
                           }
                           out.PutInto(&recipient);
                           return Status::Ok();
                         });
                       }));
  ASSIGN(Recipient shown, Get(caller, next.id.ToString()));
  return out.Tell(std::move(shown));
}

Status Recipients::Revoke(const crm::Caller& caller, std::string_view name) {
  TRY(AllowKeeping(registry_, caller));
  const std::shared_ptr<const State> state = registry_.Current();
  const RecipientEntry* found = state->FindRecipient(name);
  if (found == nullptr) return NoSuchRecipient(name);
  const std::string key = found->stored.id.ToString();
  return registry_.Change(Noted(caller, auth::AuditKind::kRecipientRevoked, found->stored.name),
                          [&](store::Transaction& transaction) -> Status {
                            ASSIGN(const auto there,
                                   transaction.GetDocument(documents::recipients, key));
                            if (!there) return NoSuchRecipient(key);
                            return transaction.DeleteDocument(documents::recipients, key);
                          });
}

namespace {

Status ChangeGrant(Registry& registry, const crm::Caller& caller, std::string_view name,
                   std::string_view share_name, bool granted) {
  TRY(AllowKeeping(registry, caller));
  const std::shared_ptr<const State> state = registry.Current();
  const RecipientEntry* found = state->FindRecipient(name);
  if (found == nullptr) return NoSuchRecipient(name);
  const ShareEntry* share = state->FindShare(share_name);
  if (share == nullptr) {
    return Error(
        ErrorKind::kNotFound,
        "there is no share \"" + std::string(share_name.substr(0, echoed_chars_max)) + "\"");
  }
  return registry.Change(
      Noted(caller, granted ? auth::AuditKind::kAccessGranted : auth::AuditKind::kAccessRevoked,
            found->stored.name, Json::Object({{"share", share->share.name}})),
      [&](store::Transaction& transaction) {
        return Edit(transaction, found->stored.id, [&](StoredRecipient& recipient) {
          if (granted) {
            recipient.shares.insert(share->share.id);
          } else {
            recipient.shares.erase(share->share.id);
          }
          return Status::Ok();
        });
      });
}

}  // namespace

Status Recipients::Grant(const crm::Caller& caller, std::string_view recipient,
                         std::string_view share) {
  return ChangeGrant(registry_, caller, recipient, share, true);
}

Status Recipients::Withdraw(const crm::Caller& caller, std::string_view recipient,
                            std::string_view share) {
  return ChangeGrant(registry_, caller, recipient, share, false);
}

Result<Recipients::Waiting> Recipients::Peek(std::string_view activation_token) {
  const std::shared_ptr<const State> state = registry_.Current();
  const auto found = state->activations.find(TokenDigest(activation_token));
  if (found == state->activations.end()) return NoSuchLink();
  const StoredRecipient& recipient = found->second->stored;
  const Micros now = registry_.parts().clock.Now();
  if (recipient.activation_expires_at <= now) return NoSuchLink();
  if (recipient.expires_at != 0 && recipient.expires_at <= now) return NoSuchLink();
  return Waiting{recipient.name, recipient.kind, recipient.activation_expires_at};
}

Result<Delivered> Recipients::Activate(std::string_view activation_token, std::string_view address,
                                       const ServerUrl& server) {
  TRY(Peek(activation_token));
  const std::string digest = TokenDigest(activation_token);
  const std::shared_ptr<const State> state = registry_.Current();
  const auto found = state->activations.find(digest);
  if (found == state->activations.end()) return NoSuchLink();
  const RecipientEntry& entry = *found->second;
  if (!Admits(entry.blocks, address)) {
    return Error(ErrorKind::kForbidden, "this link cannot be used from " + std::string(address) +
                                            ": the address is not on the recipient's list");
  }
  const Micros now = registry_.parts().clock.Now();
  const Made made = MakeCredential(entry.stored, now, server);
  auth::AuditEntry noted;
  noted.kind = auth::AuditKind::kRecipientChanged;
  noted.actor_name = entry.stored.name;
  noted.address = address;
  noted.surface = "sharing";
  noted.subject = "recipient " + entry.stored.name;
  noted.detail = Json::Object({{"activated", true}});
  Recipient shown;
  TRY(registry_.Change(noted, [&](store::Transaction& transaction) {
    return Edit(transaction, entry.stored.id, [&](StoredRecipient& recipient) -> Status {
      // Of two who press at once, the second finds no link.
      if (recipient.activation_digest != digest) return NoSuchLink();
      SetLink("", 0, &recipient);
      recipient.activated_at = now;
      AddToken(made.token, &recipient);
      shown = Shown(*state, recipient);
      return Status::Ok();
    });
  }));
  return Delivered{std::move(shown), made.profile, {}};
}

}  // namespace boathouse::sharing
