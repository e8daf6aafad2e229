#include "lakehouse/lakehouse.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "lakehouse/catalogs.h"
#include "lakehouse/duck.h"

namespace boathouse::lakehouse {
namespace {

namespace fs = std::filesystem;

constexpr char model_uri[] = "semantic://model";
constexpr size_t model_bytes_max = 4u << 20;
// A catalog whose server is away is not asked for again before.
constexpr Micros attach_again_micros = 2'000'000;

enum class TableKind { kDelta, kParquet };

struct TableFolder {
  std::string schema;
  std::string name;
  std::string path;
  TableKind kind;
};

bool HasParquet(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".parquet") return true;
  }
  return false;
}

std::vector<fs::path> Subfolders(const fs::path& folder, std::error_code* error) {
  std::vector<fs::path> folders;
  for (fs::directory_iterator it(folder, *error), end; !*error && it != end; it.increment(*error)) {
    std::error_code ignored;
    if (it->is_directory(ignored)) folders.push_back(it->path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

// Every table folder under `tables`, sorted by schema and name.
Result<std::vector<TableFolder>> FindTables(const fs::path& tables) {
  std::vector<TableFolder> found;
  std::error_code error;
  const std::vector<fs::path> schemas = Subfolders(tables, &error);
  if (error) {
    return Error(ErrorKind::kUnavailable,
                 "cannot read the lakehouse folder " + tables.string() + ": " + error.message());
  }
  for (const fs::path& schema : schemas) {
    for (const fs::path& table : Subfolders(schema, &error)) {
      std::error_code ignored;
      const bool is_delta = fs::is_directory(table / "_delta_log", ignored);
      if (!is_delta && !HasParquet(table)) continue;
      found.push_back({schema.filename().string(), table.filename().string(), table.string(),
                       is_delta ? TableKind::kDelta : TableKind::kParquet});
    }
  }
  return found;
}

// The places where a packaged or a freshly built binary keeps its extensions.
std::vector<fs::path> ExtensionPlaces(const std::string& configured) {
  if (!configured.empty()) return {configured};
  std::error_code error;
  const fs::path binary = fs::read_symlink("/proc/self/exe", error).parent_path();
  return {binary / "lib" / "duckdb_extensions",
          binary / ".." / "lib" / "boathouse" / "duckdb_extensions"};
}

Status LoadExtension(Duck& duck, const std::string& configured, const std::string& name) {
  const std::string extension_file = name + ".duckdb_extension";
  std::string looked;
  for (const fs::path& place : ExtensionPlaces(configured)) {
    const fs::path file = place / extension_file;
    std::error_code error;
    if (!fs::is_regular_file(file, error)) {
      looked += (looked.empty() ? "" : ", ") + place.string();
      continue;
    }
    if (Status loaded = duck.Execute("LOAD " + SqlLiteral(file.string())); !loaded.ok()) {
      return Error(ErrorKind::kUnavailable, "the " + name + " extension " + file.string() +
                                                " does not load: " + loaded.error().message);
    }
    return {};
  }
  return Error(ErrorKind::kUnavailable, extension_file + " was not found in " + looked);
}

Status LoadDelta(Duck& duck, const std::string& configured) {
  Status loaded = LoadExtension(duck, configured, "delta");
  if (loaded.ok()) return loaded;
  return Error(ErrorKind::kUnavailable, "cannot read Delta tables: " + loaded.error().message);
}

Json ColumnsJson(const std::vector<Column>& columns) {
  Json list = Json::Array();
  for (const Column& column : columns) {
    list.Append(Json::Object({{"name", column.name}, {"type", column.type}}));
  }
  return list;
}

Json StringProperty(const char* description) {
  return Json::Object({{"type", "string"}, {"description", description}});
}

Json ObjectSchema(Json properties, Json required) {
  return Json::Object({{"type", "object"},
                       {"properties", std::move(properties)},
                       {"required", std::move(required)},
                       {"additionalProperties", false}});
}

Json ArrayOf(Json items) { return Json::Object({{"type", "array"}, {"items", std::move(items)}}); }

Json ColumnListSchema() {
  return ArrayOf(ObjectSchema(Json::Object({{"name", Json::Object({{"type", "string"}})},
                                            {"type", Json::Object({{"type", "string"}})}}),
                              Json::Array({"name", "type"})));
}

constexpr mcp::ToolAnnotations reads_only = {
    .read_only = true, .destructive = false, .idempotent = true, .open_world = false};

mcp::Tool QueryTool(size_t rows_max) {
  Json properties =
      Json::Object({{"query", StringProperty("One SELECT statement in DuckDB's SQL dialect.")},
                    {"max_rows", Json::Object({{"type", "integer"},
                                               {"minimum", 1},
                                               {"maximum", rows_max},
                                               {"description", "Rows to return at most."}})}});
  Json output =
      ObjectSchema(Json::Object({{"columns", ColumnListSchema()},
                                 {"rows", ArrayOf(Json::Object({{"type", "array"}}))},
                                 {"row_count", Json::Object({{"type", "integer"}})},
                                 {"truncated", Json::Object({{"type", "boolean"}})},
                                 {"elapsed_ms", Json::Object({{"type", "integer"}})}}),
                   Json::Array({"columns", "rows", "row_count", "truncated", "elapsed_ms"}));
  return {"execute_sql_read_only",
          "Run a read-only SQL query",
          "Runs one read-only SQL statement over the lakehouse's tables. Decimals, dates and large "
          "integers come as strings. Read semantic://model first: it says what the tables mean.",
          ObjectSchema(std::move(properties), Json::Array({"query"})),
          std::move(output),
          reads_only};
}

mcp::Tool ListTablesTool() {
  Json table = ObjectSchema(Json::Object({{"schema", Json::Object({{"type", "string"}})},
                                          {"name", Json::Object({{"type", "string"}})},
                                          {"format", Json::Object({{"type", "string"}})}}),
                            Json::Array({"schema", "name", "format"}));
  return {
      "list_tables",
      "List tables",
      "Lists the tables that can be queried, as schema.name.",
      ObjectSchema(Json::Object(), Json::Array()),
      ObjectSchema(Json::Object({{"tables", ArrayOf(std::move(table))}}), Json::Array({"tables"})),
      reads_only};
}

mcp::Tool DescribeTableTool() {
  return {"describe_table",
          "Describe a table",
          "The columns of one table and their types.",
          ObjectSchema(Json::Object({{"table", StringProperty("schema.name")}}),
                       Json::Array({"table"})),
          ObjectSchema(Json::Object({{"table", Json::Object({{"type", "string"}})},
                                     {"columns", ColumnListSchema()}}),
                       Json::Array({"table", "columns"})),
          reads_only};
}

// A DuckDB with what it can read. Catalogs can be attached only before it is locked, so that one that comes
// later means another engine; statements that run keep theirs.
struct Engine {
  std::unique_ptr<Duck> duck;
  std::vector<AttachedCatalog> catalogs;
  std::map<std::string, TableFolder> views;
  bool delta_loaded = false;
  bool locked = false;
};

class DuckLakehouse : public Lakehouse {
 public:
  DuckLakehouse(LakehouseOptions options, DuckOptions duck_options)
      : options_(std::move(options)), duck_options_(std::move(duck_options)) {}

  // The first engine: with the catalogs, if their servers are there already.
  Status Start() {
    const std::lock_guard lock(mutex_);
    AttachCatalogs();
    if (engine_ != nullptr) return {};
    ASSIGN(engine_, OpenEngine({}));
    return {};
  }

  // The engine as it is to answer now: makes views for the folders that have none yet, drops those whose
  // folder has gone, and attaches catalogs that have come.
  Result<std::shared_ptr<Engine>> Refresh() {
    const std::lock_guard lock(mutex_);
    AttachCatalogs();
    TRY(RefreshViews(*engine_));
    return engine_;
  }

  void Mount(http::Router& router) override {
    router.Add("GET", "/health", [](http::Request&) {
      return http::Response::JsonBody(200, Json::Object({{"status", "ok"}}));
    });
    mcp::ServerOptions server;
    server.info = {"boathouse-lakehouse", "Boathouse lakehouse", "1.0",
                   "Read-only SQL over this lakehouse's tables. Read semantic://model first."};
    mcp::MountServer(router, "/mcp", std::move(server), *this,
                     [this](const http::Request& request) { return Authenticate(request); });
  }

  Result<Json> Query(std::string_view sql, size_t rows_max,
                     const Cancellation& cancellation) override {
    ASSIGN(const std::shared_ptr<Engine> engine, Refresh());
    QueryLimits limits;
    limits.rows_max = rows_max == 0 ? options_.rows_max : std::min(rows_max, options_.rows_max);
    limits.bytes_max = options_.bytes_max;
    limits.timeout_ms = options_.query_timeout_ms;
    const Micros begin = MonotonicMicros();
    ASSIGN(QueryTable table, engine->duck->QueryReadOnly(sql, limits, cancellation));
    Json rows = Json::Array();
    const size_t count = table.rows.size();
    for (JsonArray& row : table.rows) rows.Append(Json(std::move(row)));
    return Json::Object({{"columns", ColumnsJson(table.columns)},
                         {"rows", std::move(rows)},
                         {"row_count", count},
                         {"truncated", table.truncated},
                         {"elapsed_ms", (MonotonicMicros() - begin) / 1000}});
  }

  std::vector<mcp::Tool> ListTools(const mcp::CallContext&) override {
    return {QueryTool(options_.rows_max), ListTablesTool(), DescribeTableTool()};
  }

  Result<mcp::ToolResult> CallTool(const mcp::CallContext& context, std::string_view name,
                                   const Json& arguments) override {
    if (name == "execute_sql_read_only") {
      const auto rows_max = static_cast<size_t>(arguments["max_rows"].AsInt().value_or(0));
      return Answer(Query(arguments["query"].AsString(), rows_max, context.cancellation));
    }
    if (name == "list_tables") return Answer(ListTables());
    if (name == "describe_table") {
      return Answer(DescribeTable(arguments["table"].AsString(), context.cancellation));
    }
    return Error(ErrorKind::kNotFound, "unknown tool " + std::string(name));
  }

  std::vector<mcp::Resource> ListResources(const mcp::CallContext&) override {
    std::error_code error;
    if (!fs::is_regular_file(ModelPath(), error)) return {};
    return {{model_uri, "semantic-model", "Semantic model",
             "Metrics, dimensions, joins and synonyms of the tables, in the shape of Apache Ossie "
             "0.2.",
             "application/json"}};
  }

  Result<Json> ReadResource(const mcp::CallContext&, std::string_view uri) override {
    const Error missing(ErrorKind::kNotFound, "no such resource: " + std::string(uri));
    if (uri != model_uri) return missing;
    std::error_code error;
    const uintmax_t bytes = fs::file_size(ModelPath(), error);
    if (error) return missing;
    if (bytes > model_bytes_max) return Error(ErrorKind::kTooLarge, "semantic.json is over 4 MiB");
    std::ifstream file(ModelPath(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return Error(ErrorKind::kUnavailable, "cannot read semantic.json");
    return Json::Array({Json::Object(
        {{"uri", model_uri}, {"mimeType", "application/json"}, {"text", std::move(text).str()}})});
  }

 private:
  fs::path TablesPath() const { return fs::path(options_.root) / "tables"; }
  fs::path ModelPath() const { return fs::path(options_.root) / "semantic.json"; }

  static std::string NameOf(const TableFolder& folder) { return folder.schema + "." + folder.name; }

  fs::path CatalogsPath() const { return fs::path(options_.root) / "catalogs.json"; }

  Result<std::shared_ptr<Engine>> OpenEngine(std::vector<AttachedCatalog> catalogs) {
    auto engine = std::make_shared<Engine>();
    ASSIGN(engine->duck, Duck::Open(duck_options_));
    if (!catalogs.empty()) {
      for (const char* name : {"avro", "httpfs", "iceberg"}) {
        TRY(LoadExtension(*engine->duck, options_.extension_directory, name));
      }
    }
    for (const AttachedCatalog& catalog : catalogs) TRY(Attach(*engine->duck, catalog));
    engine->catalogs = std::move(catalogs);
    TRY(RefreshViews(*engine));
    TryToLoadDelta(*engine);
    TRY(Lock(*engine));
    return engine;
  }

  // Catalogs that the file names now and that the engine has not. A server that is away, or a file that is
  // wrong, leaves things as they are.
  void AttachCatalogs() {
    const Micros now = MonotonicMicros();
    if (now < attach_again_at_) return;
    Result<std::vector<AttachedCatalog>> named = ReadCatalogs(CatalogsPath().string());
    if (named.ok() &&
        *named == (engine_ == nullptr ? std::vector<AttachedCatalog>() : engine_->catalogs)) {
      return;
    }
    Result<std::shared_ptr<Engine>> opened =
        named.ok() ? OpenEngine(*named) : Result<std::shared_ptr<Engine>>(named.error());
    if (!opened.ok()) {
      LogSkipped("catalogs.json", opened.error());
      attach_again_at_ = now + attach_again_micros;
      return;
    }
    engine_ = *std::move(opened);
    skipped_.erase("catalogs.json");
    Log(LogLevel::kInfo, "catalogs_attached", {{"count", engine_->catalogs.size()}});
  }

  Status RefreshViews(Engine& engine) {
    ASSIGN(const std::vector<TableFolder> found, FindTables(TablesPath()));
    TRY(DropViewsWithoutFolder(engine, found));
    for (const TableFolder& folder : found) {
      const std::string name = NameOf(folder);
      const auto known = engine.views.find(name);
      if (known != engine.views.end() && known->second.kind == folder.kind) continue;
      if (Status made = MakeView(engine, folder); !made.ok()) {
        if (!engine.locked) return made;
        // A table that came later and is broken must not take the others with it.
        LogSkipped(name, made.error());
        continue;
      }
      skipped_.erase(name);
      engine.views.insert_or_assign(name, folder);
    }
    return {};
  }

  // From here on no statement reads outside ROOT/tables and the attached catalogs, or changes a setting.
  Status Lock(Engine& engine) {
    std::string places = SqlLiteral(TablesPath().string() + "/");
    for (const AttachedCatalog& catalog : engine.catalogs) {
      places += ", " + SqlLiteral(catalog.uri + "/") + ", " + SqlLiteral(catalog.files);
    }
    const std::string settings[] = {
        "SET allowed_directories = [" + places + "]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    };
    for (const std::string& setting : settings) TRY(engine.duck->Execute(setting));
    engine.locked = true;
    return {};
  }

  // An extension can be loaded only before the lock, and Delta tables may come after it. Without any
  // a lakehouse of Parquet files does not need the extension.
  void TryToLoadDelta(Engine& engine) {
    if (engine.delta_loaded) return;
    if (const Status loaded = LoadDelta(*engine.duck, options_.extension_directory); !loaded.ok()) {
      Log(LogLevel::kInfo, "delta_not_loaded", {{"reason", loaded.error().message}});
      return;
    }
    engine.delta_loaded = true;
  }

  static Status DropViewsWithoutFolder(Engine& engine, const std::vector<TableFolder>& found) {
    for (auto view = engine.views.begin(); view != engine.views.end();) {
      const bool exists = std::any_of(found.begin(), found.end(), [&](const TableFolder& folder) {
        return NameOf(folder) == view->first;
      });
      if (exists) {
        ++view;
        continue;
      }
      TRY(engine.duck->Execute("DROP VIEW IF EXISTS " + SqlIdentifier(view->second.schema) + "." +
                               SqlIdentifier(view->second.name)));
      Log(LogLevel::kInfo, "table_gone", {{"table", view->first}});
      view = engine.views.erase(view);
    }
    return {};
  }

  // Once, although every query looks for tables.
  void LogSkipped(const std::string& name, const Error& error) {
    if (!skipped_.insert(name).second) return;
    Log(LogLevel::kWarning, "table_skipped", {{"table", name}, {"reason", error.message}});
  }

  Status MakeView(Engine& engine, const TableFolder& folder) {
    if (folder.kind == TableKind::kDelta && !engine.delta_loaded) {
      if (engine.locked) {
        return Error(ErrorKind::kUnavailable,
                     "the delta extension was not found at the start: restart with it");
      }
      TRY(LoadDelta(*engine.duck, options_.extension_directory));
      engine.delta_loaded = true;
    }
    const std::string schema = SqlIdentifier(folder.schema);
    TRY(engine.duck->Execute("CREATE SCHEMA IF NOT EXISTS " + schema));
    const std::string scan = folder.kind == TableKind::kDelta
                                 ? "delta_scan(" + SqlLiteral(folder.path) + ")"
                                 : "read_parquet(" + SqlLiteral(folder.path + "/*.parquet") + ")";
    Status made = engine.duck->Execute("CREATE OR REPLACE VIEW " + schema + "." +
                                       SqlIdentifier(folder.name) + " AS SELECT * FROM " + scan);
    if (made.ok()) return made;
    return Error(ErrorKind::kUnavailable, "the table " + folder.schema + "." + folder.name +
                                              " cannot be read: " + made.error().message);
  }

  Result<std::shared_ptr<const void>> Authenticate(const http::Request& request) const {
    if (!options_.bearer_token.empty() &&
        !ConstantTimeEquals(request.BearerToken(), options_.bearer_token)) {
      return Error(ErrorKind::kUnauthenticated, "this lakehouse wants its bearer token");
    }
    return std::shared_ptr<const void>();
  }

  // A failed query is an answer the caller can act on, not a protocol error.
  static Result<mcp::ToolResult> Answer(Result<Json> result) {
    if (!result.ok()) return mcp::ToolResult::Failure(result.error().message);
    return mcp::ToolResult::Structured(std::move(result).value());
  }

  Result<Json> ListTables() {
    ASSIGN(const std::shared_ptr<Engine> engine, Refresh());
    Json tables = Json::Array();
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [name, folder] : engine->views) {
        tables.Append(
            Json::Object({{"schema", folder.schema},
                          {"name", folder.name},
                          {"format", folder.kind == TableKind::kDelta ? "delta" : "parquet"}}));
      }
    }
    for (const AttachedCatalog& catalog : engine->catalogs) {
      ASSIGN(const QueryTable found,
             engine->duck->Query("SELECT schema_name, table_name FROM duckdb_tables() WHERE "
                                 "database_name = " +
                                     SqlLiteral(catalog.name) + " ORDER BY ALL",
                                 {}));
      for (const JsonArray& row : found.rows) {
        // What can be said with two names is; other namespaces take the catalog's name before them.
        const std::string schema(row[0].AsString());
        tables.Append(Json::Object(
            {{"schema", schema == catalog.name_space ? catalog.name : catalog.name + "." + schema},
             {"name", row[1]},
             {"format", "iceberg"}}));
      }
    }
    return Json::Object({{"tables", std::move(tables)}});
  }

  Result<Json> DescribeTable(std::string_view table, const Cancellation& cancellation) {
    ASSIGN(const std::shared_ptr<Engine> engine, Refresh());
    ASSIGN(const Json listed, ListTables());
    std::string sql;
    for (const Json& each : listed["tables"].items()) {
      const std::string schema(each["schema"].AsString());
      const std::string name(each["name"].AsString());
      if (schema + "." + name != table) continue;
      const size_t dot = each["format"].AsString() == "iceberg" ? schema.find('.') : schema.npos;
      sql = "SELECT * FROM " +
            (dot == schema.npos ? SqlIdentifier(schema)
                                : SqlIdentifier(schema.substr(0, dot)) + "." +
                                      SqlIdentifier(schema.substr(dot + 1))) +
            "." + SqlIdentifier(name) + " LIMIT 0";
    }
    if (sql.empty()) {
      return Error(ErrorKind::kInvalid,
                   "no table " + std::string(table) + "; list_tables names them all");
    }
    QueryLimits limits;
    limits.timeout_ms = options_.query_timeout_ms;
    ASSIGN(const QueryTable described, engine->duck->Query(sql, limits, cancellation));
    return Json::Object({{"table", table}, {"columns", ColumnsJson(described.columns)}});
  }

  const LakehouseOptions options_;
  const DuckOptions duck_options_;
  std::mutex mutex_;  // of what follows, and of the engine's views
  std::shared_ptr<Engine> engine_;
  Micros attach_again_at_ = 0;
  std::set<std::string> skipped_;  // what is in the log already
};

}  // namespace

Result<std::unique_ptr<Lakehouse>> Lakehouse::Open(const LakehouseOptions& options) {
  std::error_code error;
  LakehouseOptions absolute = options;
  absolute.root = fs::weakly_canonical(options.root, error).string();
  if (error) return Error(ErrorKind::kUnavailable, "cannot find the folder " + options.root);
  DuckOptions duck_options;
  duck_options.memory_mb = options.memory_mb;
  duck_options.threads = options.threads;
  auto lakehouse = std::make_unique<DuckLakehouse>(std::move(absolute), std::move(duck_options));
  TRY(lakehouse->Start());
  return std::unique_ptr<Lakehouse>(std::move(lakehouse));
}

}  // namespace boathouse::lakehouse
