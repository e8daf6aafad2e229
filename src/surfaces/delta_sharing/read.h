#pragma once
// Which version of a table an answer is of, and whether the reader may see it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "sharing/sharing.h"
#include "surfaces/delta_sharing/call.h"
#include "surfaces/delta_sharing/lines.h"
#include "tables/tables.h"

namespace boathouse::delta_sharing {

// A version that was chosen.
struct Read {
  std::shared_ptr<const tables::TableVersion> version;
  bool pinned = false;  // asked for by number or time: then lines carry version and timestamp
  Id table_id;          // whose version it is: a table that is defined anew has another id
};

// At most one of the two; neither: the newest version.
struct Point {
  std::optional<int64_t> version;
  std::optional<Micros> time;
};

// `marked` is the rendering (tables::Table). kInvalid for a version that is not kept, that is older than
// what the share shows, or for any version asked for where the share shows no history.
Result<Read> ReadAt(const sharing::SharedTable& table, const Point& point, bool marked);
// A version that the reader was given earlier, with a token of ours.
Result<Read> ReadAgain(const sharing::SharedTable& table, int64_t version, bool marked);

// kInvalid unless the share shows history.
Status RequireHistory(const sharing::SharedTable& table);
// The oldest version that the share shows: the first of its time of history or later, at least the newest.
Result<int64_t> FirstVersion(const sharing::SharedTable& table);
// "; versions 3 to 9 are kept", for messages.
std::string KeptVersions(const sharing::SharedTable& table);

Result<TableFacts> FactsOf(const Services& services, const sharing::SharedTable& table,
                           const Id& id);

// Tokens that pin a version: {"t": table id, "v": version, "e": expiry}, of one recipient. Members may be
// added. `purpose` says what the token continues.
Json MakePin(const std::string& table_id, int64_t version, Micros expires_at);
std::string SignPin(const Services& services, std::string_view recipient, std::string_view purpose,
                    const Json& pin);
Result<Json> ReadPin(const Call& call, const sharing::SharedTable& table, std::string_view purpose,
                     std::string_view token);

// The end of the life of URLs that are made now, in whole seconds: readers that ask within one second get
// the same URLs.
Micros UrlsExpireAt(const Clock& clock);

}  // namespace boathouse::delta_sharing
