#include "crm/import_rows.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "base/bytes.h"
#include "base/id.h"

namespace boathouse::crm {
namespace {

using model::FieldType;

__extension__ typedef __int128 Wide;

std::string JoinNames(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

Status AddLookup(const ColumnTarget& target, const std::string& text, ImportRow* out) {
  if (target.lookup->or_id) {
    if (const std::optional<Id> id = Id::Parse(text)) {
      out->lookups.push_back({&target, id->ToString(), true});
      return {};
    }
  }
  const model::Field& by = target.lookup->object->fields[target.lookup->by];
  const Result<model::Value> value = model::FromText(by, text, "/" + target.column);
  // A text that the field could not hold cannot be found, which `missing` decides about.
  out->lookups.push_back({&target, value.ok() ? model::ToText(*value) : text, false});
  return {};
}

// Exact, or an error: money is never rounded.
Status Multiply(const Decimal& factor, const model::Field& field, std::string* text) {
  const std::optional<Decimal> value = Decimal::Parse(*text);
  if (!value) {
    return Error::Field("/" + field.name, "wrong_type",
                        "\"" + *text + "\" is no number with at most four decimals");
  }
  const Wide product = static_cast<Wide>(value->units) * factor.units;
  const Wide units = product / Decimal::unit;
  if (units * Decimal::unit != product || units > Decimal::units_max ||
      units < -Decimal::units_max) {
    return Error::Field("/" + field.name, "out_of_range",
                        *text + " times " + factor.ToString() + " has no exact value here");
  }
  const Decimal result{static_cast<int64_t>(units)};
  const bool whole = result.units % Decimal::unit == 0;
  *text = field.type == FieldType::kInteger && whole ? std::to_string(result.units / Decimal::unit)
                                                     : result.ToString();
  return {};
}

Status Convert(const ColumnTarget& target, const model::Field& field, std::string* text) {
  if (text->empty()) return {};
  if (target.format) {
    const std::optional<Micros> micros = target.format->Read(*text);
    if (!micros) {
      return Error::Field("/" + field.name, "wrong_type",
                          "\"" + *text + "\" is no date in the mapping's format");
    }
    *text = FormatDateTime(*micros);
    if (field.type == FieldType::kDate) text->resize(sizeof "yyyy-mm-dd" - 1);
  }
  if (target.multiply) return Multiply(*target.multiply, field, text);
  return {};
}

// Text of many lines keeps its outer space, unless there is nothing else.
std::string_view CellText(std::string_view cell, const model::Field& field) {
  const std::string_view trimmed = TrimAscii(cell);
  return field.type == FieldType::kLongText && !trimmed.empty() ? cell : trimmed;
}

size_t CountOwnColumns(const Mapping& mapping, const std::vector<std::string>& header) {
  const size_t count = header.size();
  const bool reported = count > 2 && header[count - 2] == "line" && header[count - 1] == "reason" &&
                        !mapping.Knows("line") && !mapping.Knows("reason");
  return reported ? count - 2 : count;
}

}  // namespace

RowReader::RowReader(const Mapping& mapping, const std::vector<std::string>& header)
    : mapping_(mapping), header_(header), own_columns_(CountOwnColumns(mapping, header)) {
  for (size_t i = 0; i < header.size(); ++i) columns_[header[i]] = i;
  for (const ColumnTarget& target : mapping.targets) {
    target_columns_.push_back(ColumnOf(target.column).value_or(header.size()));
  }
}

std::optional<size_t> RowReader::ColumnOf(std::string_view name) const {
  const auto found = columns_.find(std::string(name));
  return found == columns_.end() ? std::nullopt : std::optional<size_t>(found->second);
}

Status RowReader::CheckColumns() const {
  std::vector<FieldError> errors;
  const auto need = [&](const std::string& column, const std::string& pointer) {
    if (columns_.contains(column)) return;
    errors.push_back({pointer, "not_found",
                      "the file has no column \"" + column + "\"; it has " + JoinNames(header_)});
  };
  for (const ColumnTarget& target : mapping_.targets) need(target.column, "/columns");
  for (const FieldTemplate& made : mapping_.templates) {
    for (const auto& pieces : made.alternatives) {
      for (const FieldTemplate::Piece& piece : pieces) {
        if (piece.is_column) need(piece.text, "/templates");
      }
    }
  }
  for (size_t i = 0; i < own_columns_; ++i) {
    const std::string& column = header_[i];
    if (mapping_.Knows(column)) continue;
    errors.push_back({"/columns", "unmapped",
                      "the file's column \"" + column +
                          "\" is not mapped; map it or put it into "
                          "\"ignore\""});
  }
  if (errors.empty()) return {};
  std::string message = errors.front().detail;
  return Error(ErrorKind::kInvalid, std::move(message), std::move(errors));
}

ImportRow RowReader::Read(const CsvRow& row) const {
  ImportRow out;
  out.line = row.line;
  if (row.cells.size() != header_.size()) {
    out.reason = "the row has " + std::to_string(row.cells.size()) + " cells, the header " +
                 std::to_string(header_.size());
    return out;
  }
  Status status = Fill(row, &out);
  if (!status.ok()) {
    out = ImportRow();
    out.line = row.line;
    out.reason = ReasonOf(status.error());
  }
  return out;
}

// The cell after `values` and `default`.
std::string RowReader::Text(const CsvRow& row, const ColumnTarget& target, size_t column) const {
  std::string text(CellText(row.cells[column], FieldAt(target.field)));
  for (const auto& [from, to] : target.values) {
    if (text == from) {
      text = to;
      break;
    }
  }
  return text.empty() ? target.default_text : text;
}

Status RowReader::Fill(const CsvRow& row, ImportRow* out) const {
  for (const auto& [field, value] : mapping_.constants) Set(field, value, true, out);
  for (size_t i = 0; i < mapping_.targets.size(); ++i) {
    const ColumnTarget& target = mapping_.targets[i];
    std::string text = Text(row, target, target_columns_[i]);
    if (target.lookup) {
      if (text.empty()) {
        Set(target.field, Json(), mapping_.empty_is_null, out);
        continue;
      }
      TRY(AddLookup(target, text, out));
      continue;
    }
    TRY(Convert(target, FieldAt(target.field), &text));
    TRY(SetText(target.field, text, out));
  }
  for (const FieldTemplate& made : mapping_.templates) {
    TRY(SetText(made.field, Expand(row, made), out));
  }
  if (model::IsNull(out->key)) {
    return Error::Field("/" + FieldAt(mapping_.key).name, "required", "the key is empty");
  }
  out->key_text = model::ToText(out->key);
  return {};
}

// A column's text inside a template is as its first target has it.
std::string RowReader::Expand(const CsvRow& row, const FieldTemplate& made) const {
  const auto column_text = [&](const std::string& column) {
    for (size_t i = 0; i < mapping_.targets.size(); ++i) {
      const ColumnTarget& target = mapping_.targets[i];
      if (target.column == column) return Text(row, target, target_columns_[i]);
    }
    return std::string(TrimAscii(row.cells[ColumnOf(column).value()]));
  };
  for (const auto& pieces : made.alternatives) {
    std::string text;
    bool filled = true;
    for (const FieldTemplate::Piece& piece : pieces) {
      const std::string part = piece.is_column ? column_text(piece.text) : piece.text;
      filled = filled && !part.empty();
      text += part;
    }
    if (filled) return text;
  }
  return {};
}

Status RowReader::SetText(size_t index, std::string_view text, ImportRow* out) const {
  const model::Field& field = FieldAt(index);
  ASSIGN(model::Value value, model::FromText(field, text, "/" + field.name));
  const bool is_empty = model::IsNull(value);
  // An empty cell takes the field's default at the first import, so it must at every later one.
  if (is_empty && !mapping_.empty_is_null) value = field.default_value;
  Set(index, model::ToJson(field, value), !is_empty || mapping_.empty_is_null, out);
  if (index == mapping_.key) out->key = std::move(value);
  return {};
}

void RowReader::Set(size_t index, const Json& value, bool is_given, ImportRow* out) const {
  if (!is_given) out->left_to_default.push_back(out->fields.members().size());
  out->fields.Set(FieldAt(index).name, value);
}

Json ImportRow::Given() const {
  Json given = Json::Object();
  size_t place = 0;
  size_t next = 0;
  for (const Json::Member& member : fields.members()) {
    const bool left = next < left_to_default.size() && left_to_default[next] == place;
    if (left) ++next;
    if (!left) given.Set(member.first, member.second);
    ++place;
  }
  return given;
}

void SeenKeys::Grow() {
  constexpr size_t slots_min = 1024;
  std::vector<Slot> before = std::move(slots_);
  slots_.assign(std::max(slots_min, before.size() * 2), Slot());
  for (const Slot& slot : before) {
    if (slot.line != 0) slots_[Find(slot)] = slot;
  }
}

SeenKeys::Slot SeenKeys::SlotOf(std::string_view key) {
  const std::string digest = Sha256(key);
  Slot slot;
  std::memcpy(&slot.first, digest.data(), sizeof slot.first);
  std::memcpy(&slot.second, digest.data() + sizeof slot.first, sizeof slot.second);
  return slot;
}

size_t SeenKeys::Find(const Slot& wanted) const {
  size_t at = wanted.first & (slots_.size() - 1);
  for (; slots_[at].line != 0; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].first == wanted.first && slots_[at].second == wanted.second) break;
  }
  return at;
}

bool SeenKeys::Has(std::string_view key) const {
  return !slots_.empty() && slots_[Find(SlotOf(key))].line != 0;
}

size_t SeenKeys::Note(std::string_view key, size_t line) {
  // Two thirds full at most.
  if (used_ * 3 >= slots_.size() * 2) Grow();
  Slot wanted = SlotOf(key);
  Slot& slot = slots_[Find(wanted)];
  if (slot.line != 0) return slot.line;
  wanted.line = static_cast<uint32_t>(line);
  slot = wanted;
  ++used_;
  return 0;
}

void RejectRepeatedKey(SeenKeys* seen, ImportRow* row) {
  if (!row->reason.empty()) return;
  const size_t line = seen->Note(row->key_text, row->line);
  if (line == 0) return;
  ImportRow rejected;
  rejected.line = row->line;
  rejected.reason =
      "its key \"" + row->key_text + "\" stands in line " + std::to_string(line) + " already";
  *row = std::move(rejected);
}

std::string ReasonOf(const Error& error) {
  if (error.fields.empty()) return error.message;
  std::string reason;
  for (const FieldError& field : error.fields) {
    if (!reason.empty()) reason += "; ";
    const std::string name = field.field.substr(field.field.empty() ? 0 : 1);
    // Most details begin with the field's name already.
    if (field.detail.compare(0, name.size(), name) != 0) reason += name + ": ";
    reason += field.detail;
  }
  return reason;
}

void AppendRejectedHeader(const std::vector<std::string>& header, size_t own_columns,
                          char separator, std::string* out) {
  std::vector<std::string> cells(header.begin(),
                                 header.begin() + static_cast<std::ptrdiff_t>(own_columns));
  cells.insert(cells.end(), {"line", "reason"});
  AppendCsvRow(cells, out, separator);
}

void AppendRejected(const CsvRow& row, size_t own_columns, bool was_reported,
                    const std::string& reason, char separator, std::string* out) {
  std::vector<std::string> cells = row.cells;
  cells.resize(was_reported ? own_columns : std::max(cells.size(), own_columns));
  cells.insert(cells.begin() + static_cast<std::ptrdiff_t>(own_columns),
               {std::to_string(row.line), reason});
  AppendCsvRow(cells, out, separator);
}

}  // namespace boathouse::crm
