#include "lakehouse/delta_table.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/bytes.h"
#include "base/json.h"

namespace boathouse::lakehouse {
namespace {

namespace fs = std::filesystem;

constexpr char data_file[] = "part-00000.zstd.parquet";

std::string SqlType(const std::string& delta_type) {
  if (delta_type == "string") return "VARCHAR";
  if (delta_type == "long") return "BIGINT";
  return delta_type;  // integer, date, boolean, decimal(p,s) are spelled alike
}

std::string CastList(const std::vector<DeltaColumn>& columns) {
  std::string list;
  for (const DeltaColumn& column : columns) {
    if (!list.empty()) list += ", ";
    const std::string name = SqlIdentifier(column.name);
    list += "CAST(" + name + " AS " + SqlType(column.type) + ") AS " + name;
  }
  return list;
}

std::string SchemaString(const std::vector<DeltaColumn>& columns) {
  Json fields = Json::Array();
  for (const DeltaColumn& column : columns) {
    fields.Append(Json::Object({{"name", column.name},
                                {"type", column.type},
                                {"nullable", true},
                                {"metadata", Json::Object()}}));
  }
  return Json::Object({{"type", "struct"}, {"fields", std::move(fields)}}).Dump();
}

// A column's bound as the Delta log writes it: numbers as numbers, everything else as strings.
Json StatValue(const DeltaColumn& column, const Json& text) {
  if (text.is_null()) return nullptr;
  const bool number =
      column.type == "long" || column.type == "integer" || column.type.starts_with("decimal");
  return number ? Json::NumberText(std::string(text.AsString())) : text;
}

// The stats of the `add` action. They let a reader skip the file, so they must be exact.
Result<std::string> Stats(Duck& duck, const std::string& file,
                          const std::vector<DeltaColumn>& columns) {
  std::string sql = "SELECT count(*)::VARCHAR";
  for (const DeltaColumn& column : columns) {
    const std::string name = SqlIdentifier(column.name);
    sql += ", min(" + name + ")::VARCHAR, max(" + name + ")::VARCHAR, (count(*) - count(" + name +
           "))::VARCHAR";
  }
  sql += " FROM read_parquet(" + SqlLiteral(file) + ")";
  ASSIGN(const QueryTable table, duck.Query(sql, QueryLimits{}));
  if (table.rows.empty()) return Error(ErrorKind::kInternal, "no statistics for " + file);
  const JsonArray& cells = table.rows.front();
  Json minimum = Json::Object();
  Json maximum = Json::Object();
  Json nulls = Json::Object();
  for (size_t i = 0; i < columns.size(); ++i) {
    minimum.Set(columns[i].name, StatValue(columns[i], cells[1 + 3 * i]));
    maximum.Set(columns[i].name, StatValue(columns[i], cells[2 + 3 * i]));
    nulls.Set(columns[i].name, Json::NumberText(std::string(cells[3 + 3 * i].AsString())));
  }
  return Json::Object({{"numRecords", Json::NumberText(std::string(cells[0].AsString()))},
                       {"minValues", std::move(minimum)},
                       {"maxValues", std::move(maximum)},
                       {"nullCount", std::move(nulls)}})
      .Dump();
}

std::string Commit(const DeltaTable& table, uintmax_t file_bytes, const std::string& stats,
                   int64_t created_ms) {
  const Json actions[] = {
      Json::Object({{"commitInfo", Json::Object({{"timestamp", created_ms},
                                                 {"operation", "CREATE TABLE AS SELECT"},
                                                 {"engineInfo", "boathouse"}})}}),
      Json::Object(
          {{"protocol", Json::Object({{"minReaderVersion", 1}, {"minWriterVersion", 2}})}}),
      Json::Object(
          {{"metaData", Json::Object({{"id", table.id},
                                      {"name", fs::path(table.directory).filename().string()},
                                      {"description", table.description},
                                      {"format", Json::Object({{"provider", "parquet"},
                                                               {"options", Json::Object()}})},
                                      {"schemaString", SchemaString(table.columns)},
                                      {"partitionColumns", Json::Array()},
                                      {"configuration", Json::Object()},
                                      {"createdTime", created_ms}})}}),
      Json::Object({{"add", Json::Object({{"path", data_file},
                                          {"partitionValues", Json::Object()},
                                          {"size", static_cast<unsigned long>(file_bytes)},
                                          {"modificationTime", created_ms},
                                          {"dataChange", true},
                                          {"stats", stats}})}}),
  };
  std::string lines;
  for (const Json& action : actions) {
    action.DumpTo(&lines);
    lines.push_back('\n');
  }
  return lines;
}

}  // namespace

Status WriteDeltaTable(Duck& duck, const DeltaTable& table, int64_t created_ms) {
  std::error_code error;
  fs::remove_all(table.directory, error);
  fs::create_directories(table.directory + "/_delta_log", error);
  if (error) {
    return Error(ErrorKind::kUnavailable,
                 "cannot make " + table.directory + ": " + error.message());
  }
  const std::string file = table.directory + "/" + data_file;
  TRY(duck.Execute("COPY (SELECT " + CastList(table.columns) + " FROM (" + table.select + ")) TO " +
                   SqlLiteral(file) + " (FORMAT parquet, COMPRESSION zstd)"));
  ASSIGN(const std::string stats, Stats(duck, file, table.columns));
  const uintmax_t file_bytes = fs::file_size(file, error);
  if (error) return Error(ErrorKind::kUnavailable, "cannot read " + file);
  std::ofstream log(table.directory + "/_delta_log/00000000000000000000.json", std::ios::binary);
  log << Commit(table, file_bytes, stats, created_ms);
  log.close();
  if (!log) return Error(ErrorKind::kUnavailable, "cannot write the log of " + table.directory);
  return {};
}

}  // namespace boathouse::lakehouse
