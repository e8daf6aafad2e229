#include "lakehouse/duck_values.h"

#include <array>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"

namespace boathouse::lakehouse {
namespace {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

constexpr int64_t json_integer_max = int64_t{1} << 53;  // a double is exact up to here
constexpr Micros micros_per_second = 1'000'000;
constexpr Micros micros_per_day = 86'400 * micros_per_second;

// A child type that is destroyed with its owner.
class OwnedType {
 public:
  explicit OwnedType(duckdb_logical_type type) : type_(type) {}
  ~OwnedType() { duckdb_destroy_logical_type(&type_); }
  OwnedType(const OwnedType&) = delete;
  OwnedType& operator=(const OwnedType&) = delete;
  duckdb_logical_type get() const { return type_; }

 private:
  duckdb_logical_type type_;
};

const char* SimpleTypeName(duckdb_type type) {
  static constexpr std::pair<duckdb_type, const char*> names[] = {
      {DUCKDB_TYPE_BOOLEAN, "BOOLEAN"},
      {DUCKDB_TYPE_TINYINT, "TINYINT"},
      {DUCKDB_TYPE_SMALLINT, "SMALLINT"},
      {DUCKDB_TYPE_INTEGER, "INTEGER"},
      {DUCKDB_TYPE_BIGINT, "BIGINT"},
      {DUCKDB_TYPE_UTINYINT, "UTINYINT"},
      {DUCKDB_TYPE_USMALLINT, "USMALLINT"},
      {DUCKDB_TYPE_UINTEGER, "UINTEGER"},
      {DUCKDB_TYPE_UBIGINT, "UBIGINT"},
      {DUCKDB_TYPE_HUGEINT, "HUGEINT"},
      {DUCKDB_TYPE_UHUGEINT, "UHUGEINT"},
      {DUCKDB_TYPE_FLOAT, "FLOAT"},
      {DUCKDB_TYPE_DOUBLE, "DOUBLE"},
      {DUCKDB_TYPE_VARCHAR, "VARCHAR"},
      {DUCKDB_TYPE_BLOB, "BLOB"},
      {DUCKDB_TYPE_DATE, "DATE"},
      {DUCKDB_TYPE_TIME, "TIME"},
      {DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP"},
      {DUCKDB_TYPE_TIMESTAMP_S, "TIMESTAMP_S"},
      {DUCKDB_TYPE_TIMESTAMP_MS, "TIMESTAMP_MS"},
      {DUCKDB_TYPE_TIMESTAMP_NS, "TIMESTAMP_NS"},
      {DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMP WITH TIME ZONE"},
      {DUCKDB_TYPE_INTERVAL, "INTERVAL"},
      {DUCKDB_TYPE_UUID, "UUID"},
      {DUCKDB_TYPE_ENUM, "ENUM"},
      {DUCKDB_TYPE_BIT, "BIT"},
      {DUCKDB_TYPE_TIME_TZ, "TIME WITH TIME ZONE"},
      {DUCKDB_TYPE_UNION, "UNION"},
      {DUCKDB_TYPE_SQLNULL, "\"NULL\""},
  };
  for (const auto& [id, name] : names) {
    if (id == type) return name;
  }
  return "UNKNOWN";
}

Int128 ToInt128(duckdb_hugeint value) {
  return (static_cast<Int128>(value.upper) << 64) | static_cast<Int128>(value.lower);
}

std::string DigitsOf(UInt128 magnitude) {
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(magnitude % 10)));
    magnitude /= 10;
  } while (magnitude != 0);
  return digits;
}

std::string DecimalOf(Int128 units, int scale) {
  const bool negative = units < 0;
  // Negating in the unsigned type is right for the smallest value as well.
  const UInt128 magnitude = negative ? -static_cast<UInt128>(units) : static_cast<UInt128>(units);
  std::string digits = DigitsOf(magnitude);
  const size_t fraction = static_cast<size_t>(scale);
  if (digits.size() <= fraction) digits.insert(0, fraction + 1 - digits.size(), '0');
  if (fraction > 0) digits.insert(digits.size() - fraction, 1, '.');
  return negative ? "-" + digits : digits;
}

template <typename T>
T At(duckdb_vector vector, idx_t row) {
  T value;
  std::memcpy(&value, static_cast<const char*>(duckdb_vector_get_data(vector)) + row * sizeof(T),
              sizeof(T));
  return value;
}

Json IntegerToJson(int64_t value) {
  if (value > json_integer_max || value < -json_integer_max) return std::to_string(value);
  return value;
}

Json DoubleToJson(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

std::string_view BytesAt(duckdb_vector vector, idx_t row) {
  auto* strings = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  return {duckdb_string_t_data(&strings[row]), duckdb_string_t_length(strings[row])};
}

// A timestamp with its six fraction digits; without "Z" when it has no zone.
std::string TimestampText(Micros micros, bool with_zone) {
  std::string text = FormatDateTime(micros);
  if (!with_zone && !text.empty()) text.pop_back();
  return text;
}

std::string TimeText(Micros micros) {
  const std::string stamp = FormatDateTime(micros % micros_per_day);
  return stamp.substr(11, 15);
}

std::string IntervalText(duckdb_interval value) {
  std::string text =
      std::to_string(value.months) + " months " + std::to_string(value.days) + " days ";
  return text + DecimalOf(value.micros, 6) + " seconds";
}

Json DecimalCell(duckdb_vector vector, duckdb_logical_type type, idx_t row) {
  const int scale = duckdb_decimal_scale(type);
  switch (static_cast<int>(duckdb_decimal_internal_type(type))) {
    case DUCKDB_TYPE_SMALLINT:
      return DecimalOf(At<int16_t>(vector, row), scale);
    case DUCKDB_TYPE_INTEGER:
      return DecimalOf(At<int32_t>(vector, row), scale);
    case DUCKDB_TYPE_BIGINT:
      return DecimalOf(At<int64_t>(vector, row), scale);
    default:
      return DecimalOf(ToInt128(At<duckdb_hugeint>(vector, row)), scale);
  }
}

Json HugeCell(Int128 value) {
  if (value >= -json_integer_max && value <= json_integer_max) return static_cast<int64_t>(value);
  return DecimalOf(value, 0);
}

// Cells of the types that are numbers by nature.
Json NumberCell(duckdb_vector vector, duckdb_logical_type type, idx_t row) {
  switch (static_cast<int>(duckdb_get_type_id(type))) {
    case DUCKDB_TYPE_TINYINT:
      return At<int8_t>(vector, row);
    case DUCKDB_TYPE_SMALLINT:
      return At<int16_t>(vector, row);
    case DUCKDB_TYPE_INTEGER:
      return At<int32_t>(vector, row);
    case DUCKDB_TYPE_BIGINT:
      return IntegerToJson(At<int64_t>(vector, row));
    case DUCKDB_TYPE_UTINYINT:
      return At<uint8_t>(vector, row);
    case DUCKDB_TYPE_USMALLINT:
      return At<uint16_t>(vector, row);
    case DUCKDB_TYPE_UINTEGER:
      return At<uint32_t>(vector, row);
    case DUCKDB_TYPE_UBIGINT:
      return HugeCell(static_cast<Int128>(At<uint64_t>(vector, row)));
    case DUCKDB_TYPE_HUGEINT:
      return HugeCell(ToInt128(At<duckdb_hugeint>(vector, row)));
    case DUCKDB_TYPE_UHUGEINT: {
      const auto raw = At<duckdb_uhugeint>(vector, row);
      return DigitsOf((static_cast<UInt128>(raw.upper) << 64) | raw.lower);
    }
    case DUCKDB_TYPE_FLOAT:
      return DoubleToJson(static_cast<double>(At<float>(vector, row)));
    case DUCKDB_TYPE_DOUBLE:
      return DoubleToJson(At<double>(vector, row));
    default:
      return nullptr;
  }
}

Json UuidCell(duckdb_vector vector, idx_t row) {
  // DuckDB keeps a UUID as a 128-bit number with its top bit flipped, so that it sorts as text.
  const auto raw = At<duckdb_hugeint>(vector, row);
  const uint64_t high = static_cast<uint64_t>(raw.upper) ^ (uint64_t{1} << 63);
  std::string bytes;
  for (const uint64_t half : {high, raw.lower}) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(half >> shift));
  }
  std::string text = HexEncode(bytes);
  for (const size_t dash : {size_t{8}, size_t{13}, size_t{18}, size_t{23}})
    text.insert(dash, 1, '-');
  return text;
}

Json EnumCell(duckdb_vector vector, duckdb_logical_type type, idx_t row) {
  idx_t index = 0;
  switch (static_cast<int>(duckdb_enum_internal_type(type))) {
    case DUCKDB_TYPE_UTINYINT:
      index = At<uint8_t>(vector, row);
      break;
    case DUCKDB_TYPE_USMALLINT:
      index = At<uint16_t>(vector, row);
      break;
    default:
      index = At<uint32_t>(vector, row);
      break;
  }
  char* name = duckdb_enum_dictionary_value(type, index);
  Json cell(name == nullptr ? std::string_view() : std::string_view(name));
  duckdb_free(name);
  return cell;
}

Json ListCell(duckdb_vector vector, duckdb_logical_type type, idx_t row) {
  const OwnedType child(duckdb_list_type_child_type(type));
  const auto entry = At<duckdb_list_entry>(vector, row);
  duckdb_vector items = duckdb_list_vector_get_child(vector);
  JsonArray array;
  for (idx_t i = 0; i < entry.length; ++i) {
    array.push_back(CellToJson(items, child.get(), entry.offset + i));
  }
  return array;
}

Json ArrayCell(duckdb_vector vector, duckdb_logical_type type, idx_t row) {
  const OwnedType child(duckdb_array_type_child_type(type));
  const idx_t length = duckdb_array_type_array_size(type);
  duckdb_vector items = duckdb_array_vector_get_child(vector);
  JsonArray array;
  for (idx_t i = 0; i < length; ++i) {
    array.push_back(CellToJson(items, child.get(), row * length + i));
  }
  return array;
}

Json StructCell(duckdb_vector vector, duckdb_logical_type type, idx_t row) {
  Json object = Json::Object();
  const idx_t count = duckdb_struct_type_child_count(type);
  for (idx_t i = 0; i < count; ++i) {
    const OwnedType child(duckdb_struct_type_child_type(type, i));
    char* name = duckdb_struct_type_child_name(type, i);
    object.Set(name == nullptr ? "" : name,
               CellToJson(duckdb_struct_vector_get_child(vector, i), child.get(), row));
    duckdb_free(name);
  }
  return object;
}

}  // namespace

std::string TypeName(duckdb_logical_type type) {
  const duckdb_type id = duckdb_get_type_id(type);
  switch (static_cast<int>(id)) {
    case DUCKDB_TYPE_DECIMAL:
      return "DECIMAL(" + std::to_string(duckdb_decimal_width(type)) + "," +
             std::to_string(duckdb_decimal_scale(type)) + ")";
    case DUCKDB_TYPE_LIST:
      return TypeName(OwnedType(duckdb_list_type_child_type(type)).get()) + "[]";
    case DUCKDB_TYPE_ARRAY:
      return TypeName(OwnedType(duckdb_array_type_child_type(type)).get()) + "[" +
             std::to_string(duckdb_array_type_array_size(type)) + "]";
    case DUCKDB_TYPE_MAP:
      return "MAP(" + TypeName(OwnedType(duckdb_map_type_key_type(type)).get()) + ", " +
             TypeName(OwnedType(duckdb_map_type_value_type(type)).get()) + ")";
    case DUCKDB_TYPE_STRUCT: {
      std::string text = "STRUCT(";
      for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
        char* name = duckdb_struct_type_child_name(type, i);
        if (i > 0) text += ", ";
        text += std::string(name == nullptr ? "" : name) + " " +
                TypeName(OwnedType(duckdb_struct_type_child_type(type, i)).get());
        duckdb_free(name);
      }
      return text + ")";
    }
    default:
      return SimpleTypeName(id);
  }
}

bool IsReadable(duckdb_logical_type type) {
  // As an int: DuckDB's list of types grows with its versions, and unknown ones are refused below.
  switch (static_cast<int>(duckdb_get_type_id(type))) {
    case DUCKDB_TYPE_BIT:
    case DUCKDB_TYPE_TIME_TZ:
    case DUCKDB_TYPE_UNION:
      return false;
    case DUCKDB_TYPE_DECIMAL:
      return true;
    case DUCKDB_TYPE_LIST:
      return IsReadable(OwnedType(duckdb_list_type_child_type(type)).get());
    case DUCKDB_TYPE_ARRAY:
      return IsReadable(OwnedType(duckdb_array_type_child_type(type)).get());
    case DUCKDB_TYPE_MAP:
      return IsReadable(OwnedType(duckdb_map_type_key_type(type)).get()) &&
             IsReadable(OwnedType(duckdb_map_type_value_type(type)).get());
    case DUCKDB_TYPE_STRUCT:
      for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
        if (!IsReadable(OwnedType(duckdb_struct_type_child_type(type, i)).get())) return false;
      }
      return true;
    default:
      return std::strcmp(SimpleTypeName(duckdb_get_type_id(type)), "UNKNOWN") != 0;
  }
}

Json CellToJson(duckdb_vector vector, duckdb_logical_type type, idx_t row) {
  uint64_t* validity = duckdb_vector_get_validity(vector);
  if (validity != nullptr && !duckdb_validity_row_is_valid(validity, row)) return nullptr;
  switch (static_cast<int>(duckdb_get_type_id(type))) {
    case DUCKDB_TYPE_BOOLEAN:
      return At<uint8_t>(vector, row) != 0;
    case DUCKDB_TYPE_DECIMAL:
      return DecimalCell(vector, type, row);
    case DUCKDB_TYPE_VARCHAR:
      return BytesAt(vector, row);
    case DUCKDB_TYPE_BLOB:
      return HexEncode(BytesAt(vector, row));
    case DUCKDB_TYPE_DATE:
      return FormatDate(At<int32_t>(vector, row));
    case DUCKDB_TYPE_TIME:
      return TimeText(At<int64_t>(vector, row));
    case DUCKDB_TYPE_TIMESTAMP:
      return TimestampText(At<int64_t>(vector, row), false);
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return TimestampText(At<int64_t>(vector, row), true);
    case DUCKDB_TYPE_TIMESTAMP_S:
      return TimestampText(At<int64_t>(vector, row) * micros_per_second, false);
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return TimestampText(At<int64_t>(vector, row) * 1000, false);
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return TimestampText(At<int64_t>(vector, row) / 1000, false);
    case DUCKDB_TYPE_INTERVAL:
      return IntervalText(At<duckdb_interval>(vector, row));
    case DUCKDB_TYPE_UUID:
      return UuidCell(vector, row);
    case DUCKDB_TYPE_ENUM:
      return EnumCell(vector, type, row);
    case DUCKDB_TYPE_LIST:
      return ListCell(vector, type, row);
    case DUCKDB_TYPE_MAP:
      // A map is a list of {key, value} structs; its key may be of any type, so it stays that list.
      return ListCell(vector, type, row);
    case DUCKDB_TYPE_ARRAY:
      return ArrayCell(vector, type, row);
    case DUCKDB_TYPE_STRUCT:
      return StructCell(vector, type, row);
    default:
      return NumberCell(vector, type, row);
  }
}

}  // namespace boathouse::lakehouse
