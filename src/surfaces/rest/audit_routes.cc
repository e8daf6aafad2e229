// The audit log, for administrators: in pages, and as a CSV file.
#include "surfaces/rest/credentials.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

constexpr size_t csv_rows_read = 500;  // at once
constexpr size_t csv_piece_bytes = 64u << 10;
constexpr const char* csv_head =
    "at,kind,outcome,actor_id,actor_name,address,surface,subject,detail\r\n";

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json EntryJson(const auth::AuditEntry& entry) {
  return Json::Object(
      {{"id", entry.id},
       {"at", FormatDateTime(entry.at)},
       {"kind", auth::AuditKindName(entry.kind)},
       {"outcome", auth::AuditOutcomeName(entry.outcome)},
       {"actor", Json::Object({{"id", entry.actor.is_nil() ? Json() : Json(entry.actor.ToString())},
                               {"name", TextOrNull(entry.actor_name)}})},
       {"address", TextOrNull(entry.address)},
       {"surface", TextOrNull(entry.surface)},
       {"subject", TextOrNull(entry.subject)},
       {"detail", entry.detail}});
}

Result<std::optional<Micros>> ReadTime(const http::Request& request, std::string_view name) {
  const auto text = request.Query(name);
  if (!text) return std::optional<Micros>();
  const auto at = ParseDateTime(*text);
  if (at) return at;
  return Error::Field(std::string(name), "wrong_format",
                      std::string(name) + " must be a time such as 2026-11-24T00:00:00Z");
}

Result<auth::AuditLog::Filter> ReadFilter(const http::Request& request) {
  auth::AuditLog::Filter filter;
  ASSIGN(filter.from, ReadTime(request, "from"));
  ASSIGN(filter.before, ReadTime(request, "before"));
  if (const auto actor = request.Query("actor"); actor) {
    filter.actor = Id::Parse(*actor);
    if (!filter.actor) {
      return Error::Field("actor", "wrong_format", "actor must be the id of a user");
    }
  }
  if (const auto kind = request.Query("kind"); kind) {
    filter.kind = auth::ParseAuditKind(*kind);
    if (!filter.kind) {
      std::string known;
      for (const auth::AuditKind each : auth::AuditKinds()) {
        known += (known.empty() ? "" : ", ") + std::string(auth::AuditKindName(each));
      }
      return Error::Field("kind", "not_found", "there is no such kind; there are: " + known);
    }
  }
  if (const auto outcome = request.Query("outcome"); outcome) {
    filter.outcome = auth::ParseAuditOutcome(*outcome);
    if (!filter.outcome) {
      return Error::Field("outcome", "not_found",
                          "outcome is ok, failed, denied, locked or pending");
    }
  }
  return filter;
}

Status AllowAudit(const Call& call) {
  return call.services.crm.AllowAdministration(call.caller, "read the audit log");
}

Result<http::Response> ListAudit(Call& call) {
  TRY(AllowAudit(call));
  ASSIGN(const auth::AuditLog::Filter filter, ReadFilter(call.request));
  ASSIGN(const size_t size, ReadPageSize(call.request));
  if (size < 1 || size > auth::audit_page_max) {
    return Error::Field("page_size", "out_of_range",
                        "page_size must be between 1 and " + std::to_string(auth::audit_page_max));
  }
  ASSIGN(
      const auth::AuditLog::Page page,
      call.services.auth.audit().List(filter, size, call.request.Query("page_token").value_or("")));
  Json items = Json::Array();
  for (const auth::AuditEntry& entry : page.entries) items.Append(EntryJson(entry));
  Json body = Json::Object({{"items", std::move(items)}});
  if (!page.next.empty()) body.Set("next_page_token", page.next);
  return http::Response::JsonBody(200, body);
}

// A cell of RFC 4180. What a spreadsheet would take for a formula is kept from being one.
void AppendCell(std::string_view text, std::string* row) {
  const bool formula =
      !text.empty() && std::string_view("=+-@\t").find(text.front()) != std::string_view::npos;
  if (text.find_first_of(",\"\r\n") == std::string_view::npos && !formula) {
    *row += text;
    return;
  }
  *row += '"';
  if (formula) *row += '\'';
  for (const char c : text) {
    if (c == '"') *row += '"';
    *row += c;
  }
  *row += '"';
}

std::string CsvRow(const auth::AuditEntry& entry) {
  const std::string at = FormatDateTime(entry.at);
  const std::string actor = entry.actor.is_nil() ? "" : entry.actor.ToString();
  const std::string detail = entry.detail.is_null() ? "" : entry.detail.Dump();
  std::string row;
  for (const std::string_view cell :
       {std::string_view(at), auth::AuditKindName(entry.kind),
        auth::AuditOutcomeName(entry.outcome), std::string_view(actor),
        std::string_view(entry.actor_name), std::string_view(entry.address),
        std::string_view(entry.surface), std::string_view(entry.subject),
        std::string_view(detail)}) {
    if (!row.empty()) row += ',';
    AppendCell(cell, &row);
  }
  return row + "\r\n";
}

// Pages of the log as they are pulled: the file may be of any length and is nowhere whole.
class CsvSource : public http::BodySource {
 public:
  CsvSource(auth::AuditLog& log, const auth::AuditLog::Filter& filter)
      : log_(log), filter_(filter) {}

  Result<bool> Next(std::string* chunk) override {
    *chunk = started_ ? "" : csv_head;
    started_ = true;
    while (!done_ && chunk->size() < csv_piece_bytes) {
      ASSIGN(const auth::AuditLog::Page page, log_.List(filter_, csv_rows_read, next_));
      for (const auth::AuditEntry& entry : page.entries) *chunk += CsvRow(entry);
      next_ = page.next;
      done_ = next_.empty();
    }
    return !chunk->empty();
  }

 private:
  auth::AuditLog& log_;
  const auth::AuditLog::Filter filter_;
  std::string next_;
  bool started_ = false;
  bool done_ = false;
};

Result<http::Response> ExportAudit(Call& call) {
  TRY(AllowAudit(call));
  ASSIGN(auth::AuditLog::Filter filter, ReadFilter(call.request));
  auth::AuditLog& log = call.services.auth.audit();
  log.Record(auth::AuditEntry::By(call.caller.principal, call.caller.surface,
                                  auth::AuditKind::kExported, "audit log"));
  http::Response response;
  response.headers.Set("Content-Type", "text/csv; charset=utf-8");
  response.headers.Set("Content-Disposition", "attachment; filename=\"audit.csv\"");
  response.stream = std::make_unique<CsvSource>(log, filter);
  return response;
}

}  // namespace

std::vector<Route> AuditRoutes() {
  using enum Access;
  return {
      {"GET",
       "/audit",
       kSignedIn,
       Body::kNone,
       {"from", "before", "actor", "kind", "outcome", "page_size", "page_token"},
       ListAudit},
      {"GET",
       "/audit.csv",
       kSignedIn,
       Body::kNone,
       {"from", "before", "actor", "kind", "outcome"},
       ExportAudit},
  };
}

}  // namespace boathouse::rest
