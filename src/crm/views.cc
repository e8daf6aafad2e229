#include "crm/views.h"

#include <algorithm>

#include "base/bytes.h"
#include "crm/crm_impl.h"
#include "crm/filter.h"

namespace boathouse::crm {
namespace {

constexpr std::string_view collection = "crm.view";

Json TextList(const std::vector<std::string>& texts) {
  Json list = Json::Array();
  for (const std::string& text : texts) list.Append(text);
  return list;
}

std::vector<std::string> ReadTexts(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& item : list.items()) texts.emplace_back(item.AsString());
  return texts;
}

std::string Joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ",") + text;
  return joined;
}

Json ToStored(const View& view) {
  return Json::Object({{"name", view.name},
                       {"object", view.object},
                       {"owner", view.owner.ToString()},
                       {"shared", view.shared},
                       {"filter", view.filter},
                       {"order_by", view.order_by},
                       {"columns", TextList(view.columns)},
                       {"group_by", TextList(view.group_by)},
                       {"aggregates", TextList(view.aggregates)},
                       {"created_at", view.created_at},
                       {"updated_at", view.updated_at}});
}

View FromStored(std::string_view id, const Json& json) {
  View view;
  view.id = id;
  view.name = json["name"].AsString();
  view.object = json["object"].AsString();
  view.owner = Id::Parse(json["owner"].AsString()).value_or(Id{});
  view.shared = json["shared"].AsBool();
  view.filter = json["filter"].AsString();
  view.order_by = json["order_by"].AsString();
  view.columns = ReadTexts(json["columns"]);
  view.group_by = ReadTexts(json["group_by"]);
  view.aggregates = ReadTexts(json["aggregates"]);
  view.created_at = json["created_at"].AsInt().value_or(0);
  view.updated_at = json["updated_at"].AsInt().value_or(0);
  return view;
}

std::vector<View> BuiltIn(const model::Object& object) {
  const auto make = [&](const char* key, const std::string& name) {
    View view;
    view.id = object.plural + '.' + key;
    view.name = name;
    view.object = object.name;
    view.shared = true;
    view.built_in = true;
    return view;
  };
  std::vector<View> views;
  views.push_back(make("all", "All " + object.label_plural));
  if (const model::Field* owner = object.Find("owner_id");
      owner != nullptr && owner->relation_object == "user") {
    views.push_back(make("mine", "My " + object.label_plural));
    views.back().filter = "owner_id = me";
  }
  views.push_back(make("recent", "Recently changed " + object.label_plural));
  views.back().order_by = "updated_at desc";
  return views;
}

bool Sees(const Caller& caller, const View& view) {
  return view.shared || view.owner == caller.principal.user;
}

Status AllowChange(const Caller& caller, const View& view) {
  if (view.built_in) {
    return Error(ErrorKind::kForbidden, "the view " + view.id +
                                            " comes with the object: save one of "
                                            "your own instead");
  }
  if (view.owner == caller.principal.user || caller.principal.Administers()) return Status::Ok();
  return Error(ErrorKind::kForbidden,
               "the view \"" + view.name + "\" may be changed by its owner and by administrators");
}

// A token that only reads saves nothing.
Status AllowWriting(const Caller& caller, const model::Object& object) {
  const auto& scopes = caller.principal.scopes;
  if (!scopes || scopes->Allows(object.plural, auth::ScopeAction::kWrite)) return Status::Ok();
  return Error(ErrorKind::kForbidden,
               "this token may not write " + object.plural + ", and so may not save views of them");
}

Error NoSuchView(std::string_view id) {
  return Error(ErrorKind::kNotFound,
               "there is no view \"" + std::string(id.substr(0, 60)) + "\" that you may see");
}

// The words of a view against the model of who uses it; errors are about the view's members.
Status CheckWords(const model::Model& model, const model::Object& object, const View& view) {
  FilterScope scope;
  scope.me = Id{};
  scope.now = 0;
  if (view.filter.size() > view_filter_chars_max) {
    return Error::Field("filter", "too_long",
                        "a view's filter may have at most " +
                            std::to_string(view_filter_chars_max) + " characters");
  }
  TRY(ParseFilter(model, object, view.filter, scope));
  TRY(ParseOrderBy(model, object, view.order_by, scope));
  if (view.columns.size() > view_columns_max) {
    return Error::Field("columns", "too_many",
                        "a view has at most " + std::to_string(view_columns_max) + " columns");
  }
  for (const std::string& column : view.columns) {
    if (object.Find(column) == nullptr) {
      return Error::Field("columns", "unknown_field",
                          "columns: " + object.name + " has no field \"" + column.substr(0, 60) +
                              "\"" + SuggestField(object, column));
    }
  }
  return CheckGroups(model, object, view.Groups());
}

// Query parameters of the same names, as members of a body.
Error InBody(Error error) {
  for (FieldError& field : error.fields) {
    if (field.field == "aggregate") field.field = "aggregates";
    field.field = "/" + field.field;
  }
  return error;
}

// Takes the members of a body into a view.
class BodyReader {
 public:
  BodyReader(const Json& body, View* view) : body_(body), view_(*view) {}

  Status Read(bool is_new) {
    if (!body_.is_object()) return Error::Field("", "wrong_type", "the body must be a JSON object");
    for (const auto& [name, value] : body_.members()) {
      if (name == "object" && is_new) continue;
      TRY(ReadMember(name, value));
    }
    if (TrimAscii(view_.name).empty()) return Error::Field("/name", "required", "name is required");
    return Status::Ok();
  }

 private:
  Status ReadMember(const std::string& name, const Json& value) {
    if (name == "name") return ReadName(value);
    if (name == "filter") return ReadText(name, value, &view_.filter);
    if (name == "order_by") return ReadText(name, value, &view_.order_by);
    if (name == "columns") return ReadList(name, value, view_columns_max, &view_.columns);
    if (name == "group_by") return ReadList(name, value, group_keys_max, &view_.group_by);
    if (name == "aggregates") {
      return ReadList(name, value, group_aggregates_max, &view_.aggregates);
    }
    if (name == "visibility") {
      if (value.AsString() != "private" && value.AsString() != "shared") {
        return Error::Field("/visibility", "not_an_option", "visibility must be private or shared");
      }
      view_.shared = value.AsString() == "shared";
      return Status::Ok();
    }
    return Error::Field("/" + name.substr(0, 60), "unknown_field",
                        "a view has no member \"" + name.substr(0, 60) +
                            "\" that can be set; there are: name, object, filter, order_by, "
                            "columns, group_by, aggregates, visibility");
  }

  Status ReadName(const Json& value) {
    TRY(ReadText("name", value, &view_.name));
    view_.name = TrimAscii(view_.name);
    size_t characters = 0;
    for (const char c : view_.name) {
      characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
      if (static_cast<unsigned char>(c) < 0x20) {
        return Error::Field("/name", "wrong_format", "name must be one line");
      }
    }
    if (characters <= view_name_chars_max) return Status::Ok();
    return Error::Field(
        "/name", "too_long",
        "name may have at most " + std::to_string(view_name_chars_max) + " characters");
  }

  static Status ReadText(const std::string& name, const Json& value, std::string* text) {
    if (!value.is_string() && !value.is_null()) {
      return Error::Field("/" + name, "wrong_type", name + " must be a string");
    }
    *text = value.AsString();
    return Status::Ok();
  }

  static Status ReadList(const std::string& name, const Json& value, size_t count_max,
                         std::vector<std::string>* list) {
    if (value.is_null()) {
      list->clear();
      return Status::Ok();
    }
    if (!value.is_array() || value.size() > count_max) {
      return Error::Field(
          "/" + name, value.is_array() ? "too_many" : "wrong_type",
          name + " must be an array of at most " + std::to_string(count_max) + " strings");
    }
    list->clear();
    for (size_t i = 0; i < value.items().size(); ++i) {
      const Json& item = value.items()[i];
      if (!item.is_string() || item.AsString().find(',') != std::string_view::npos) {
        return Error::Field("/" + name + "/" + std::to_string(i), "wrong_type",
                            name + " must be strings without commas");
      }
      list->emplace_back(item.AsString());
    }
    return Status::Ok();
  }

  const Json& body_;
  View& view_;
};

// The filter of a view and one more.
std::string Both(const std::string& a, const std::string& b) {
  if (TrimAscii(a).empty()) return b;
  if (TrimAscii(b).empty()) return a;
  return "(" + a + ") AND (" + b + ")";
}

}  // namespace

GroupRequest View::Groups() const {
  GroupRequest request;
  request.filter = filter;
  request.group_by = Joined(group_by);
  if (!aggregates.empty()) request.aggregate = Joined(aggregates);
  return request;
}

Result<std::vector<View>> Views::List(const Caller& caller, const model::Object* object) const {
  const std::shared_ptr<const model::Model> seen = crm_.model(caller);
  std::vector<View> views;
  for (const model::Object& each : seen->objects()) {
    if (object != nullptr && each.name != object->name) continue;
    if (!crm_.Allow(caller, each, Action::kRead).ok()) continue;
    for (View& view : BuiltIn(each)) views.push_back(std::move(view));
  }
  const size_t built_in = views.size();
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, crm_.impl().store.Read());
  ASSIGN(const auto stored, snapshot->ListDocuments(collection));
  for (const auto& [id, json] : stored) {
    View view = FromStored(id, json);
    if (object != nullptr && view.object != object->name) continue;
    const model::Object* of = seen->Find(view.object);
    if (of == nullptr || !Sees(caller, view)) continue;
    if (!crm_.Allow(caller, *of, Action::kRead).ok()) continue;
    views.push_back(std::move(view));
  }
  std::sort(views.begin() + static_cast<std::ptrdiff_t>(built_in), views.end(),
            [](const View& a, const View& b) {
              const int by_name = AsciiLower(a.name).compare(AsciiLower(b.name));
              return by_name != 0 ? by_name < 0 : a.id < b.id;
            });
  return views;
}

Result<View> Views::Get(const Caller& caller, std::string_view id) const {
  const std::shared_ptr<const model::Model> seen = crm_.model(caller);
  for (const model::Object& object : seen->objects()) {
    if (!id.starts_with(object.plural + '.')) continue;
    for (View& view : BuiltIn(object)) {
      if (view.id != id) continue;
      TRY(crm_.Allow(caller, object, Action::kRead));
      return std::move(view);
    }
  }
  if (!Id::Parse(id)) return NoSuchView(id);
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, crm_.impl().store.Read());
  ASSIGN(const std::optional<Json> json, snapshot->GetDocument(collection, id));
  if (!json) return NoSuchView(id);
  View view = FromStored(id, *json);
  const model::Object* object = seen->Find(view.object);
  if (object == nullptr || !Sees(caller, view)) return NoSuchView(id);
  if (!crm_.Allow(caller, *object, Action::kRead).ok()) return NoSuchView(id);
  return view;
}

Result<View> Views::Create(const Caller& caller, const Json& body) const {
  View view;
  TRY(BodyReader(body, &view).Read(true));
  if (!body["object"].is_string()) {
    return Error::Field("/object", "required", "object is required: what the view is of");
  }
  const std::shared_ptr<const model::Model> seen = crm_.model(caller);
  Result<const model::Object*> object = crm_.FindObject(caller, body["object"].AsString());
  if (!object.ok()) return Error::Field("/object", "not_found", object.error().message);
  view.object = (*object)->name;
  view.owner = caller.principal.user;
  TRY(AllowWriting(caller, **object));
  if (view.shared) TRY(crm_.Allow(caller, **object, Action::kShare));
  if (const Status good = CheckWords(*seen, **object, view); !good.ok()) {
    return InBody(good.error());
  }
  view.id = crm_.impl().ids.Next().ToString();
  view.created_at = view.updated_at = crm_.impl().clock.Now();
  TRY(crm_.impl().store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(const auto known, transaction.ListDocuments(collection));
    if (known.size() >= views_max) {
      return Error(ErrorKind::kConflict, "there are " + std::to_string(views_max) +
                                             " views already; delete some that nobody uses");
    }
    return transaction.PutDocument(collection, view.id, ToStored(view));
  }));
  return view;
}

Result<View> Views::Update(const Caller& caller, std::string_view id, const Json& patch) const {
  ASSIGN(View view, Get(caller, id));
  TRY(AllowChange(caller, view));
  const bool was_shared = view.shared;
  TRY(BodyReader(patch, &view).Read(false));
  const std::shared_ptr<const model::Model> seen = crm_.model(caller);
  const model::Object* object = seen->Find(view.object);
  if (object == nullptr) return NoSuchView(id);
  TRY(AllowWriting(caller, *object));
  if (view.shared && !was_shared) TRY(crm_.Allow(caller, *object, Action::kShare));
  if (const Status good = CheckWords(*seen, *object, view); !good.ok()) {
    return InBody(good.error());
  }
  view.updated_at = crm_.impl().clock.Now();
  TRY(crm_.impl().store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(const std::optional<Json> known, transaction.GetDocument(collection, id));
    if (!known) return NoSuchView(id);
    return transaction.PutDocument(collection, id, ToStored(view));
  }));
  return view;
}

Status Views::Delete(const Caller& caller, std::string_view id) const {
  ASSIGN(const View view, Get(caller, id));
  TRY(AllowChange(caller, view));
  const std::shared_ptr<const model::Model> seen = crm_.model(caller);
  const model::Object* object = seen->Find(view.object);
  if (object != nullptr) TRY(AllowWriting(caller, *object));
  return crm_.impl().store.Write(
      [&](store::Transaction& transaction) { return transaction.DeleteDocument(collection, id); });
}

Result<View> Views::Usable(const Caller& caller, const model::Object& object,
                           std::string_view id) const {
  Result<View> view = Get(caller, id);
  if (!view.ok()) return Error::Field("view", "not_found", view.error().message);
  if (view->object != object.name) {
    return Error::Field(
        "view", "wrong_object",
        "the view \"" + view->name + "\" is of " + view->object + ", not of " + object.name);
  }
  const std::shared_ptr<const model::Model> seen = crm_.model(caller);
  const model::Object* of = seen->Find(view->object);
  if (of == nullptr) return Error::Field("view", "not_found", NoSuchView(id).message);
  if (const Status good = CheckWords(*seen, *of, *view); !good.ok()) {
    return Error::Field("view", "unusable_view",
                        "the view \"" + view->name +
                            "\" uses something that is gone or that you may not see; " +
                            good.error().message);
  }
  return view;
}

Result<ListRequest> Views::Apply(const Caller& caller, const model::Object& object,
                                 std::string_view id, ListRequest request) const {
  ASSIGN(const View view, Usable(caller, object, id));
  // By itself first, so that what is wrong with it is told with its own places.
  const std::shared_ptr<const model::Model> seen = crm_.model(caller);
  FilterScope scope;
  scope.me = Id{};
  scope.now = 0;
  if (const model::Object* of = seen->Find(object.name)) {
    TRY(ParseFilter(*seen, *of, request.filter, scope));
  }
  request.filter = Both(view.filter, request.filter);
  if (TrimAscii(request.order_by).empty()) request.order_by = view.order_by;
  return request;
}

Result<std::vector<std::string>> Views::Columns(const Caller& caller, const model::Object& object,
                                                std::string_view id) const {
  ASSIGN(View view, Usable(caller, object, id));
  return std::move(view.columns);
}

Result<GroupRequest> Views::Apply(const Caller& caller, const model::Object& object,
                                  std::string_view id, GroupRequest request) const {
  ASSIGN(const View view, Usable(caller, object, id));
  request.filter = Both(view.filter, request.filter);
  if (request.group_by.empty()) request.group_by = Joined(view.group_by);
  if (request.aggregate.empty()) request.aggregate = view.Groups().aggregate;
  return request;
}

}  // namespace boathouse::crm
