#include "sources/lakehouse/normalise.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"

namespace boathouse::sources {
namespace {

constexpr int unwraps_max = 6;  // envelopes around the rows
constexpr size_t error_text_bytes_max = 2000;
constexpr int64_t json_integer_max = int64_t{1} << 53;
constexpr size_t epoch_digits_max = 12;
constexpr size_t fraction_digits_max = 9;
// The calendar of four-digit years: 0001-01-02 to 9999-12-31.
constexpr int64_t epoch_days_min = -719'161;  // a day less, for times before its midnight
constexpr int64_t epoch_days_max = 2'932'896;

Error Refused(std::string_view message) {
  std::string text(message.substr(0, error_text_bytes_max));
  if (text.empty()) text = "no reason given";
  return Error(ErrorKind::kInvalid, "the lakehouse refused the query: " + text);
}

Error NotUnderstood() {
  return Error(ErrorKind::kUnsupported, "the lakehouse's answer was not understood");
}

std::string TextOf(const mcp::ToolResult& result) {
  for (const Json& block : result.content.items()) {
    if (block["type"].AsString() == "text") return std::string(block["text"].AsString());
  }
  return {};
}

// The JSON of a string, when the string is a JSON object or array.
std::optional<Json> Inner(std::string_view text) {
  const std::string_view trimmed = TrimAscii(text);
  if (trimmed.empty() || (trimmed.front() != '{' && trimmed.front() != '[')) return std::nullopt;
  Result<Json> parsed = Json::Parse(trimmed);
  if (!parsed.ok()) return std::nullopt;
  return std::move(parsed).value();
}

// Takes envelopes off: {"result": "<json>"}, {"statement_response": {...}}, {"result_set": {...}}.
Json Unwrap(Json value) {
  for (int i = 0; i < unwraps_max; ++i) {
    if (value.is_string()) {
      std::optional<Json> inner = Inner(value.AsString());
      if (!inner.has_value()) return value;
      value = *std::move(inner);
      continue;
    }
    const Json* next = value.Find("statement_response");
    if (next == nullptr && value.size() == 1) next = value.Find("result");
    if (next == nullptr && value["data"].is_object()) next = value.Find("data");
    if (next == nullptr) return value;
    value = Json(*next);
  }
  return value;
}

// ---- Cells ----

Json IntegerCell(const Json& cell) {
  const std::string text(cell.is_string() ? cell.AsString() : cell.NumberAsText());
  const Result<Json> parsed = Json::Parse(text);
  if (!parsed.ok() || !parsed->is_number()) return cell;
  const std::optional<int64_t> value = parsed->AsInt();
  if (!value.has_value() || *value > json_integer_max || *value < -json_integer_max) return text;
  return *value;
}

Json BooleanCell(const Json& cell) {
  if (!cell.is_string()) return cell;
  const std::string text = AsciiLower(cell.AsString());
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return cell;
}

Json DoubleCell(const Json& cell) {
  if (!cell.is_string()) return cell;
  Result<Json> parsed = Json::Parse(cell.AsString());
  return parsed.ok() && parsed->is_number() ? std::move(parsed).value() : cell;
}

// YYYY-MM-DD. A date-time at midnight is what some drivers make of a date.
Json DateCell(const Json& cell) {
  const std::string_view text = cell.AsString();
  if (text.size() > 10 && text[4] == '-' && (text[10] == 'T' || text[10] == ' ')) {
    return text.substr(0, 10);
  }
  return cell;
}

// A cell as its column's type wants it. Numbers of decimal columns become strings by their own text.
Json Cell(const Json& cell, const std::string& type) {
  if (cell.is_null()) return nullptr;
  if (type == "integer") return IntegerCell(cell);
  if (type == "boolean") return BooleanCell(cell);
  if (type == "double") return DoubleCell(cell);
  if (type == "date") return DateCell(cell);
  if (cell.is_number()) return cell.NumberAsText();
  return cell;
}

// What a column of objects without types holds: the first cell that is not null tells.
std::string GuessType(const Json& cell) {
  if (cell.is_bool()) return "boolean";
  if (cell.is_array() || cell.is_object()) return "json";
  if (cell.is_number()) return cell.AsInt().has_value() ? "integer" : "double";
  const std::string_view text = cell.AsString();
  if (ParseDate(text).has_value()) return "date";
  if (text.size() >= 19 && text[4] == '-' && (text[10] == 'T' || text[10] == ' ')) {
    return "datetime";
  }
  return "text";
}

// Collects rows up to the limits.
class TableBuilder {
 public:
  TableBuilder(std::vector<Column> columns, const Limits& limits) : limits_(limits) {
    table_.columns = std::move(columns);
  }
  // False when the table is full.
  bool Add(JsonArray cells) {
    for (const Json& cell : cells) bytes_ += cell.is_string() ? cell.AsString().size() + 3 : 8;
    if (table_.rows.size() == limits_.rows_max || bytes_ > limits_.bytes_max) {
      table_.truncated = true;
      return false;
    }
    table_.rows.push_back(std::move(cells));
    return true;
  }
  void Cut() { table_.truncated = true; }
  ToolAnswer Finish() && {
    ToolAnswer answer;
    answer.table = std::move(table_);
    return answer;
  }
  const std::vector<Column>& columns() const { return table_.columns; }

 private:
  const Limits& limits_;
  Table table_;
  size_t bytes_ = 0;
};

// Whether the source says that there are more rows than it sent: the rest is in chunks that an MCP
// tool does not hand out. kUnsupported when all of them are.
Result<bool> RowsAreMissing(const Json& declared, size_t sent) {
  const std::optional<int64_t> rows = declared.AsInt();
  if (!rows.has_value() || *rows <= static_cast<int64_t>(sent)) return false;
  if (sent != 0) return true;
  return Error(ErrorKind::kUnsupported,
               "the lakehouse sent no rows, only that there are " + std::to_string(*rows));
}

// Rows as arrays of plain cells.
Result<ToolAnswer> FromArrays(std::vector<Column> columns, const JsonArray& rows, bool truncated,
                              const Limits& limits) {
  TableBuilder builder(std::move(columns), limits);
  if (truncated) builder.Cut();
  for (const Json& row : rows) {
    if (row.size() != builder.columns().size()) return NotUnderstood();
    JsonArray cells;
    for (size_t i = 0; i < row.size(); ++i) {
      cells.push_back(Cell(row.items()[i], builder.columns()[i].type));
    }
    if (!builder.Add(std::move(cells))) break;
  }
  return std::move(builder).Finish();
}

// ---- Shapes ----

Result<ToolAnswer> FromColumnsAndRows(const Json& value, const Limits& limits) {
  std::vector<Column> columns;
  const JsonArray& types = value["columnTypes"].items();
  for (const Json& column : value["columns"].items()) {
    const size_t at = columns.size();
    if (column.is_string()) {
      const std::string_view type = at < types.size() ? types[at].AsString() : "";
      columns.push_back({std::string(column.AsString()), NormalType(type)});
    } else {
      std::string_view type = column["type"].AsString();
      if (type.empty()) type = column["type_name"].AsString();
      columns.push_back({std::string(column["name"].AsString()), NormalType(type)});
    }
  }
  const JsonArray& rows = value["rows"].items();
  const Json* declared = value.Find("row_count");
  if (declared == nullptr) declared = &value["rowCount"];
  ASSIGN(const bool missing, RowsAreMissing(*declared, rows.size()));
  return FromArrays(std::move(columns), rows, missing || value["truncated"].AsBool(), limits);
}

Result<ToolAnswer> FromObjects(const JsonArray& rows, const Limits& limits) {
  std::vector<Column> columns;
  for (const Json& row : rows) {
    if (!row.is_object()) return NotUnderstood();
    for (const auto& [name, cell] : row.members()) {
      auto found = std::find_if(columns.begin(), columns.end(),
                                [&](const Column& column) { return column.name == name; });
      if (found == columns.end()) found = columns.insert(columns.end(), {name, ""});
      if (found->type.empty() && !cell.is_null()) found->type = GuessType(cell);
      // 1, then 2.5: the column was never one of integers.
      if (found->type == "integer" && cell.is_number() && !cell.AsInt().has_value()) {
        found->type = "double";
      }
    }
  }
  for (Column& column : columns) {
    if (column.type.empty()) column.type = "text";
  }
  TableBuilder builder(std::move(columns), limits);
  for (const Json& row : rows) {
    JsonArray cells;
    for (const Column& column : builder.columns()) {
      cells.push_back(Cell(row[column.name], column.type));
    }
    if (!builder.Add(std::move(cells))) break;
  }
  return std::move(builder).Finish();
}

// {"string_value": "42"}, {"str": "42"}, {"null_value": ...} or {}; or the plain cell of REST.
Json DatabricksCell(const Json& cell) {
  if (!cell.is_object()) return cell;
  for (const char* name : {"string_value", "str"}) {
    if (const Json* value = cell.Find(name); value != nullptr) return *value;
  }
  return nullptr;
}

Result<ToolAnswer> FromDatabricks(const Json& value, const Limits& limits) {
  const std::string_view state = value["status"]["state"].AsString();
  ToolAnswer running;
  running.state = ToolAnswer::State::kRunning;
  running.statement_id = std::string(value["statement_id"].AsString());
  if (state == "PENDING" || state == "RUNNING") return running;
  if (state == "FAILED" || state == "CANCELED" || state == "CLOSED") {
    return Refused(value["status"]["error"]["message"].AsString());
  }
  std::vector<Column> columns;
  for (const Json& column : value["manifest"]["schema"]["columns"].items()) {
    std::string_view type = column["type_text"].AsString();
    if (type.empty()) type = column["type_name"].AsString();
    columns.push_back({std::string(column["name"].AsString()), NormalType(type)});
  }
  const Json& result = value["result"];
  const Json* rows = result.Find("data_typed_array");
  if (rows == nullptr) rows = &result["data_array"];
  JsonArray plain;
  for (const Json& row : rows->items()) {
    JsonArray cells;
    const Json& values = row.is_object() ? row["values"] : row;
    for (const Json& cell : values.items()) cells.push_back(DatabricksCell(cell));
    plain.emplace_back(std::move(cells));
  }
  const Json& manifest = value["manifest"];
  ASSIGN(const bool missing, RowsAreMissing(manifest["total_row_count"], plain.size()));
  const bool more_chunks = manifest["total_chunk_count"].AsInt().value_or(1) > 1 ||
                           result["next_chunk_index"].is_number() ||
                           result["next_chunk_internal_link"].is_string();
  const bool truncated = missing || more_chunks || manifest["truncated"].AsBool();
  Result<ToolAnswer> answer = FromArrays(std::move(columns), plain, truncated, limits);
  if (answer.ok()) answer->table.upstream_id = running.statement_id;
  return answer;
}

// The digits of `text`, at most `digits_max` of them; nullopt for anything else.
std::optional<int64_t> Digits(std::string_view text, size_t digits_max) {
  if (text.empty() || text.size() > digits_max) return std::nullopt;
  int64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

// Snowflake's SQL API gives dates as days and timestamps as seconds since the epoch, unless the
// session formats them. What is neither, or lies outside the calendar, stays as it came.
Json SnowflakeCell(const Json& cell, const std::string& type) {
  if (type != "date" && type != "datetime") return cell;
  std::string_view text = cell.AsString();
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const size_t point = std::min(text.find('.'), text.size());
  const std::optional<int64_t> whole = Digits(text.substr(0, point), epoch_digits_max);
  if (!whole.has_value()) return cell;
  const int64_t number = negative ? -*whole : *whole;
  const int64_t days = type == "date" ? number : number / 86'400;
  if (days < epoch_days_min || days > epoch_days_max) return cell;
  if (type == "date") {
    return point == text.size() ? Json(FormatDate(static_cast<int32_t>(days))) : cell;
  }
  std::string fraction(point == text.size() ? "0" : text.substr(point + 1));
  if (!Digits(fraction, fraction_digits_max).has_value()) return cell;
  fraction.resize(6, '0');
  const int64_t micros = *whole * 1'000'000 + Digits(fraction, 6).value_or(0);
  return FormatDateTime(negative ? -micros : micros);
}

Result<ToolAnswer> FromSnowflake(const Json& value, const Json& set, const Limits& limits) {
  std::vector<Column> columns;
  for (const Json& column : set["resultSetMetaData"]["rowType"].items()) {
    std::string type = NormalType(column["type"].AsString());
    // FIXED is a decimal; one without a scale is an integer.
    if (AsciiLower(column["type"].AsString()) == "fixed") {
      type = column["scale"].AsInt().value_or(0) == 0 ? "integer" : "decimal";
    }
    columns.push_back({std::string(column["name"].AsString()), std::move(type)});
  }
  JsonArray rows;
  for (const Json& row : set["data"].items()) {
    JsonArray cells;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string type = i < columns.size() ? columns[i].type : "";
      cells.push_back(SnowflakeCell(row.items()[i], type));
    }
    rows.emplace_back(std::move(cells));
  }
  const Json& meta = set["resultSetMetaData"];
  ASSIGN(const bool missing, RowsAreMissing(meta["numRows"], rows.size()));
  const bool truncated = missing || meta["partitionInfo"].size() > 1;
  Result<ToolAnswer> answer = FromArrays(std::move(columns), rows, truncated, limits);
  if (answer.ok()) {
    std::string_view id = value["query_id"].AsString();
    if (id.empty()) id = value["statementHandle"].AsString();
    answer->table.upstream_id = std::string(id);
  }
  return answer;
}

// The failure that an answer tells of without isError, or nullopt.
std::optional<Error> ToldFailure(const Json& value) {
  if (!value.is_object()) return std::nullopt;
  const Json* success = value.Find("success");
  const bool failed = (success != nullptr && success->is_bool() && !success->AsBool()) ||
                      value["status"].AsString() == "error";
  if (!failed) return std::nullopt;
  for (const char* name : {"error", "message", "detail"}) {
    if (value[name].is_string()) return Refused(value[name].AsString());
  }
  return Refused(value["error"]["message"].AsString());
}

Result<ToolAnswer> FromValue(const Json& value, const Limits& limits) {
  if (value.is_array()) return FromObjects(value.items(), limits);
  if (!value.is_object()) return NotUnderstood();
  if (value["status"].is_object() && value["status"]["state"].is_string()) {
    return FromDatabricks(value, limits);
  }
  if (value["manifest"].is_object()) return FromDatabricks(value, limits);
  if (value["result_set"].is_object()) return FromSnowflake(value, value["result_set"], limits);
  if (value["resultSetMetaData"].is_object()) return FromSnowflake(value, value, limits);
  const Json& rows = value["rows"];
  if (value["columns"].is_array() && rows.is_array()) {
    if (rows.size() == 0 || rows.items()[0].is_array()) return FromColumnsAndRows(value, limits);
  }
  if (rows.is_array()) return FromObjects(rows.items(), limits);
  if (value["data"].is_array()) return FromObjects(value["data"].items(), limits);
  return NotUnderstood();
}

}  // namespace

std::string NormalType(std::string_view upstream_type) {
  std::string type = AsciiLower(upstream_type);
  if (type.starts_with("nullable(")) type = type.substr(9);  // ClickHouse
  if (type.ends_with("[]") || type.starts_with("struct") || type.starts_with("map") ||
      type.starts_with("array") || type.starts_with("list") || type.starts_with("row(")) {
    return "json";
  }
  type = type.substr(0, type.find('('));
  static constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"decimal", "decimal"}, {"numeric", "decimal"}, {"fixed", "decimal"},
      {"number", "decimal"},  {"date", "date"},       {"date32", "date"},
      {"boolean", "boolean"}, {"bool", "boolean"},    {"double", "double"},
      {"float", "double"},    {"real", "double"},     {"float32", "double"},
      {"float64", "double"},  {"float8", "double"},   {"double precision", "double"},
      {"json", "json"},       {"variant", "json"},    {"object", "json"},
  };
  for (const auto& [upstream, ours] : names) {
    if (type == upstream) return std::string(ours);
  }
  if (type.starts_with("timestamp") || type.starts_with("datetime")) return "datetime";
  if (type.find("int") != std::string::npos && type != "interval" && type != "point") {
    return "integer";
  }
  return type == "long" || type == "short" || type == "byte" ? "integer" : "text";
}

Result<ToolAnswer> NormaliseToolResult(const mcp::ToolResult& result, const Limits& limits) {
  const std::string text = TextOf(result);
  const Json value = Unwrap(result.structured.is_null() ? Json(text) : result.structured);
  for (const Json* told : {&result.structured, &value}) {
    if (std::optional<Error> failure = ToldFailure(*told); failure.has_value()) {
      return *std::move(failure);
    }
  }
  if (result.is_error) return Refused(text);
  return FromValue(value, limits);
}

}  // namespace boathouse::sources
