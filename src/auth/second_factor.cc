#include "auth/second_factor.h"

#include "auth/totp.h"
#include "base/bytes.h"

namespace boathouse::auth {
namespace {

// Key: user id. {"secret", "confirmed_at" (0: not yet), "last_step", "recovery": [digest]}
constexpr const char* collection = "auth.totp";
constexpr size_t code_chars_max = 64;

Error WrongCode(ErrorKind kind) {
  Error error(kind,
              "the code is wrong, was used before, or its time is over; type the one the app shows "
              "now");
  error.fields.push_back({"/code", "wrong_code", error.message});
  return error;
}

// As people type it: without spaces and dashes, in small letters, o for 0, i and l for 1.
std::string Plain(std::string_view code) {
  std::string plain;
  for (const char c : AsciiLower(code.substr(0, code_chars_max))) {
    if (c == ' ' || c == '-') continue;
    plain += c == 'o' ? '0' : c == 'i' || c == 'l' ? '1' : c;
  }
  return plain;
}

}  // namespace

std::vector<std::string> NewRecoveryCodes() {
  constexpr std::string_view letters = "0123456789abcdefghjkmnpqrstvwxyz";  // 32: no bias
  std::vector<std::string> codes;
  for (size_t i = 0; i < recovery_codes_made; ++i) {
    std::string code;
    for (const char byte : RandomBytes(12)) {
      if (code.size() == 4 || code.size() == 9) code += '-';
      code += letters[static_cast<unsigned char>(byte) % letters.size()];
    }
    codes.push_back(std::move(code));
  }
  return codes;
}

Result<std::string> SecondFactor::SecretOf(const Json& body, const Id& user) const {
  std::optional<std::string> secret =
      seal_.Open("totp " + user.ToString(), body["secret"].AsString());
  if (secret) return std::move(*secret);
  return Error(
      ErrorKind::kCorrupt,
      "the authenticator secret of a user cannot be opened: the server's key is not the one "
      "it was sealed with; an administrator can reset the user's two-step sign-in");
}

std::string SecondFactor::DigestOf(const Id& user, std::string_view code) const {
  return seal_.Digest("recovery " + user.ToString(), Plain(code));
}

Json SecondFactor::Digests(const Id& user, const std::vector<std::string>& codes) const {
  Json digests = Json::Array();
  for (const std::string& code : codes) digests.Append(DigestOf(user, code));
  return digests;
}

Result<SecondFactor::State> SecondFactor::StateOf(store::Reader& reader, const Id& user) const {
  ASSIGN(const std::optional<Json> body, reader.GetDocument(collection, user.ToString()));
  State state;
  if (!body) return state;
  state.enabled_at = (*body)["confirmed_at"].AsInt().value_or(0);
  state.enabled = state.enabled_at != 0;
  state.recovery_codes_left = (*body)["recovery"].size();
  return state;
}

Status SecondFactor::Begin(store::Transaction& transaction, const Id& user,
                           std::string_view secret) const {
  ASSIGN(const State state, StateOf(transaction, user));
  if (state.enabled) {
    return Error(ErrorKind::kConflict,
                 "two-step sign-in is on already; turn it off first to set up another app");
  }
  return transaction.PutDocument(
      collection, user.ToString(),
      Json::Object({{"secret", seal_.Close("totp " + user.ToString(), secret)},
                    {"confirmed_at", 0},
                    {"last_step", 0},
                    {"recovery", Json::Array()}}));
}

Status SecondFactor::Confirm(store::Transaction& transaction, const Id& user, std::string_view code,
                             const std::vector<std::string>& recovery_codes) const {
  ASSIGN(std::optional<Json> body, transaction.GetDocument(collection, user.ToString()));
  if (!body || (*body)["confirmed_at"].AsInt().value_or(0) != 0) {
    return Error(ErrorKind::kConflict,
                 body ? "two-step sign-in is on already"
                      : "nothing is to be confirmed; ask for a new secret first");
  }
  ASSIGN(const std::string secret, SecretOf(*body, user));
  const auto step = VerifyTotp(secret, Plain(code), transaction.now(), 0);
  if (!step) return WrongCode(ErrorKind::kInvalid);
  body->Set("confirmed_at", transaction.now());
  body->Set("last_step", *step);
  body->Set("recovery", Digests(user, recovery_codes));
  return transaction.PutDocument(collection, user.ToString(), *body);
}

Result<std::string> SecondFactor::Accept(store::Transaction& transaction, const Id& user,
                                         std::string_view code) const {
  ASSIGN(std::optional<Json> body, transaction.GetDocument(collection, user.ToString()));
  if (!body || (*body)["confirmed_at"].AsInt().value_or(0) == 0) {
    return Error(ErrorKind::kConflict, "two-step sign-in is not on");
  }
  ASSIGN(const std::string secret, SecretOf(*body, user));
  const auto step =
      VerifyTotp(secret, Plain(code), transaction.now(), (*body)["last_step"].AsInt().value_or(0));
  const std::string digest = DigestOf(user, code);
  Json left = Json::Array();
  bool used = false;
  for (const Json& known : (*body)["recovery"].items()) {
    if (ConstantTimeEquals(known.AsString(), digest)) {
      used = true;
    } else {
      left.Append(known);
    }
  }
  if (step) {
    body->Set("last_step", *step);
  } else if (used) {
    body->Set("recovery", std::move(left));
  } else {
    return WrongCode(ErrorKind::kUnauthenticated);
  }
  TRY(transaction.PutDocument(collection, user.ToString(), *body));
  return std::string(step ? "totp" : "recovery_code");
}

Status SecondFactor::ReplaceRecoveryCodes(store::Transaction& transaction, const Id& user,
                                          const std::vector<std::string>& codes) const {
  ASSIGN(std::optional<Json> body, transaction.GetDocument(collection, user.ToString()));
  if (!body) return Error(ErrorKind::kConflict, "two-step sign-in is not on");
  body->Set("recovery", Digests(user, codes));
  return transaction.PutDocument(collection, user.ToString(), *body);
}

Status SecondFactor::Remove(store::Transaction& transaction, const Id& user) const {
  return transaction.DeleteDocument(collection, user.ToString());
}

}  // namespace boathouse::auth
