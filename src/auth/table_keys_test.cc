#include "auth/table_keys.h"

#include <doctest/doctest.h>

#include "auth/sigv4.h"
#include "base/bytes.h"

namespace boathouse::auth {
namespace {

constexpr Micros now = 1'764'000'000'000'000;
constexpr Micros minute = 60'000'000;
constexpr const char* recipient = "01930000-0000-7000-8000-000000000001";

TableKeyClaims Claims(std::vector<std::string> tables = {"accounts", "contacts"}) {
  return {recipient, std::move(tables), now + 60 * minute, 3};
}

std::string CodeOf(const Result<TableKeys::Found>& found) {
  return found.ok() ? "" : std::string(S3Code(found.error()));
}

TEST_CASE("vended keys carry their claims, and are the same for the same claims") {
  const TableKeys keys("a secret of the server");
  const VendedKeys vended = keys.Mint(Claims());
  CHECK(vended.access_key_id.size() == 28);
  CHECK(vended.secret_access_key.size() == 40);
  CHECK(vended.expires_at == now + 60 * minute);
  CHECK(vended.session_token == keys.Mint(Claims()).session_token);
  CHECK(vended.secret_access_key == keys.Mint(Claims()).secret_access_key);
  CHECK(vended.secret_access_key != keys.Mint(Claims({"accounts"})).secret_access_key);

  const auto found = keys.Find(vended.access_key_id, vended.session_token, now);
  REQUIRE(found.ok());
  CHECK(found->secret_access_key == vended.secret_access_key);
  CHECK(found->claims.recipient == recipient);
  CHECK(found->claims.tables == std::vector<std::string>{"accounts", "contacts"});
  CHECK(found->claims.expires_at == now + 60 * minute);
  CHECK(found->claims.epoch == 3);
  CHECK(found->claims.Covers("accounts"));
  CHECK(!found->claims.Covers("account"));
  CHECK(!found->claims.Covers(""));
  CHECK(Claims({}).Covers("anything"));
}

TEST_CASE("vended keys are honoured a little longer than they say, and no longer") {
  const TableKeys keys("secret");
  const VendedKeys vended = keys.Mint(Claims());
  const auto at = [&](Micros time) {
    return CodeOf(keys.Find(vended.access_key_id, vended.session_token, time));
  };
  CHECK(at(vended.expires_at + vended_keys_grace_micros - 1) == "");
  CHECK(at(vended.expires_at + vended_keys_grace_micros) == "ExpiredToken");
}

TEST_CASE("a session token belongs to its key, its server and nobody else") {
  const TableKeys keys("secret");
  const VendedKeys vended = keys.Mint(Claims());
  const VendedKeys other = keys.Mint(Claims({"deals"}));
  CHECK(CodeOf(keys.Find(vended.access_key_id, other.session_token, now)) == "InvalidToken");
  CHECK(CodeOf(keys.Find(other.access_key_id, vended.session_token, now)) == "InvalidToken");
  CHECK(CodeOf(keys.Find(vended.access_key_id, "", now)) == "InvalidToken");
  CHECK(CodeOf(keys.Find(vended.access_key_id, vended.session_token + "A", now)) == "InvalidToken");
  CHECK(CodeOf(TableKeys("other").Find(vended.access_key_id, vended.session_token, now)) ==
        "InvalidToken");
  CHECK(CodeOf(keys.Find("AKIAIOSFODNN7EXAMPLE", vended.session_token, now)) ==
        "InvalidAccessKeyId");
  CHECK(CodeOf(keys.Find("", "", now)) == "InvalidAccessKeyId");
}

TEST_CASE("lasting keys need no token, name no table, and end when they say") {
  const TableKeys keys("secret");
  const VendedKeys lasting = keys.MintLasting(Claims());
  CHECK(lasting.session_token.empty());
  CHECK(lasting.access_key_id.size() <= 128);
  const auto found = keys.Find(lasting.access_key_id, "", now);
  REQUIRE(found.ok());
  CHECK(found->secret_access_key == lasting.secret_access_key);
  CHECK(found->claims.recipient == recipient);
  CHECK(found->claims.tables.empty());
  CHECK(found->claims.epoch == 3);
  CHECK(CodeOf(keys.Find(lasting.access_key_id, "", lasting.expires_at)) == "ExpiredToken");
  CHECK(CodeOf(keys.Find(lasting.access_key_id, "token", now)) == "InvalidToken");
}

TEST_CASE("a lasting key id cannot be made up or changed") {
  const TableKeys keys("secret");
  const std::string id = keys.MintLasting(Claims()).access_key_id;
  CHECK(CodeOf(TableKeys("other").Find(id, "", now)) == "InvalidAccessKeyId");
  for (size_t at = 4; at < id.size(); ++at) {
    std::string changed = id;
    changed[at] = changed[at] == '0' ? '1' : '0';
    CHECK_MESSAGE(CodeOf(keys.Find(changed, "", now)) == "InvalidAccessKeyId", at);
  }
  CHECK(CodeOf(keys.Find(id + "00", "", now)) == "InvalidAccessKeyId");
  CHECK(CodeOf(keys.Find(id.substr(0, id.size() - 2), "", now)) == "InvalidAccessKeyId");
  CHECK(CodeOf(keys.Find("BHAK", "", now)) == "InvalidAccessKeyId");
  CHECK(CodeOf(keys.Find("BHAKnot hexadecimal", "", now)) == "InvalidAccessKeyId");
  // Another spelling of the same id is found, but its secret is not the one that was handed out.
  const auto lower = keys.Find("BHAK" + AsciiLower(id.substr(4)), "", now);
  REQUIRE(lower.ok());
  CHECK(lower->secret_access_key != keys.MintLasting(Claims()).secret_access_key);
}

}  // namespace
}  // namespace boathouse::auth
