#pragma once
// Sharing decides who outside the CRM reads what: recipients, the shares they are granted, and the tables
// in those shares. Delta Sharing, Iceberg REST and the endpoint of table files all ask here, and nothing
// is decided a second time elsewhere. What is published is kept by Publications (publications.h), who
// reads by Recipients (recipients.h), what was read by the UsageLog (usage.h).
//
// A request comes in three steps: Authenticate makes a Reader of its token; FindShare and FindTable look
// up what the reader was granted (what was not looks like what is not there); Record notes what was read.
// A Reader sees one state of everything: a change counts from the next request on. None of this reads the
// store, so a request pays microseconds.
//
// The share `boathouse`, schema `crm`, is there by itself: every object's whole table, custom objects from
// the moment they exist. It masks nothing, and nobody reads it until it is granted.
//
// Safe to use from many threads.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/auth.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "crm/crm.h"
#include "sharing/publications.h"
#include "sharing/recipients.h"
#include "sharing/usage.h"
#include "store/store.h"
#include "tables/tables.h"

namespace boathouse::sharing {

struct State;  // private: all shares and recipients at one moment

// A table as a recipient reads it.
struct SharedTable {
  Id id;        // of the publication; the same for ever, whatever becomes of the table's versions
  Id share_id;  // of its share
  std::string share, schema, name;  // spelled as published, whatever the request wrote
  std::string comment;
  // Of the catalog; lives as long as the catalog. tables::Table::name() is what MayRead takes.
  tables::Table* table = nullptr;
  // Whether older versions and changes may be read, and back to which moment (0: all that is kept).
  bool with_history = false;
  Micros history_from = 0;
  // Of Iceberg metadata: 2, or 3 (row lineage, deletion vectors), which only readers of the whole history get.
  int format_version = 2;
};

// Who asks. A value; cheap to copy. For as long as it is held, the answers about it do not change.
struct Reader {
  Id recipient;  // stable for the recipient's life: file URLs and keys name it
  std::string name;
  std::string address;          // where the request came from, as it was handed in
  Micros token_expires_at = 0;  // of the credential it came with; 0: never
  std::shared_ptr<const State> state;
};

// An answer of the token endpoint (RFC 6749, section 5.1).
struct OAuthToken {
  std::string access_token;
  int64_t expires_in_s = 0;
};

inline constexpr Micros access_token_micros = 3600LL * 1'000'000;
// A request line or header longer than this holds none of our tokens.
inline constexpr size_t credential_chars_max = 1024;

// All of it outlives the Sharing.
struct Parts {
  store::Store& store;
  crm::Crm& crm;
  auth::AuditLog& audit;
  const Clock& clock;
  IdSource& ids;
  // nullptr, as in command-line verbs: shares and recipients can be kept, but no table is found.
  tables::Catalog* catalog = nullptr;
  // Signs access tokens and page tokens; at least 32 random bytes that only this server knows.
  std::string signing_key = {};
};

class Sharing {
 public:
  // Reads what is kept. Recipients of earlier versions of this program are taken over.
  static Result<std::unique_ptr<Sharing>> Open(const Parts& parts);
  ~Sharing();  // writes what was recorded and not yet written

  // --- Who asks.

  // The reader of a bearer token or an access token that comes from `address` ("" when not known).
  // kUnauthenticated: missing, unknown, revoked or expired, and the message says which and what to do;
  // kForbidden: the address is not on the recipient's list.
  Result<Reader> Authenticate(std::string_view token, std::string_view address);

  // The client-credentials grant: an access token for access_token_micros. `client_id` is the recipient's
  // id; the secret is its client secret, or its bearer token. Unknown scopes are nobody's concern here.
  // kUnauthenticated (invalid_client on the wire) and kForbidden as in Authenticate. Costs no more than
  // Authenticate does.
  Result<OAuthToken> IssueToken(std::string_view client_id, std::string_view client_secret,
                                std::string_view address);
  // A new access token for one that holds (or for a bearer token): token exchange of Iceberg clients.
  Result<OAuthToken> ExchangeToken(std::string_view token, std::string_view address);

  // --- What they read. Names are compared without regard to ASCII case.

  // The granted shares, by name.
  std::vector<Share> Shares(const Reader& reader) const;
  Result<Share> FindShare(const Reader& reader, std::string_view share) const;  // kNotFound
  // The names of a share's schemas, sorted; kNotFound as FindShare.
  Result<std::vector<std::string>> Schemas(const Reader& reader, std::string_view share) const;
  // The tables of a share, or of one schema of it, by schema and name. A table whose definition does not
  // fit the model any more is left out; FindTable tells why.
  Result<std::vector<SharedTable>> Tables(const Reader& reader, std::string_view share,
                                          std::string_view schema = {}) const;
  // kNotFound names what there is not: share, schema or table. kConflict when the table's definition names
  // a field that is gone.
  Result<SharedTable> FindTable(const Reader& reader, std::string_view share,
                                std::string_view schema, std::string_view table) const;

  // Whether that recipient (Reader::recipient, as text) may read the catalog's table of that name at this
  // moment, from that address: what answers for file URLs and keys that were handed out earlier.
  // kForbidden when not; the message says whether the recipient or the grant is gone.
  Status MayRead(std::string_view recipient, std::string_view table_name,
                 std::string_view address = {}) const;

  // The moment back to which that recipient may read the table's past, by the widest of its grants (0: all
  // that is kept); nullopt: the newest version alone.
  std::optional<Micros> HistoryFrom(std::string_view recipient, std::string_view table_name) const;

  // Notes what a request read: call it once for each request of a Reader that was answered or refused.
  // Never waits; see UsageLog.
  void Record(Usage usage);

  // --- Keeping it.
  Publications& publications();
  Recipients& recipients();
  UsageLog& usage();

 private:
  struct Impl;
  explicit Sharing(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace boathouse::sharing
