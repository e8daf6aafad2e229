#include "app/limits.h"

#include <cstdint>
#include <cstdio>

#include "app/demo_data.h"
#include "auth/auth.h"
#include "base/json.h"
#include "crm/crm.h"
#include "crm/csv.h"
#include "crm/import.h"
#include "http/http.h"
#include "lakehouse/lakehouse.h"
#include "sources/sources.h"

namespace boathouse::app {
namespace {

void Print(const char* module, const char* name, uint64_t value) {
  std::printf("%-10s %-28s %llu\n", module, name, static_cast<unsigned long long>(value));
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
  Print("http", "idle_timeout_s", static_cast<uint64_t>(server.idle_timeout_s));
  Print("http", "read_timeout_s", static_cast<uint64_t>(server.read_timeout_s));
  Print("http", "write_timeout_s", static_cast<uint64_t>(server.write_timeout_s));
  Print("auth", "password_chars_min", auth::password_chars_min);
  Print("auth", "password_chars_max", auth::password_chars_max);
  Print("auth", "sign_in_failures_max", static_cast<uint64_t>(auth::sign_in_failures_max));
  Print("auth", "sign_in_lock_micros", static_cast<uint64_t>(auth::sign_in_lock_micros));
  Print("auth", "session_micros", static_cast<uint64_t>(auth::session_micros));
  Print("crm", "page_size_default", crm::page_size_default);
  Print("crm", "page_size_max", crm::page_size_max);
  Print("crm", "batch_records_max", crm::batch_records_max);
  Print("crm", "filter_chars_max", crm::filter_chars_max);
  Print("crm", "filter_depth_max", crm::filter_depth_max);
  Print("crm", "filter_terms_max", crm::filter_terms_max);
  Print("crm", "order_fields_max", crm::order_fields_max);
  Print("crm", "search_chars_max", crm::search_chars_max);
  Print("crm", "csv_bytes_max", crm::csv_bytes_max);
  Print("crm", "csv_columns_max", crm::csv_columns_max);
  Print("crm", "csv_cell_bytes_max", crm::csv_cell_bytes_max);
  Print("crm", "import_files_max", crm::import_files_max);
  Print("crm", "import_rows_max", crm::import_rows_max);
  Print("sources", "rows_max_default", sources::rows_max_default);
  Print("sources", "bytes_max_default", sources::bytes_max_default);
  Print("sources", "timeout_ms_default", static_cast<uint64_t>(sources::timeout_ms_default));
  Print("lakehouse", "rows_max_default", lakehouse::rows_max_default);
  Print("lakehouse", "bytes_max_default", lakehouse::bytes_max_default);
  Print("lakehouse", "query_timeout_ms_default",
        static_cast<uint64_t>(lakehouse::query_timeout_ms_default));
  Print("app", "demo_scale_max", demo_scale_max);
}

}  // namespace boathouse::app
