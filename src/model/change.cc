#include "model/change.h"

#include <algorithm>
#include <map>

#include "model/computed.h"
#include "model/field_definition.h"
#include "model/text.h"

namespace boathouse::model {
namespace {

int32_t NextColumnId(const Object& object) {
  int32_t next = custom_column_id_min;
  for (const Field& field : object.fields) next = std::max(next, field.column_id + 1);
  return next;
}

Status Append(Object& object, Field field, const std::string& pointer) {
  if (object.IndexOf(field.name)) {
    Error taken(ErrorKind::kConflict, object.name + " already has a field \"" + field.name + "\"");
    taken.fields.push_back({pointer + "/name", "duplicate", taken.message});
    return taken;
  }
  if (object.fields.size() >= fields_max) {
    return WrongMember(pointer, "out_of_range",
                       "an object may have at most " + std::to_string(fields_max) + " fields");
  }
  field.column_id = NextColumnId(object);
  object.fields.push_back(std::move(field));
  return Status::Ok();
}

Object* FindIn(std::vector<Object>& objects, std::string_view name) {
  for (Object& object : objects) {
    if (object.name == name) return &object;
  }
  return nullptr;
}

Result<Object*> Existing(std::vector<Object>& objects, const Json& json) {
  const std::string_view name = json["object"].AsString();
  Object* object = FindIn(objects, name);
  if (object == nullptr) {
    return Error(ErrorKind::kNotFound,
                 "there is no object \"" + std::string(name.substr(0, 60)) + "\"");
  }
  return object;
}

Status AddObject(const Model& model, const Json& json, std::vector<Object>& objects) {
  TRY(CheckMembers(json, {"name", "plural", "label", "label_plural", "description", "fields"}, ""));
  if (objects.size() >= objects_max) {
    return WrongMember("/name", "out_of_range",
                       "a workspace may have at most " + std::to_string(objects_max) + " objects");
  }
  Object object;
  object.name = json["name"].AsString();
  object.plural = json["plural"].AsString();
  TRY(CheckName(object.name, "/name"));
  TRY(CheckName(object.plural, "/plural"));
  if (object.name == object.plural) {
    return WrongMember("/plural", "duplicate",
                       "plural must differ from name: it is the collection's name");
  }
  for (const Object& other : objects) {
    for (const std::string& taken : {other.name, other.plural}) {
      if (taken != object.name && taken != object.plural) continue;
      Error error(ErrorKind::kConflict,
                  "the name \"" + taken + "\" is already taken by " + other.name);
      error.fields.push_back(
          {taken == object.name ? "/name" : "/plural", "duplicate", error.message});
      return error;
    }
  }
  ASSIGN(object.label, ReadLabel(json, "label", LabelFor(object.name), ""));
  ASSIGN(object.label_plural, ReadLabel(json, "label_plural", LabelFor(object.plural), ""));
  ASSIGN(object.description,
         ReadLabel(json, "description", object.label + " (custom object).", ""));
  object.title_field = "name";
  object.fields = SystemFields();
  if (!json["fields"].is_null() && !json["fields"].is_array()) {
    return WrongMember("/fields", "wrong_type", "fields must be an array of fields");
  }
  const JsonArray& fields = json["fields"].items();
  const bool names_itself = std::any_of(fields.begin(), fields.end(), [](const Json& field) {
    return field["name"].AsString() == "name";
  });
  if (!names_itself) {
    const Json name = Json::Object({{"name", "name"},
                                    {"type", "text"},
                                    {"required", true},
                                    {"searchable", true},
                                    {"indexed", true}});
    ASSIGN(Field field, ReadField(model, object.name, name, ""));
    TRY(Append(object, std::move(field), ""));
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string pointer = "/fields/" + std::to_string(i);
    ASSIGN(Field field, ReadField(model, object.name, fields[i], pointer));
    TRY(Append(object, std::move(field), pointer));
  }
  if (object.Find("name")->type != FieldType::kText) {
    return WrongMember("/fields", "wrong_type",
                       "the field \"name\" must be text: it titles the record");
  }
  if (!object.IndexOf("owner_id")) {
    const Json owner = Json::Object({{"name", "owner_id"},
                                     {"type", "relation"},
                                     {"relation", Json::Object({{"object", "user"}})}});
    ASSIGN(Field field, ReadField(model, object.name, owner, ""));
    TRY(Append(object, std::move(field), ""));
  }
  objects.push_back(std::move(object));
  return Status::Ok();
}

Status AddField(const Model& model, const Json& json, std::vector<Object>& objects) {
  ASSIGN(Object * object, Existing(objects, json));
  ASSIGN(Field field, ReadField(model, object->name, json["field"], ""));
  return Append(*object, std::move(field), "");
}

Status Relabel(const Json& json, std::vector<Object>& objects) {
  ASSIGN(Object * object, Existing(objects, json));
  if (json["field"].is_null()) {
    ASSIGN(object->label, ReadLabel(json, "label", object->label, ""));
    ASSIGN(object->label_plural, ReadLabel(json, "label_plural", object->label_plural, ""));
    return Status::Ok();
  }
  const auto index = object->IndexOf(json["field"].AsString());
  if (!index) {
    return Error(ErrorKind::kNotFound, object->name + " has no field \"" +
                                           std::string(json["field"].AsString().substr(0, 60)) +
                                           "\"");
  }
  ASSIGN(object->fields[*index].label, ReadLabel(json, "label", object->fields[*index].label, ""));
  return Status::Ok();
}

Status Alter(const Json& json, std::vector<Object>& objects) {
  ASSIGN(Object * object, Existing(objects, json));
  const auto index = object->IndexOf(json["field"].AsString());
  if (!index) {
    return Error(ErrorKind::kNotFound, object->name + " has no field \"" +
                                           std::string(json["field"].AsString().substr(0, 60)) +
                                           "\"");
  }
  return AlterField(json, object->fields[*index]);
}

// Where each field of the definition stands in it: "/fields/3" for one of a new object.
PointerOf PointersInto(std::string_view what, const Json& definition) {
  std::map<std::string, std::string> places;
  if (what == "add_object") {
    const JsonArray& fields = definition["fields"].items();
    for (size_t i = 0; i < fields.size(); ++i) {
      places[std::string(fields[i]["name"].AsString())] = "/fields/" + std::to_string(i);
    }
  }
  return [places](const Object&, const Field& field) {
    const auto place = places.find(field.name);
    return place != places.end() ? place->second : std::string();
  };
}

}  // namespace

Result<std::shared_ptr<const Model>> Apply(const Model& model, const Json& change) {
  std::vector<Object> objects = model.objects();
  if (change.size() != 1) {
    return Error(ErrorKind::kInvalid, "a change of the model has one member: what to do");
  }
  const auto& [what, definition] = change.members()[0];
  if (what == "add_object") {
    TRY(AddObject(model, definition, objects));
  } else if (what == "add_field") {
    TRY(AddField(model, definition, objects));
  } else if (what == "relabel") {
    TRY(Relabel(definition, objects));
  } else if (what == "alter_field") {
    TRY(Alter(definition, objects));
  } else {
    return Error(ErrorKind::kInvalid,
                 "a change of the model adds an object, adds or alters a field, or relabels");
  }
  TRY(ResolveComputed(objects, PointersInto(what, definition)));
  return std::make_shared<const Model>(std::move(objects));
}

}  // namespace boathouse::model
