#include "tables/thrift.h"

#include <algorithm>
#include <limits>

namespace boathouse::tables::thrift {
namespace {

Error Damaged(const char* what) {
  return {ErrorKind::kCorrupt, std::string("Parquet metadata is damaged: ") + what};
}

class Parser {
 public:
  explicit Parser(std::string_view bytes) : bytes_(bytes) {}
  size_t position() const { return position_; }

  Result<Value> ParseStruct(int depth) {
    if (depth > depth_max) return Damaged("nested too deeply");
    Value value = Value::Struct();
    int16_t last_id = 0;
    for (;;) {
      ASSIGN(const uint8_t header, Byte());
      if (header == 0) return value;
      int64_t id = last_id + (header >> 4);
      if ((header >> 4) == 0) {
        ASSIGN(id, ZigZag());
      }
      // Ascending ids are what every writer does and what lets a struct be changed in place.
      if (id <= last_id || id > std::numeric_limits<int16_t>::max()) return Damaged("field ids");
      last_id = static_cast<int16_t>(id);
      const auto type = static_cast<Type>(header & 0x0f);
      if (type == Type::kTrue || type == Type::kFalse) {
        value.fields.emplace_back(last_id, Value::Bool(type == Type::kTrue));
        continue;
      }
      ASSIGN(Value field, ParseValue(type, depth + 1));
      value.fields.emplace_back(last_id, std::move(field));
    }
  }

 private:
  Result<uint8_t> Byte() {
    if (position_ >= bytes_.size()) return Damaged("it ends early");
    return static_cast<uint8_t>(bytes_[position_++]);
  }

  Result<uint64_t> Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      ASSIGN(const uint8_t byte, Byte());
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return Damaged("a number is too long");
  }

  Result<int64_t> ZigZag() {
    ASSIGN(const uint64_t raw, Varint());
    return static_cast<int64_t>(raw >> 1) ^ -static_cast<int64_t>(raw & 1);
  }

  Result<std::string> Bytes(uint64_t count) {
    if (count > bytes_.size() - position_) return Damaged("it ends early");
    std::string out(bytes_.substr(position_, count));
    position_ += count;
    return out;
  }

  Result<Value> ParseValue(Type type, int depth) {
    Value value;
    value.type = type;
    switch (type) {
      case Type::kTrue:
      case Type::kFalse: {  // inside lists a boolean is a byte
        ASSIGN(const uint8_t byte, Byte());
        return Value::Bool(byte == static_cast<uint8_t>(Type::kTrue));
      }
      case Type::kByte: {
        ASSIGN(const uint8_t byte, Byte());
        value.number = static_cast<int8_t>(byte);
        return value;
      }
      case Type::kI16:
      case Type::kI32:
      case Type::kI64: {
        ASSIGN(value.number, ZigZag());
        return value;
      }
      case Type::kDouble: {
        ASSIGN(value.bytes, Bytes(8));
        return value;
      }
      case Type::kBinary: {
        ASSIGN(const uint64_t count, Varint());
        ASSIGN(value.bytes, Bytes(count));
        return value;
      }
      case Type::kList:
      case Type::kSet:
        return ParseList(type, depth);
      case Type::kStruct:
        return ParseStruct(depth);
      case Type::kMap:
        break;
    }
    return Damaged("an unknown type");
  }

  Result<Value> ParseList(Type type, int depth) {
    if (depth > depth_max) return Damaged("nested too deeply");
    Value list;
    list.type = type;
    ASSIGN(const uint8_t header, Byte());
    list.item_type = static_cast<Type>(header & 0x0f);
    uint64_t count = header >> 4;
    if (count == 15) {
      ASSIGN(count, Varint());
    }
    // Every item takes at least one byte, so a larger count is a lie that must not be reserved for.
    if (count > bytes_.size() - position_) return Damaged("a list is longer than the file");
    list.items.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      ASSIGN(Value item, ParseValue(list.item_type, depth + 1));
      list.items.push_back(std::move(item));
    }
    return list;
  }

  std::string_view bytes_;
  size_t position_ = 0;
};

void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

void AppendZigZag(int64_t value, std::string* out) {
  AppendVarint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63), out);
}

void AppendStruct(const Value& value, std::string* out) {
  int16_t last_id = 0;
  for (const auto& [id, field] : value.fields) {
    Type type = field.type;
    if (type == Type::kTrue && field.number == 0) type = Type::kFalse;
    const int delta = id - last_id;
    if (delta > 0 && delta <= 15) {
      out->push_back(static_cast<char>((delta << 4) | static_cast<int>(type)));
    } else {
      out->push_back(static_cast<char>(type));
      AppendZigZag(id, out);
    }
    if (field.type != Type::kTrue) Append(field, out);
    last_id = id;
  }
  out->push_back(0);
}

void AppendList(const Value& value, std::string* out) {
  const auto type = static_cast<int>(value.item_type);
  if (value.items.size() < 15) {
    out->push_back(static_cast<char>((static_cast<int>(value.items.size()) << 4) | type));
  } else {
    out->push_back(static_cast<char>(0xf0 | type));
    AppendVarint(value.items.size(), out);
  }
  for (const Value& item : value.items) Append(item, out);
}

}  // namespace

Value Value::Number(Type type, int64_t number) {
  Value value;
  value.type = type;
  value.number = number;
  return value;
}

Value Value::Binary(std::string_view bytes) {
  Value value;
  value.type = Type::kBinary;
  value.bytes = std::string(bytes);
  return value;
}

Value Value::List(Type item_type, std::vector<Value> items) {
  Value value;
  value.type = Type::kList;
  value.item_type = item_type;
  value.items = std::move(items);
  return value;
}

Value Value::Struct(std::vector<Field> fields) {
  Value value;
  value.fields = std::move(fields);
  return value;
}

const Value* Value::Find(int16_t id) const {
  for (const Field& field : fields) {
    if (field.first == id) return &field.second;
  }
  return nullptr;
}

Value* Value::Find(int16_t id) {
  for (Field& field : fields) {
    if (field.first == id) return &field.second;
  }
  return nullptr;
}

int64_t Value::NumberOf(int16_t id, int64_t fallback) const {
  const Value* field = Find(id);
  return field == nullptr ? fallback : field->number;
}

void Value::Set(int16_t id, Value value) {
  const auto at =
      std::lower_bound(fields.begin(), fields.end(), id,
                       [](const Field& field, int16_t key) { return field.first < key; });
  if (at != fields.end() && at->first == id) {
    at->second = std::move(value);
  } else {
    fields.insert(at, {id, std::move(value)});
  }
}

void Value::Remove(int16_t id) {
  std::erase_if(fields, [id](const Field& field) { return field.first == id; });
}

Result<Value> Parse(std::string_view bytes, size_t* used) {
  Parser parser(bytes);
  Result<Value> value = parser.ParseStruct(0);
  if (used != nullptr) *used = parser.position();
  return value;
}

void Append(const Value& value, std::string* out) {
  switch (value.type) {
    case Type::kTrue:
    case Type::kFalse:
      out->push_back(static_cast<char>(value.number != 0 ? Type::kTrue : Type::kFalse));
      break;
    case Type::kByte:
      out->push_back(static_cast<char>(value.number));
      break;
    case Type::kI16:
    case Type::kI32:
    case Type::kI64:
      AppendZigZag(value.number, out);
      break;
    case Type::kDouble:
      out->append(value.bytes);
      break;
    case Type::kBinary:
      AppendVarint(value.bytes.size(), out);
      out->append(value.bytes);
      break;
    case Type::kList:
    case Type::kSet:
      AppendList(value, out);
      break;
    case Type::kStruct:
      AppendStruct(value, out);
      break;
    case Type::kMap:  // Parse never makes one
      break;
  }
}

}  // namespace boathouse::tables::thrift
