// Credentials that strangers send: identity tokens, key sets, sealed and signed texts, scopes, return paths.
// Nothing that was made up is taken for real, whatever it is.
#include "auth/id_token.h"
#include "auth/oidc.h"
#include "auth/scopes.h"
#include "auth/seal.h"
#include "base/signed_token.h"
#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  using namespace boathouse;
  static const std::string key(32, 'k');
  static const auth::Seal seal(key);
  FUZZ_CHECK(!seal.Open("fuzz", input));
  FUZZ_CHECK(!ReadSignedToken(key, "fuzz", input));

  const std::string path = auth::SafeReturnPath(input);
  FUZZ_CHECK(path.starts_with("/") && !path.starts_with("//") && !path.starts_with("/\\"));
  FUZZ_CHECK(path.find_first_of("\r\n\t ") == std::string::npos);

  static const auth::KeySet nobody;
  FUZZ_CHECK(!auth::VerifyIdToken(input, nobody, {"i", "c", "n", 1}).ok());
  if (const auto header = auth::ReadIdTokenHeader(input); header.ok()) {
    FUZZ_CHECK(!nobody.HasKey(header->kid, header->algorithm));
  }

  const auto json = Json::Parse(input);
  if (!json.ok()) return;
  if (const auto keys = auth::KeySet::Parse(*json); keys.ok()) {
    FUZZ_CHECK(keys->size() <= auth::provider_keys_max);
    FUZZ_CHECK(!keys->Verify("ES256", "", "text", std::string(64, '\1')));
    FUZZ_CHECK(!keys->Verify("RS256", "", "text", std::string(256, '\1')));
  }
  static const auto model = model::Model::Standard();
  if (const auto scopes = auth::Scopes::Parse(*json, *model, "/scopes"); scopes.ok()) {
    FUZZ_CHECK(auth::Scopes::FromStored(scopes->ToJson()) == *scopes);
  }
}
