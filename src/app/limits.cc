#include "app/limits.h"

#include <cstdint>
#include <cstdio>

#include "app/demo_data.h"
#include "assistant/assistant.h"
#include "auth/auth.h"
#include "base/json.h"
#include "crm/attachments.h"
#include "crm/crm.h"
#include "crm/csv.h"
#include "crm/export.h"
#include "crm/filter.h"
#include "crm/hierarchy.h"
#include "crm/import.h"
#include "crm/import_jobs.h"
#include "crm/quotes.h"
#include "crm/views.h"
#include "http/http.h"
#include "lakehouse/lakehouse.h"
#include "mcp/mcp.h"
#include "sharing/sharing.h"
#include "sources/sources.h"
#include "surfaces/delta_sharing/delta_sharing.h"
#include "surfaces/rest/rest.h"
#include "tables/changes.h"
#include "tables/definition.h"
#include "tables/selection.h"
#include "tables/tables.h"

namespace boathouse::app {
namespace {

template <typename Number>
void Print(const char* module, const char* name, Number value) {
  std::printf("%-10s %-28s %llu\n", module, name, static_cast<unsigned long long>(value));
}

// Of shares, recipients and what they read.
void PrintSharingLimits() {
  Print("sharing", "body_bytes_max", delta_sharing::body_bytes_max);
  Print("sharing", "page_items_max", delta_sharing::page_items_max);
  Print("sharing", "url_life_micros", delta_sharing::url_life_micros);
  Print("sharing", "predicate_hint_bytes_max", delta_sharing::predicate_hint_bytes_max);
  Print("sharing", "async_queries_max", delta_sharing::async_queries_max);
  Print("sharing", "async_query_bytes_max", delta_sharing::async_query_bytes_max);
  Print("sharing", "idempotency_key_chars_max", delta_sharing::idempotency_key_chars_max);
  Print("sharing", "shares_max", sharing::shares_max);
  Print("sharing", "share_tables_max", sharing::share_tables_max);
  Print("sharing", "share_name_chars_max", sharing::share_name_chars_max);
  Print("sharing", "recipients_max", sharing::recipients_max);
  Print("sharing", "recipient_addresses_max", sharing::recipient_addresses_max);
  Print("sharing", "recipient_tokens_max", sharing::recipient_tokens_max);
  Print("sharing", "recipient_days_max", sharing::recipient_days_max);
  Print("sharing", "activation_hours_max", sharing::activation_hours_max);
  Print("sharing", "grace_hours_max", sharing::grace_hours_max);
  Print("sharing", "access_token_micros", sharing::access_token_micros);
  Print("sharing", "usage_rows_waiting_max", sharing::usage_rows_waiting_max);
  Print("sharing", "usage_pages_max", sharing::usage_pages_max);
  Print("sharing", "usage_page_rows_max", sharing::usage_page_rows_max);
  Print("sharing", "usage_days_max", sharing::usage_days_max);
}

// Of filters, groups and views.
void PrintListLimits() {
  Print("crm", "filter_chars_max", crm::filter_chars_max);
  Print("crm", "filter_depth_max", crm::filter_depth_max);
  Print("crm", "filter_relations_max", crm::filter_relations_max);
  Print("crm", "group_keys_max", crm::group_keys_max);
  Print("crm", "group_aggregates_max", crm::group_aggregates_max);
  Print("crm", "group_rows_max", crm::group_rows_max);
  Print("crm", "groups_max", store::groups_max);
  Print("crm", "views_max", crm::views_max);
  Print("crm", "view_columns_max", crm::view_columns_max);
}

}  // namespace

void PrintLimits() {
  Print("base", "json_depth_max", json_depth_max);
  Print("http", "body_bytes_max", http::body_bytes_max);
  Print("http", "header_bytes_max", http::header_bytes_max);
  const http::ServerOptions server;
  Print("http", "worker_threads", server.worker_threads);
  Print("http", "queue_max", server.queue_max);
  Print("http", "connections_max", server.connections_max);
  Print("http", "body_bytes_in_flight_max", server.body_bytes_in_flight_max);
  Print("http", "body_bytes_uncounted", http::body_bytes_uncounted);
  Print("http", "spooled_bodies_max", http::spooled_bodies_max);
  Print("http", "body_bytes_per_s_min", server.body_bytes_per_s_min);
  Print("http", "idle_timeout_s", server.idle_timeout_s);
  Print("http", "read_timeout_s", server.read_timeout_s);
  Print("http", "write_timeout_s", server.write_timeout_s);
  Print("auth", "password_chars_min", auth::password_chars_min);
  Print("auth", "password_chars_max", auth::password_chars_max);
  Print("auth", "sign_in_failures_max", auth::sign_in_failures_max);
  Print("auth", "sign_in_lock_micros", auth::sign_in_lock_micros);
  Print("auth", "session_micros", auth::session_micros);
  Print("crm", "page_size_default", crm::page_size_default);
  Print("crm", "page_size_max", crm::page_size_max);
  Print("crm", "batch_records_max", crm::batch_records_max);
  PrintListLimits();
  Print("crm", "filter_terms_max", crm::filter_terms_max);
  Print("crm", "order_fields_max", crm::order_fields_max);
  Print("crm", "search_chars_max", crm::search_chars_max);
  Print("crm", "csv_bytes_max", crm::csv_bytes_max);
  Print("crm", "csv_row_bytes_max", crm::csv_row_bytes_max);
  Print("crm", "csv_columns_max", crm::csv_columns_max);
  Print("crm", "csv_cell_bytes_max", crm::csv_cell_bytes_max);
  Print("crm", "import_files_max", crm::import_files_max);
  Print("crm", "import_rows_max", crm::import_rows_max);
  Print("crm", "import_portion_rows", crm::import_portion_rows);
  Print("crm", "import_jobs_waiting_max", crm::import_jobs_waiting_max);
  Print("crm", "import_spool_bytes_max", crm::import_spool_bytes_max);
  Print("crm", "exports_max", crm::exports_max);
  Print("crm", "attachment_bytes_max", crm::attachment_bytes_max);
  Print("crm", "quote_lines_max", crm::quote_lines_max);
  Print("crm", "descendants_max", crm::descendants_max);
  Print("tables", "group_rows_max", tables::group_rows_max);
  Print("tables", "small_groups_max", tables::small_groups_max);
  Print("tables", "files_max", tables::files_max);
  Print("tables", "changes_versions_max", tables::changes_versions_max);
  Print("tables", "predicate_nodes_max", tables::predicate_nodes_max);
  Print("tables", "mask_characters_max", tables::mask_characters_max);
  const tables::CatalogOptions catalog;
  Print("tables", "history_bytes_max", catalog.history_bytes_max);
  Print("tables", "waiters_max", catalog.waiters_max);
  Print("tables", "waiters_patience_ms", catalog.waiters_patience.count());
  Print("assistant", "question_bytes_max", assistant::question_bytes_max);
  Print("assistant", "conversations_max", assistant::conversations_max);
  Print("assistant", "conversation_entries_max", assistant::conversation_entries_max);
  Print("rest", "record_body_bytes_max", rest::record_body_bytes_max);
  Print("rest", "credential_body_bytes_max", rest::credential_body_bytes_max);
  Print("rest", "import_body_bytes_max", rest::import_body_bytes_max);
  Print("rest", "import_at_once_bytes_max", rest::import_at_once_bytes_max);
  Print("rest", "upload_body_bytes_max", rest::upload_body_bytes_max);
  PrintSharingLimits();
  Print("mcp", "sessions_max", mcp::ServerOptions().sessions_max);
  Print("sources", "rows_max_default", sources::rows_max_default);
  Print("sources", "bytes_max_default", sources::bytes_max_default);
  Print("sources", "timeout_ms_default", sources::timeout_ms_default);
  Print("lakehouse", "rows_max_default", lakehouse::rows_max_default);
  Print("lakehouse", "bytes_max_default", lakehouse::bytes_max_default);
  Print("lakehouse", "query_timeout_ms_default", lakehouse::query_timeout_ms_default);
  Print("app", "demo_scale_max", demo_scale_max);
}

}  // namespace boathouse::app
