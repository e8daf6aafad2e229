#include "delta/schema.h"

#include <optional>
#include <utility>

namespace boathouse::delta {
namespace {

const char* DeltaType(model::FieldType type) {
  switch (type) {
    case model::FieldType::kId:
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kSelect:
    case model::FieldType::kMultiSelect:
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
    case model::FieldType::kRelation:
      return "string";
    case model::FieldType::kInteger:
      return "long";
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
      return "decimal(18,4)";
    case model::FieldType::kBoolean:
      return "boolean";
    case model::FieldType::kDate:
      return "date";
    case model::FieldType::kDateTime:
      return "timestamp";
  }
  return "string";
}

// 2026-11-24T10:00:00.000Z, rounded to milliseconds downwards, or upwards for a maximum.
std::string Milliseconds(Micros micros, bool up) {
  constexpr Micros millisecond = 1000;
  Micros rest = micros % millisecond;
  if (rest < 0) rest += millisecond;
  if (rest != 0) micros += up ? millisecond - rest : -rest;
  std::string text = FormatDateTime(micros);  // ...T10:00:00.123000Z
  text.erase(text.size() - 4, 3);
  return text;
}

// nullopt where Delta keeps no bound of the type.
std::optional<Json> Bound(const model::Value& value, bool is_maximum) {
  if (const auto* text = std::get_if<std::string>(&value)) return Json(*text);
  if (const auto* number = std::get_if<int64_t>(&value)) return Json(*number);
  if (const auto* decimal = std::get_if<Decimal>(&value)) {
    return Json::NumberText(decimal->ToString());
  }
  if (const auto* date = std::get_if<model::Date>(&value)) return Json(FormatDate(date->days));
  if (const auto* time = std::get_if<model::DateTime>(&value)) {
    return Json(Milliseconds(time->micros, is_maximum));
  }
  return std::nullopt;
}

}  // namespace

std::string SchemaString(const tables::Schema& schema) {
  Json fields = Json::Array();
  for (const tables::Column& column : schema.columns) {
    Json metadata = Json::Object();
    if (!column.description.empty()) metadata.Set("comment", column.description);
    fields.Append(Json::Object({{"name", column.name},
                                {"type", DeltaType(column.type)},
                                {"nullable", true},
                                {"metadata", std::move(metadata)}}));
  }
  return Json::Object({{"type", "struct"}, {"fields", std::move(fields)}}).Dump();
}

std::string StatsString(const tables::Schema& schema, const tables::File& file) {
  Json minimum = Json::Object(), maximum = Json::Object(), nulls = Json::Object();
  for (size_t i = 0; i < schema.columns.size() && i < file.stats.size(); ++i) {
    const tables::ColumnStats& stats = file.stats[i];
    const std::string& name = schema.columns[i].name;
    if (stats.minimum && stats.maximum) {
      std::optional<Json> low = Bound(*stats.minimum, false), high = Bound(*stats.maximum, true);
      if (low && high) {
        minimum.Set(name, *std::move(low));
        maximum.Set(name, *std::move(high));
      }
    }
    if (stats.null_count) nulls.Set(name, *stats.null_count);
  }
  Json all = Json::Object({{"numRecords", file.rows},
                           {"minValues", std::move(minimum)},
                           {"maxValues", std::move(maximum)},
                           {"nullCount", std::move(nulls)}});
  if (file.marks != nullptr) all.Set("tightBounds", false);
  return all.Dump();
}

}  // namespace boathouse::delta
