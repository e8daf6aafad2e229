#include "tables/definition.h"

#include <set>

#include "base/bytes.h"
#include "base/json.h"

namespace boathouse::tables {
namespace {

constexpr size_t digest_bytes = 16;

std::string_view MaskName(Mask mask) {
  switch (mask) {
    case Mask::kNone:
      return "none";
    case Mask::kSha256:
      return "sha256";
    case Mask::kTruncate:
      return "truncate";
  }
  return "none";
}

Status CheckColumn(const ColumnChoice& choice, const model::Object& object,
                   const std::string& pointer) {
  if (object.Find(choice.field) == nullptr) {
    return Error::Field(pointer + "/field", "unknown_field",
                        "the object " + object.name + " has no field '" + choice.field + "'");
  }
  const bool is_id = choice.field == object.fields[model::kFieldId].name;
  if (is_id && choice.mask != Mask::kNone) {
    return Error::Field(pointer + "/mask", "not_allowed",
                        "the id cannot be masked: it is what a row is recognised by");
  }
  if (choice.mask == Mask::kTruncate &&
      (choice.length < 1 || choice.length > mask_characters_max)) {
    return Error::Field(
        pointer + "/length", "out_of_range",
        "truncation leaves 1 to " + std::to_string(mask_characters_max) + " characters");
  }
  return Status::Ok();
}

}  // namespace

std::string TableNameOf(const Id& definition) {
  return std::string(definition_prefix) + HexEncode(definition.AsBytes());
}

bool IsWholeObject(const Definition& definition) {
  return definition.columns.empty() && !definition.filter;
}

std::string DigestOf(const Definition& definition) {
  // JSON, so that no two definitions are written alike.
  Json columns = Json::Array();
  for (const ColumnChoice& choice : definition.columns) {
    Json column = Json::Array({Json(choice.field), Json(MaskName(choice.mask))});
    if (choice.mask == Mask::kTruncate) column.Append(Json(choice.length));
    columns.Append(std::move(column));
  }
  const Json filter = definition.filter ? Json(definition.filter->text) : Json();
  const Json whole = Json::Array({Json(definition.object), std::move(columns), filter});
  return HexEncode(Sha256(whole.Dump()).substr(0, digest_bytes));
}

Status Check(const Definition& definition, const model::Model& model) {
  const model::Object* object = model.Find(definition.object);
  if (object == nullptr) {
    return Error::Field("object", "not_found", "there is no object '" + definition.object + "'");
  }
  std::set<std::string> seen;
  for (size_t i = 0; i < definition.columns.size(); ++i) {
    const std::string pointer = "columns/" + std::to_string(i);
    TRY(CheckColumn(definition.columns[i], *object, pointer));
    if (!seen.insert(definition.columns[i].field).second) {
      return Error::Field(pointer + "/field", "duplicate",
                          "the column '" + definition.columns[i].field + "' is chosen twice");
    }
  }
  if (definition.filter) {
    Result<store::Condition> condition = definition.filter->bind(model);
    if (!condition.ok()) {
      return Error::Field("filter", "invalid", std::move(condition.error().message));
    }
  }
  return Status::Ok();
}

}  // namespace boathouse::tables
