#include "iceberg/spelling.h"

#include <utility>

#include "base/clock.h"

namespace boathouse::iceberg {
namespace {

std::string LittleEndian(uint64_t value, size_t bytes) {
  std::string out;
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
  return out;
}

// Two's complement, big-endian, as few bytes as hold the value.
std::string UnscaledBytes(int64_t units) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((static_cast<uint64_t>(units) >> shift) & 0xff));
  }
  const auto is_spare = [&](size_t i) {
    const auto byte = static_cast<uint8_t>(out[i]);
    const bool next_is_negative = (static_cast<uint8_t>(out[i + 1]) & 0x80) != 0;
    return next_is_negative ? byte == 0xff : byte == 0;
  };
  size_t begin = 0;
  while (begin + 1 < out.size() && is_spare(begin)) ++begin;
  return out.substr(begin);
}

// All digits of the scale, as the spec wants decimals.
std::string FixedDecimal(const Decimal& decimal) {
  const bool negative = decimal.units < 0;
  const uint64_t size =
      negative ? 0 - static_cast<uint64_t>(decimal.units) : static_cast<uint64_t>(decimal.units);
  std::string fraction = std::to_string(size % Decimal::unit);
  fraction.insert(0, static_cast<size_t>(Decimal::scale) - fraction.size(), '0');
  return (negative ? "-" : "") + std::to_string(size / Decimal::unit) + "." + fraction;
}

// 2026-11-24T10:00:00.000000+00:00
std::string TimestampWithZone(Micros micros) {
  std::string text = FormatDateTime(micros);
  text.pop_back();
  return text + "+00:00";
}

}  // namespace

std::string_view TypeName(model::FieldType type) {
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
      return "decimal(18, 4)";
    case model::FieldType::kBoolean:
      return "boolean";
    case model::FieldType::kDate:
      return "date";
    case model::FieldType::kDateTime:
      return "timestamptz";
  }
  return "string";
}

Json SchemaJson(const tables::Schema& schema) {
  Json fields = Json::Array();
  for (const tables::Column& column : schema.columns) {
    Json field = Json::Object({{"id", column.column_id},
                               {"name", column.name},
                               {"required", false},
                               {"type", TypeName(column.type)}});
    if (!column.description.empty()) field.Set("doc", column.description);
    fields.Append(std::move(field));
  }
  return Json::Object(
      {{"type", "struct"}, {"schema-id", schema.id}, {"fields", std::move(fields)}});
}

std::optional<std::string> BoundBytes(const model::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<int64_t>(&value)) {
    return LittleEndian(static_cast<uint64_t>(*number), 8);
  }
  if (const auto* decimal = std::get_if<Decimal>(&value)) return UnscaledBytes(decimal->units);
  if (const auto* date = std::get_if<model::Date>(&value)) {
    return LittleEndian(static_cast<uint32_t>(date->days), 4);
  }
  if (const auto* time = std::get_if<model::DateTime>(&value)) {
    return LittleEndian(static_cast<uint64_t>(time->micros), 8);
  }
  if (const auto* truth = std::get_if<bool>(&value)) return std::string(1, *truth ? '\1' : '\0');
  if (const auto* id = std::get_if<Id>(&value)) return id->ToString();
  return std::nullopt;
}

std::optional<Json> BoundJson(const model::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return Json(*text);
  if (const auto* number = std::get_if<int64_t>(&value)) return Json(*number);
  if (const auto* decimal = std::get_if<Decimal>(&value)) return Json(FixedDecimal(*decimal));
  if (const auto* date = std::get_if<model::Date>(&value)) return Json(FormatDate(date->days));
  if (const auto* time = std::get_if<model::DateTime>(&value)) {
    return Json(TimestampWithZone(time->micros));
  }
  if (const auto* truth = std::get_if<bool>(&value)) return Json(*truth);
  if (const auto* id = std::get_if<Id>(&value)) return Json(id->ToString());
  return std::nullopt;
}

}  // namespace boathouse::iceberg
