#include "crm/import_rows.h"

#include <algorithm>
#include <map>

#include "base/bytes.h"

namespace boathouse::crm {
namespace {

using model::FieldType;

__extension__ typedef __int128 Wide;

std::string JoinNames(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

class RowReader {
 public:
  RowReader(const Mapping& mapping, const CsvTable& table) : mapping_(mapping), table_(table) {
    for (size_t i = 0; i < table.header.size(); ++i) columns_[table.header[i]] = i;
  }

  Status CheckColumns() const {
    std::vector<FieldError> errors;
    const auto need = [&](const std::string& column, const std::string& pointer) {
      if (columns_.contains(column)) return;
      errors.push_back(
          {pointer, "not_found",
           "the file has no column \"" + column + "\"; it has " + JoinNames(table_.header)});
    };
    for (const ColumnTarget& target : mapping_.targets) need(target.column, "/columns");
    for (const FieldTemplate& made : mapping_.templates) {
      for (const auto& pieces : made.alternatives) {
        for (const FieldTemplate::Piece& piece : pieces) {
          if (piece.is_column) need(piece.text, "/templates");
        }
      }
    }
    const size_t own_columns = OwnColumns(mapping_, table_);
    for (size_t i = 0; i < own_columns; ++i) {
      const std::string& column = table_.header[i];
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

  ImportRow Read(const CsvRow& row) const {
    ImportRow out;
    const size_t width = table_.header.size();
    if (row.cells.size() != width) {
      out.reason = "the row has " + std::to_string(row.cells.size()) + " cells, the header " +
                   std::to_string(width);
      return out;
    }
    Status status = Fill(row, &out);
    if (!status.ok()) {
      out = ImportRow();
      out.reason = ReasonOf(status.error());
    }
    return out;
  }

 private:
  const model::Field& FieldAt(size_t index) const { return mapping_.object->fields[index]; }

  std::string_view Cell(const CsvRow& row, const std::string& column) const {
    return TrimAscii(row.cells[columns_.at(column)]);
  }

  // The cell after `values` and `default`.
  std::string Text(const CsvRow& row, const ColumnTarget& target) const {
    std::string text(Cell(row, target.column));
    for (const auto& [from, to] : target.values) {
      if (text == from) {
        text = to;
        break;
      }
    }
    return text.empty() ? target.default_text : text;
  }

  Status Fill(const CsvRow& row, ImportRow* out) const {
    for (const auto& [field, value] : mapping_.constants) Set(field, value, out);
    for (const ColumnTarget& target : mapping_.targets) {
      const model::Field& field = FieldAt(target.field);
      std::string text = Text(row, target);
      if (target.lookup) {
        if (text.empty()) {
          Set(target.field, Json(), out);
          continue;
        }
        TRY(AddLookup(target, text, out));
        continue;
      }
      TRY(Convert(target, field, &text));
      TRY(SetText(target.field, text, out));
    }
    for (const FieldTemplate& made : mapping_.templates) {
      TRY(SetText(made.field, Expand(row, made), out));
    }
    if (model::IsNull(out->key)) {
      return Error::Field("/" + FieldAt(mapping_.key).name, "required", "the key is empty");
    }
    return {};
  }

  static Status AddLookup(const ColumnTarget& target, const std::string& text, ImportRow* out) {
    const model::Field& by = target.lookup->object->fields[target.lookup->by];
    const Result<model::Value> value = model::FromText(by, text, "/" + target.column);
    // A text that the field could not hold cannot be found, which `missing` decides about.
    out->lookups.push_back({&target, value.ok() ? model::ToText(*value) : text});
    return {};
  }

  static Status Convert(const ColumnTarget& target, const model::Field& field, std::string* text) {
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

  // Exact, or an error: money is never rounded.
  static Status Multiply(const Decimal& factor, const model::Field& field, std::string* text) {
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
    *text = field.type == FieldType::kInteger && whole
                ? std::to_string(result.units / Decimal::unit)
                : result.ToString();
    return {};
  }

  // A column's text inside a template: as its first target has it.
  std::string TemplateText(const CsvRow& row, const std::string& column) const {
    for (const ColumnTarget& target : mapping_.targets) {
      if (target.column == column) return Text(row, target);
    }
    return std::string(Cell(row, column));
  }

  std::string Expand(const CsvRow& row, const FieldTemplate& made) const {
    for (const auto& pieces : made.alternatives) {
      std::string text;
      bool filled = true;
      for (const FieldTemplate::Piece& piece : pieces) {
        const std::string part = piece.is_column ? TemplateText(row, piece.text) : piece.text;
        filled = filled && !part.empty();
        text += part;
      }
      if (filled) return text;
    }
    return {};
  }

  Status SetText(size_t index, std::string_view text, ImportRow* out) const {
    const model::Field& field = FieldAt(index);
    ASSIGN(model::Value value, model::FromText(field, text, "/" + field.name));
    // An empty cell takes the field's default at the first import, so it must at every later one.
    if (model::IsNull(value)) value = field.default_value;
    Set(index, model::ToJson(value), out);
    if (index == mapping_.key) out->key = std::move(value);
    return {};
  }

  void Set(size_t index, const Json& value, ImportRow* out) const {
    out->fields.Set(FieldAt(index).name, value);
  }

  const Mapping& mapping_;
  const CsvTable& table_;
  std::map<std::string, size_t, std::less<>> columns_;
};

// Of rows with one key the first is taken: a second import must find nothing to do.
void RejectRepeatedKeys(const CsvTable& table, std::vector<ImportRow>* rows) {
  std::unordered_map<std::string, size_t> first;
  for (size_t i = 0; i < rows->size(); ++i) {
    ImportRow& row = (*rows)[i];
    if (!row.reason.empty()) continue;
    const auto [at, fresh] = first.emplace(model::ToText(row.key), i);
    if (fresh) continue;
    row = ImportRow();
    row.reason = "its key \"" + at->first + "\" stands in line " +
                 std::to_string(table.rows[at->second].line) + " already";
  }
}

}  // namespace

Result<ImportRows> ReadRows(const Mapping& mapping, const CsvTable& table) {
  const RowReader reader(mapping, table);
  TRY(reader.CheckColumns());
  ImportRows out;
  out.rows.reserve(table.rows.size());
  for (const CsvRow& row : table.rows) out.rows.push_back(reader.Read(row));
  RejectRepeatedKeys(table, &out.rows);

  for (const ColumnTarget& target : mapping.targets) {
    if (!target.lookup || target.lookup->object != mapping.object) continue;
    const model::Field& by = mapping.object->fields[target.lookup->by];
    auto& index = out.own[target.lookup->by];
    for (size_t i = 0; i < out.rows.size(); ++i) {
      const Json* value = out.rows[i].fields.Find(by.name);
      if (value == nullptr || value->is_null()) continue;
      const Result<model::Value> typed = model::FromJson(by, *value, "");
      if (typed.ok()) index.emplace(model::ToText(*typed), i);
    }
  }
  return out;
}

size_t OwnColumns(const Mapping& mapping, const CsvTable& table) {
  const size_t count = table.header.size();
  const bool reported = count > 2 && table.header[count - 2] == "line" &&
                        table.header[count - 1] == "reason" && !mapping.Knows("line") &&
                        !mapping.Knows("reason");
  return reported ? count - 2 : count;
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

}  // namespace boathouse::crm
