#include "crm/import_mapping.h"

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "crm/csv_text.h"

namespace boathouse::crm {
namespace {

// RFC 6901: ~ and / are escaped inside a pointer's member.
std::string Child(const std::string& pointer, std::string_view name) {
  std::string out = pointer + "/";
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

bool TakesDates(model::FieldType type) {
  return type == model::FieldType::kDate || type == model::FieldType::kDateTime;
}

bool TakesNumbers(model::FieldType type) {
  return type == model::FieldType::kInteger || type == model::FieldType::kDecimal ||
         type == model::FieldType::kMoney;
}

// Collects every error of a mapping, so that its writer mends them in one go.
class Parser {
 public:
  Parser(const model::Model& model, const std::string& object) : model_(model), object_(object) {}

  std::vector<FieldError> errors;

  Mapping ParseOne(const Json& json, const std::string& pointer) {
    Mapping mapping;
    if (!Expect(json.is_object(), pointer, "an object")) return mapping;
    CheckMembers(json, pointer,
                 {"file", "object", "key", "separator", "encoding", "empty", "duplicates",
                  "columns", "constants", "templates", "ignore", "description", "$schema"});
    ReadFile(json, pointer, &mapping);
    const std::string name(json["object"].AsString(object_));
    mapping.object = model_.Find(name);
    if (mapping.object == nullptr) mapping.object = model_.FindPlural(name);
    if (mapping.object == nullptr) {
      Add(Child(pointer, "object"), "not_found",
          name.empty() ? "the object to import into is missing"
                       : "there is no object \"" + name + "\"");
      return mapping;
    }
    mapping.by_name = json.Find("columns") == nullptr;
    if (!mapping.by_name) ReadColumns(json["columns"], Child(pointer, "columns"), &mapping);
    ReadEmpty(json["empty"], Child(pointer, "empty"), &mapping);
    ReadDuplicates(json["duplicates"], Child(pointer, "duplicates"), &mapping);
    ReadTemplates(json["templates"], Child(pointer, "templates"), &mapping);
    ReadConstants(json["constants"], Child(pointer, "constants"), &mapping);
    ReadIgnored(json["ignore"], Child(pointer, "ignore"), &mapping);
    ReadKey(json["key"], Child(pointer, "key"), &mapping);
    fields_.clear();
    return mapping;
  }

 private:
  void Add(std::string pointer, std::string code, std::string detail) {
    errors.push_back({std::move(pointer), std::move(code), std::move(detail)});
  }

  bool Expect(bool holds, const std::string& pointer, const std::string& what) {
    if (!holds) Add(pointer, "wrong_type", "expected " + what);
    return holds;
  }

  void CheckMembers(const Json& json, const std::string& pointer,
                    std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : json.members()) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      std::string list;
      for (const std::string_view each : known)
        list += (list.empty() ? "" : ", ") + std::string(each);
      Add(Child(pointer, name), "unknown_field", "not a member here; the members are " + list);
    }
  }

  // The field that a mapping writes. Each may be written once.
  std::optional<size_t> WritableField(std::string_view name, const std::string& pointer,
                                      const model::Object& object) {
    const std::optional<size_t> index = object.IndexOf(name);
    if (!index) {
      Add(pointer, "not_found", object.name + " has no field \"" + std::string(name) + "\"");
      return std::nullopt;
    }
    if (object.fields[*index].read_only) {
      Add(pointer, "read_only",
          "the server sets \"" + std::string(name) + "\"; it cannot be imported");
      return std::nullopt;
    }
    if (!fields_.insert(*index).second) {
      Add(pointer, "duplicate", "the field \"" + std::string(name) + "\" is mapped twice");
      return std::nullopt;
    }
    return index;
  }

  void ReadFile(const Json& json, const std::string& pointer, Mapping* mapping) {
    if (const Json* file = json.Find("file")) {
      if (Expect(file->is_string(), Child(pointer, "file"), "a file name")) {
        mapping->file = std::string(file->AsString());
        const bool plain = mapping->file.find_first_of("/\\") == std::string::npos &&
                           mapping->file != ".." && !mapping->file.empty();
        if (!plain) Add(Child(pointer, "file"), "invalid", "expected a file name without folders");
      }
    }
    if (const Json* separator = json.Find("separator")) {
      const std::string_view text = separator->AsString();
      if (text.size() == 1 && text[0] != '"' && text[0] != '\r' && text[0] != '\n') {
        mapping->csv.separator = text[0];
      } else {
        Add(Child(pointer, "separator"), "invalid", "expected one ASCII character, e.g. \";\"");
      }
    }
    if (const Json* encoding = json.Find("encoding")) {
      const std::optional<std::string> name = EncodingName(encoding->AsString());
      if (name) {
        mapping->csv.encoding = *name;
      } else {
        Add(Child(pointer, "encoding"), "invalid",
            "expected the name of an encoding, such as \"utf-8\", \"utf-16\" or \"windows-1252\"");
      }
    }
  }

  void ReadEmpty(const Json& empty, const std::string& pointer, Mapping* mapping) {
    if (empty.is_null()) return;
    mapping->empty_is_null = empty.AsString() == "null";
    if (mapping->empty_is_null || empty.AsString() == "default") return;
    Add(pointer, "invalid", "expected \"default\" or \"null\"");
  }

  void ReadDuplicates(const Json& duplicates, const std::string& pointer, Mapping* mapping) {
    if (duplicates.is_null()) return;
    using enum ImportDuplicates;
    const std::pair<std::string_view, ImportDuplicates> modes[] = {
        {"ignore", kIgnore}, {"report", kReport}, {"skip", kSkip}, {"merge", kMerge}};
    for (const auto& [name, mode] : modes) {
      if (duplicates.AsString() != name) continue;
      mapping->duplicates = mode;
      return;
    }
    Add(pointer, "invalid", "expected \"ignore\", \"report\", \"skip\" or \"merge\"");
  }

  void ReadColumns(const Json& columns, const std::string& pointer, Mapping* mapping) {
    if (!Expect(columns.is_object(), pointer, "an object of CSV columns")) return;
    for (const auto& [column, target] : columns.members()) {
      const std::string at = Child(pointer, column);
      if (target.is_array()) {
        for (size_t i = 0; i < target.size(); ++i) {
          ReadTarget(column, target.items()[i], Child(at, std::to_string(i)), mapping);
        }
      } else {
        ReadTarget(column, target, at, mapping);
      }
    }
  }

  void ReadTarget(const std::string& column, const Json& json, const std::string& pointer,
                  Mapping* mapping) {
    ColumnTarget target;
    target.column = column;
    if (json.is_string()) {
      const std::optional<size_t> field = WritableField(json.AsString(), pointer, *mapping->object);
      if (!field) return;
      target.field = *field;
      if (NeedsLookup(*mapping, *field, pointer)) return;
      mapping->targets.push_back(std::move(target));
      return;
    }
    if (!Expect(json.is_object(), pointer, "a field name, an object, or an array of them")) return;
    CheckMembers(json, pointer, {"field", "values", "default", "format", "multiply", "lookup"});
    const std::string field_pointer = Child(pointer, "field");
    if (!Expect(json["field"].is_string(), field_pointer, "the name of a field")) return;
    const std::optional<size_t> field =
        WritableField(json["field"].AsString(), field_pointer, *mapping->object);
    if (!field) return;
    target.field = *field;
    ReadValues(json, pointer, &target);
    const model::Field& definition = mapping->object->fields[*field];
    ReadConversions(json, pointer, definition, &target);
    if (const Json* lookup = json.Find("lookup")) {
      ReadLookup(*lookup, Child(pointer, "lookup"), definition, &target);
    } else if (NeedsLookup(*mapping, *field, pointer)) {
      return;
    }
    mapping->targets.push_back(std::move(target));
  }

  // A relation without a lookup would want UUIDs in the file, which no other program has.
  bool NeedsLookup(const Mapping& mapping, size_t field, const std::string& pointer) {
    const model::Field& definition = mapping.object->fields[field];
    if (definition.type != model::FieldType::kRelation) return false;
    Add(pointer, "required",
        "\"" + definition.name +
            "\" points to a record: say by which field it is found, \"lookup\": "
            "{\"object\": \"" +
            definition.relation_object + "\", \"by\": ...}");
    return true;
  }

  void ReadValues(const Json& json, const std::string& pointer, ColumnTarget* target) {
    if (const Json* values = json.Find("values")) {
      const std::string at = Child(pointer, "values");
      if (Expect(values->is_object(), at, "an object of exact texts and their replacements")) {
        for (const auto& [from, to] : values->members()) {
          if (!Expect(to.is_string(), Child(at, from), "a text")) continue;
          target->values.emplace_back(from, std::string(to.AsString()));
        }
      }
    }
    if (const Json* fallback = json.Find("default")) {
      if (Expect(fallback->is_string(), Child(pointer, "default"), "a text")) {
        target->default_text = std::string(fallback->AsString());
      }
    }
  }

  void ReadConversions(const Json& json, const std::string& pointer, const model::Field& definition,
                       ColumnTarget* target) {
    if (const Json* format = json.Find("format")) {
      const std::string at = Child(pointer, "format");
      if (!TakesDates(definition.type)) {
        Add(at, "invalid", "\"" + definition.name + "\" is no date");
      } else if (Expect(format->is_string(), at, "a pattern such as dd-mm-yy")) {
        Result<DateFormat> parsed = DateFormat::Parse(format->AsString());
        if (parsed.ok()) {
          target->format = std::move(*parsed);
        } else {
          Add(at, "invalid", parsed.error().message);
        }
      }
    }
    if (const Json* multiply = json.Find("multiply")) {
      const std::string at = Child(pointer, "multiply");
      target->multiply =
          Decimal::Parse(multiply->is_number() ? multiply->NumberAsText() : multiply->AsString());
      if (!target->multiply) Add(at, "wrong_type", "expected a number with at most four decimals");
      if (!TakesNumbers(definition.type)) {
        Add(at, "invalid", "\"" + definition.name + "\" is no number");
      }
    }
  }

  void ReadLookup(const Json& json, const std::string& pointer, const model::Field& definition,
                  ColumnTarget* target) {
    if (!Expect(json.is_object(), pointer, "an object")) return;
    CheckMembers(json, pointer, {"object", "by", "missing"});
    if (definition.type != model::FieldType::kRelation) {
      Add(pointer, "invalid", "\"" + definition.name + "\" points to no other object");
      return;
    }
    Lookup lookup;
    const std::string name(json["object"].AsString(definition.relation_object));
    lookup.object = model_.Find(name);
    if (lookup.object == nullptr || name != definition.relation_object) {
      Add(Child(pointer, "object"), "invalid",
          "\"" + definition.name + "\" points to " + definition.relation_object);
      return;
    }
    const std::string_view by = json["by"].AsString(lookup.object->title_field);
    const std::optional<size_t> index = lookup.object->IndexOf(by);
    if (!index) {
      Add(Child(pointer, "by"), "not_found", name + " has no field \"" + std::string(by) + "\"");
      return;
    }
    lookup.by = *index;
    const std::string_view missing = json["missing"].AsString("reject");
    if (missing == "empty") {
      lookup.missing = Lookup::Missing::kEmpty;
    } else if (missing == "create") {
      lookup.missing = Lookup::Missing::kCreate;
      if (lookup.object->fields[*index].read_only) {
        Add(Child(pointer, "missing"), "invalid",
            "\"" + std::string(by) + "\" is set by the server, so no record can be made by it");
      }
    } else if (missing != "reject") {
      Add(Child(pointer, "missing"), "invalid", "expected \"reject\", \"empty\" or \"create\"");
    }
    target->lookup = lookup;
  }

  void ReadTemplates(const Json& templates, const std::string& pointer, Mapping* mapping) {
    if (templates.is_null()) return;
    if (!Expect(templates.is_object(), pointer, "an object of fields and their templates")) return;
    for (const auto& [name, value] : templates.members()) {
      const std::string at = Child(pointer, name);
      const std::optional<size_t> field = WritableField(name, at, *mapping->object);
      if (!field) continue;
      if (NeedsLookup(*mapping, *field, at)) continue;
      FieldTemplate made;
      made.field = *field;
      const JsonArray texts = value.is_array() ? value.items() : JsonArray{value};
      if (texts.empty()) Add(at, "invalid", "expected at least one template");
      for (const Json& text : texts) {
        if (Expect(text.is_string(), at, "a text such as \"{product} for {account}\"")) {
          ReadTemplate(text.AsString(), at, &made);
        }
      }
      mapping->templates.push_back(std::move(made));
    }
  }

  void ReadTemplate(std::string_view text, const std::string& pointer, FieldTemplate* made) {
    std::vector<FieldTemplate::Piece> pieces;
    while (!text.empty()) {
      const size_t open = std::min(text.find('{'), text.size());
      if (open > 0) pieces.push_back({false, std::string(text.substr(0, open))});
      text.remove_prefix(open);
      if (text.empty()) break;
      const size_t close = text.find('}');
      if (close == std::string_view::npos || close == 1) {
        Add(pointer, "invalid", "a { needs a column's name and a } behind it");
        return;
      }
      pieces.push_back({true, std::string(text.substr(1, close - 1))});
      text.remove_prefix(close + 1);
    }
    made->alternatives.push_back(std::move(pieces));
  }

  void ReadConstants(const Json& constants, const std::string& pointer, Mapping* mapping) {
    if (constants.is_null()) return;
    if (!Expect(constants.is_object(), pointer, "an object of fields and values")) return;
    for (const auto& [name, value] : constants.members()) {
      const std::string at = Child(pointer, name);
      const std::optional<size_t> field = WritableField(name, at, *mapping->object);
      if (!field) continue;
      const Result<model::Value> checked =
          model::FromJson(mapping->object->fields[*field], value, at);
      if (checked.ok()) {
        mapping->constants.emplace_back(*field, value);
      } else if (checked.error().fields.empty()) {
        Add(at, "invalid", checked.error().message);
      } else {
        for (const FieldError& error : checked.error().fields) errors.push_back(error);
      }
    }
  }

  void ReadIgnored(const Json& ignored, const std::string& pointer, Mapping* mapping) {
    if (ignored.is_null()) return;
    if (!Expect(ignored.is_array(), pointer, "an array of column names")) return;
    for (size_t i = 0; i < ignored.size(); ++i) {
      const Json& name = ignored.items()[i];
      if (!Expect(name.is_string(), Child(pointer, std::to_string(i)), "a column's name")) continue;
      mapping->ignored.emplace_back(name.AsString());
    }
  }

  void ReadKey(const Json& key, const std::string& pointer, Mapping* mapping) {
    if (!key.is_string()) {
      Add(pointer, "required",
          "name the field that tells which record a row is, e.g. \"name\" or \"external_id\"");
      return;
    }
    const std::optional<size_t> index = mapping->object->IndexOf(key.AsString());
    if (!index) {
      Add(pointer, "not_found",
          mapping->object->name + " has no field \"" + std::string(key.AsString()) + "\"");
    } else if (mapping->object->fields[*index].type == model::FieldType::kRelation) {
      Add(pointer, "invalid", "a relation tells no record apart");
    } else if (!fields_.contains(*index) && !mapping->by_name) {
      Add(pointer, "invalid", "the key must be filled by a column or a template");
    } else {
      mapping->key = *index;
    }
  }

  const model::Model& model_;
  const std::string& object_;
  std::set<size_t> fields_;  // written by the mapping under way
};

// The field that a column's header means: its name, or its label for people.
std::optional<size_t> FieldNamed(const model::Object& object, const std::string& column) {
  const std::string lower = AsciiLower(column);
  if (const auto index = object.IndexOf(lower)) return index;
  for (size_t i = 0; i < object.fields.size(); ++i) {
    if (AsciiLower(object.fields[i].label) == lower) return i;
  }
  return std::nullopt;
}

}  // namespace

bool Mapping::Knows(std::string_view column) const {
  for (const ColumnTarget& target : targets) {
    if (target.column == column) return true;
  }
  for (const FieldTemplate& made : templates) {
    for (const auto& pieces : made.alternatives) {
      for (const FieldTemplate::Piece& piece : pieces) {
        if (piece.is_column && piece.text == column) return true;
      }
    }
  }
  return std::find(ignored.begin(), ignored.end(), column) != ignored.end();
}

Status CompleteMapping(const model::Model& model, const std::vector<std::string>& header,
                       Mapping* mapping) {
  if (!mapping->by_name) return {};
  const model::Object& object = *mapping->object;
  std::set<size_t> written;
  for (const FieldTemplate& made : mapping->templates) written.insert(made.field);
  for (const auto& [field, value] : mapping->constants) written.insert(field);
  for (const std::string& column : header) {
    if (mapping->Knows(column)) continue;
    const std::optional<size_t> index = FieldNamed(object, column);
    if (!index) continue;
    const model::Field& field = object.fields[*index];
    if (field.read_only) {
      mapping->ignored.push_back(column);
      continue;
    }
    if (!written.insert(*index).second) {
      return Error::Field("/columns", "duplicate",
                          "the column \"" + column + "\" means " + field.name +
                              ", which is filled already; name the columns, or ignore one");
    }
    ColumnTarget target;
    target.column = column;
    target.field = *index;
    if (field.type == model::FieldType::kRelation) {
      Lookup lookup;
      lookup.object = model.Find(field.relation_object);
      INVARIANT(lookup.object != nullptr);
      lookup.by = lookup.object->title_index();
      lookup.or_id = true;
      target.lookup = lookup;
    }
    mapping->targets.push_back(std::move(target));
  }
  if (written.contains(mapping->key)) return {};
  return Error::Field("/key", "invalid",
                      "the file has no column for the key, " + object.fields[mapping->key].name);
}

Result<std::vector<Mapping>> ParseMappings(const Json& json, const model::Model& model,
                                           const std::string& object) {
  Parser parser(model, object);
  std::vector<Mapping> mappings;
  if (const Json* imports = json.Find("imports")) {
    for (const auto& [name, value] : json.members()) {
      if (name == "imports" || name == "description" || name == "$schema") continue;
      parser.errors.push_back({"/" + name, "unknown_field", "not a member beside \"imports\""});
    }
    if (!imports->is_array() || imports->size() == 0) {
      parser.errors.push_back({"/imports", "wrong_type", "expected a non-empty array of mappings"});
    }
    for (size_t i = 0; i < imports->items().size(); ++i) {
      const std::string pointer = "/imports/" + std::to_string(i);
      mappings.push_back(parser.ParseOne(imports->items()[i], pointer));
      if (mappings.back().file.empty()) {
        parser.errors.push_back(
            {pointer + "/file", "required", "name the CSV file of this mapping"});
      }
    }
  } else {
    mappings.push_back(parser.ParseOne(json, ""));
  }
  if (!parser.errors.empty()) {
    const FieldError& first = parser.errors.front();
    std::string message = "the mapping is wrong at " + (first.field.empty() ? "/" : first.field) +
                          ": " + first.detail;
    return Error(ErrorKind::kInvalid, std::move(message), std::move(parser.errors));
  }
  return mappings;
}

}  // namespace boathouse::crm
