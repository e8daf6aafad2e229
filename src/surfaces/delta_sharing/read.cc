#include "surfaces/delta_sharing/read.h"

#include <algorithm>
#include <utility>

#include "surfaces/delta_sharing/input.h"
#include "surfaces/delta_sharing/tokens.h"

namespace boathouse::delta_sharing {
namespace {

constexpr Micros second_micros = 1'000'000;

using VersionResult = Result<std::shared_ptr<const tables::TableVersion>>;

// What is not kept was asked for wrongly.
Error NotKept(const Error& error, const sharing::SharedTable& table, const std::string& what) {
  if (error.kind != ErrorKind::kNotFound) return error;
  return Invalid(what + " is not available" + KeptVersions(table));
}

// The version and the id of the table whose it is. kUnavailable when the table is defined anew all the time.
template <typename Get>
Result<Read> ReadBy(const sharing::SharedTable& table, bool pinned, const std::string& what,
                    Get get) {
  constexpr int tries_max = 5;
  for (int i = 0; i < tries_max; ++i) {
    ASSIGN(const Id before, table.table->id());
    VersionResult version = get();
    if (!version.ok())
      return what.empty() ? version.error() : NotKept(version.error(), table, what);
    ASSIGN(const Id after, table.table->id());
    if (before == after) return Read{*std::move(version), pinned, after};
  }
  return Error(ErrorKind::kUnavailable, "the table is being defined anew; ask again");
}

}  // namespace

Status RequireHistory(const sharing::SharedTable& table) {
  if (table.with_history) return {};
  return Invalid("this share shows tables as they are now: it has no older versions or changes");
}

std::string KeptVersions(const sharing::SharedTable& table) {
  const auto versions = table.table->Versions();
  if (!versions.ok() || versions->empty()) return "";
  const Result<int64_t> first = FirstVersion(table);
  const int64_t oldest = std::max(versions->front().version, first.ok() ? *first : 0);
  return "; versions " + std::to_string(oldest) + " to " +
         std::to_string(versions->back().version) + " can be read";
}

Result<int64_t> FirstVersion(const sharing::SharedTable& table) {
  if (table.history_from == 0) return int64_t{0};
  // The version of that time may be older than it, and hold what was gone by then.
  ASSIGN(const auto versions, table.table->Versions());
  for (const tables::VersionInfo& version : versions) {
    if (version.time >= table.history_from) return version.version;
  }
  return versions.back().version;
}

Result<Read> ReadAt(const sharing::SharedTable& table, const Point& point, bool marked) {
  if (!point.version && !point.time) {
    return ReadBy(table, false, "",
                  [&] { return marked ? table.table->CurrentMarked() : table.table->Current(); });
  }
  TRY(RequireHistory(table));
  int64_t number = point.version.value_or(-1);
  std::string what = "version " + std::to_string(number);
  if (point.time) {
    what = "a version of " + FormatDateTime(*point.time);
    const VersionResult at = table.table->AtTime(*point.time);
    if (!at.ok()) return NotKept(at.error(), table, what);
    number = (*at)->version;
  }
  ASSIGN(const int64_t first, FirstVersion(table));
  if (number < first) return NotKept({ErrorKind::kNotFound, ""}, table, what);
  return ReadBy(table, true, what,
                [&] { return marked ? table.table->AtMarked(number) : table.table->At(number); });
}

Result<Read> ReadAgain(const sharing::SharedTable& table, int64_t version, bool marked) {
  return ReadBy(table, false, "the version of the token",
                [&] { return marked ? table.table->AtMarked(version) : table.table->At(version); });
}

Result<TableFacts> FactsOf(const Services& services, const sharing::SharedTable& table,
                           const Id& id) {
  TableFacts facts{id.ToString(), table.name, table.comment, "", table.with_history};
  ASSIGN(facts.location, LocationOf(services, *table.table));
  return facts;
}

Json MakePin(const std::string& table_id, int64_t version, Micros expires_at) {
  return Json::Object({{"t", table_id}, {"v", version}, {"e", expires_at}});
}

std::string SignPin(const Services& services, std::string_view recipient, std::string_view purpose,
                    const Json& pin) {
  return MakeToken(services.token_secret, std::string(purpose) + ":" + std::string(recipient), pin);
}

Result<Json> ReadPin(const Call& call, const sharing::SharedTable& table, std::string_view purpose,
                     std::string_view token) {
  ASSIGN(Json pin, ReadToken(call.services().token_secret,
                             std::string(purpose) + ":" + call.recipient(), token));
  ASSIGN(const Id id, table.table->id());
  if (pin["t"].AsString() != id.ToString()) return Invalid("the token is of another table");
  if (pin["e"].AsInt().value_or(0) <= call.services().clock.Now()) {
    return Invalid("the token has expired; ask for the table again");
  }
  return pin;
}

Micros UrlsExpireAt(const Clock& clock) {
  // Rounded up, so that no URL lives shorter than promised.
  return ((clock.Now() + url_life_micros + second_micros - 1) / second_micros) * second_micros;
}

}  // namespace boathouse::delta_sharing
