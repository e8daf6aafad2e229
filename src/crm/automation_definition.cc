#include "crm/automation_definition.h"

#include <algorithm>

#include "base/bytes.h"
#include "crm/filter.h"

namespace boathouse::crm {
namespace {

constexpr int64_t position_max = 1'000'000;
constexpr int64_t due_in_days_max = 3650;
constexpr std::string_view open_mark = "{{";
constexpr std::string_view close_mark = "}}";

Error Wrong(const std::string& pointer, const char* code, std::string detail) {
  return Error::Field(pointer, code, std::move(detail));
}

bool HasPlaceholder(const Json& value) {
  return value.is_string() && value.AsString().find(open_mark) != std::string_view::npos;
}

// Calls `take` for each piece: literal text, or the name between the marks.
template <typename Take>
Status SplitTemplate(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const size_t open = text.find(open_mark);
    if (open == std::string_view::npos) return take(text, false);
    if (open > 0) TRY(take(text.substr(0, open), false));
    const size_t close = text.find(close_mark, open);
    if (close == std::string_view::npos) {
      return Error(ErrorKind::kInvalid, "a placeholder that begins with {{ has no }} at its end");
    }
    TRY(take(TrimAscii(text.substr(open + 2, close - open - 2)), true));
    text.remove_prefix(close + 2);
  }
  return Status::Ok();
}

bool IsTimeWord(std::string_view name) { return name == "today" || name == "now"; }

Status CheckPlaceholders(const model::Object& object, std::string_view text,
                         const std::string& pointer) {
  const Status checked = SplitTemplate(text, [&](std::string_view piece, bool is_name) -> Status {
    if (!is_name || IsTimeWord(piece) || object.IndexOf(piece)) return Status::Ok();
    return Error(ErrorKind::kInvalid, object.name + " has no field \"" +
                                          std::string(piece.substr(0, 60)) + "\"" +
                                          SuggestField(object, piece));
  });
  if (checked.ok()) return Status::Ok();
  return Wrong(pointer, "wrong_placeholder", checked.error().message);
}

// Values that are to be written to `target`, about a record of `source`.
Status CheckValues(const model::Object& target, const model::Object& source, const Json& values,
                   const std::string& pointer) {
  if (!values.is_object() || values.size() == 0) {
    return Wrong(pointer, "wrong_type", "expected an object of fields and their values");
  }
  for (const Json::Member& member : values.members()) {
    const std::string at = pointer + "/" + member.first;
    const model::Field* field = target.Find(member.first);
    if (field == nullptr) {
      return Wrong(at, "unknown_field",
                   target.name + " has no field \"" + member.first.substr(0, 60) + "\"" +
                       SuggestField(target, member.first));
    }
    if (field->read_only) {
      return Wrong(at, "read_only", field->name + " is set by the server");
    }
    if (HasPlaceholder(member.second)) {
      TRY(CheckPlaceholders(source, member.second.AsString(), at));
    } else {
      TRY(model::FromJson(*field, member.second, at));
    }
  }
  return Status::Ok();
}

Result<std::string> ReadUser(const Json& json, const std::string& pointer) {
  const auto id = Id::Parse(json.AsString());
  if (!id) return Wrong(pointer, "wrong_format", "expected the id of a user");
  return id->ToString();
}

Status ReadAssign(const model::Object& object, const Json& json, const std::string& pointer,
                  AutomationAction* action) {
  if (!object.IndexOf("owner_id")) {
    return Wrong(pointer, "not_possible", object.plural + " have no owner to assign");
  }
  const Json* owner = json.Find("owner_id");
  const Json* turns = json.Find("round_robin");
  if (json.size() != 1 || (owner == nullptr && turns == nullptr)) {
    return Wrong(pointer, "wrong_type", "assign takes \"owner_id\" or \"round_robin\"");
  }
  if (owner != nullptr) {
    action->kind = AutomationAction::Kind::kAssign;
    ASSIGN(std::string user, ReadUser(*owner, pointer + "/owner_id"));
    action->users.push_back(std::move(user));
    return Status::Ok();
  }
  action->kind = AutomationAction::Kind::kRoundRobin;
  const size_t count = turns->items().size();
  if (count < 1 || count > round_robin_users_max) {
    return Wrong(pointer + "/round_robin", "out_of_range",
                 "round_robin takes 1 to " + std::to_string(round_robin_users_max) + " users");
  }
  for (size_t i = 0; i < count; ++i) {
    ASSIGN(std::string user,
           ReadUser(turns->items()[i], pointer + "/round_robin/" + std::to_string(i)));
    action->users.push_back(std::move(user));
  }
  return Status::Ok();
}

Status ReadActivity(const model::Model& model, const model::Object& object, const Json& json,
                    const std::string& pointer, AutomationAction* action) {
  action->kind = AutomationAction::Kind::kCreateActivity;
  action->fields = json;
  if (const Json* days = json.Find("due_in_days")) {
    action->due_in_days = days->AsInt();
    if (!action->due_in_days || *action->due_in_days < 0 ||
        *action->due_in_days > due_in_days_max) {
      return Wrong(
          pointer + "/due_in_days", "out_of_range",
          "due_in_days must be a whole number from 0 to " + std::to_string(due_in_days_max));
    }
    action->fields.Remove("due_in_days");
  }
  if (json["subject"].AsString().empty()) {
    return Wrong(pointer + "/subject", "required", "an activity needs a subject");
  }
  return CheckValues(*model.Find("activity"), object, action->fields, pointer);
}

Result<AutomationAction> ReadAction(const model::Model& model, const model::Object& object,
                                    const Json& json, const std::string& pointer) {
  AutomationAction action;
  if (!json.is_object() || json.size() != 1) {
    return Wrong(pointer, "wrong_type",
                 "an action is an object with one member: set, assign, create_activity or "
                 "call_webhook");
  }
  const auto& [name, body] = json.members()[0];
  const std::string at = pointer + "/" + name;
  if (name == "set") {
    action.kind = AutomationAction::Kind::kSet;
    action.fields = body;
    TRY(CheckValues(object, object, body, at));
  } else if (name == "assign") {
    TRY(ReadAssign(object, body, at, &action));
  } else if (name == "create_activity") {
    TRY(ReadActivity(model, object, body, at, &action));
  } else if (name == "call_webhook") {
    action.kind = AutomationAction::Kind::kCallWebhook;
    action.webhook = body["webhook_id"].AsString();
    if (action.webhook.empty() || body.size() != 1) {
      return Wrong(at + "/webhook_id", "required", "call_webhook takes \"webhook_id\"");
    }
  } else {
    return Wrong(at, "unknown_action",
                 "there is no action \"" + name.substr(0, 60) +
                     "\"; there are set, assign, create_activity and call_webhook");
  }
  return action;
}

Status ReadTriggers(const Json& on, CompiledAutomation* compiled) {
  for (size_t i = 0; i < on.items().size(); ++i) {
    const std::string_view name = on.items()[i].AsString();
    if (name == "create") {
      compiled->on_create = true;
    } else if (name == "update") {
      compiled->on_update = true;
    } else {
      return Wrong("/on/" + std::to_string(i), "not_an_option",
                   "an automation runs on \"create\" and on \"update\"");
    }
  }
  if (compiled->on_create || compiled->on_update) return Status::Ok();
  return Wrong("/on", "required", "on must hold \"create\", \"update\" or both");
}

Status ReadCondition(const model::Model& model, const Json& definition,
                     CompiledAutomation* compiled) {
  const std::string_view text = definition["condition"].AsString();
  if (!TrimAscii(text).empty()) {
    Result<store::Condition> parsed = ParseFilter(model, *compiled->object, text);
    if (!parsed.ok()) {
      for (FieldError& error : parsed.error().fields) error.field = "/condition";
      return std::move(parsed.error());
    }
    compiled->condition = std::move(parsed).value();
  }
  const JsonArray& changed = definition["changed"].items();
  for (size_t i = 0; i < changed.size(); ++i) {
    const auto field = compiled->object->IndexOf(changed[i].AsString());
    if (!field) {
      return Wrong("/changed/" + std::to_string(i), "unknown_field",
                   compiled->object->name + " has no field \"" +
                       std::string(changed[i].AsString().substr(0, 60)) + "\"" +
                       SuggestField(*compiled->object, changed[i].AsString()));
    }
    compiled->changed.push_back(*field);
  }
  return Status::Ok();
}

// The member as it must be, or its default.
Status Complete(const Json& definition, const char* name, Json::Kind kind, Json fallback,
                Json* complete) {
  const Json* given = definition.Find(name);
  if (given == nullptr) {
    complete->Set(name, std::move(fallback));
    return Status::Ok();
  }
  if (given->kind() != kind) {
    const char* wanted = kind == Json::Kind::kString   ? "a string"
                         : kind == Json::Kind::kArray  ? "a list"
                         : kind == Json::Kind::kNumber ? "a whole number"
                                                       : "true or false";
    return Wrong(std::string("/") + name, "wrong_type", std::string(name) + " must be " + wanted);
  }
  complete->Set(name, *given);
  return Status::Ok();
}

}  // namespace

std::string_view ActionName(AutomationAction::Kind kind) {
  switch (kind) {
    case AutomationAction::Kind::kSet:
      return "set";
    case AutomationAction::Kind::kAssign:
    case AutomationAction::Kind::kRoundRobin:
      return "assign";
    case AutomationAction::Kind::kCreateActivity:
      return "create_activity";
    case AutomationAction::Kind::kCallWebhook:
      return "call_webhook";
  }
  return "set";
}

Result<Json> CompleteAutomation(const model::Model& model, const Json& definition) {
  if (!definition.is_object()) {
    return Wrong("/", "wrong_type", "expected a JSON object that defines the automation");
  }
  using enum Json::Kind;
  Json complete = Json::Object();
  TRY(Complete(definition, "name", kString, "", &complete));
  TRY(Complete(definition, "object", kString, "", &complete));
  TRY(Complete(definition, "on", kArray, Json::Array({"create", "update"}), &complete));
  TRY(Complete(definition, "condition", kString, "", &complete));
  TRY(Complete(definition, "changed", kArray, Json::Array(), &complete));
  TRY(Complete(definition, "every_time", kBool, false, &complete));
  TRY(Complete(definition, "position", kNumber, 0, &complete));
  TRY(Complete(definition, "is_active", kBool, true, &complete));
  TRY(Complete(definition, "actions", kArray, Json::Array(), &complete));
  for (const Json::Member& member : definition.members()) {
    if (complete.Find(member.first) == nullptr) {
      return Wrong("/" + member.first, "unknown_field",
                   "an automation has no \"" + member.first.substr(0, 60) + "\"");
    }
  }
  const std::string_view name = TrimAscii(complete["name"].AsString());
  if (name.empty() || name.size() > automation_name_chars_max) {
    return Wrong("/name", "required",
                 "name is required, of at most " + std::to_string(automation_name_chars_max) +
                     " characters");
  }
  const model::Object* object = model.Find(complete["object"].AsString());
  if (object == nullptr) object = model.FindPlural(complete["object"].AsString());
  if (object != nullptr) complete.Set("object", object->name);
  TRY(CompileAutomation(model, "", complete));
  return complete;
}

Result<CompiledAutomation> CompileAutomation(const model::Model& model, const std::string& id,
                                             const Json& definition) {
  CompiledAutomation compiled;
  compiled.id = id;
  compiled.name = definition["name"].AsString();
  compiled.object = model.Find(definition["object"].AsString());
  if (compiled.object == nullptr) {
    return Wrong("/object", "not_found",
                 "there is no object \"" +
                     std::string(definition["object"].AsString().substr(0, 60)) + "\"");
  }
  TRY(ReadTriggers(definition["on"], &compiled));
  TRY(ReadCondition(model, definition, &compiled));
  compiled.every_time = definition["every_time"].AsBool();
  compiled.is_active = definition["is_active"].AsBool(true);
  const auto position = definition["position"].AsInt();
  if (!position || *position < 0 || *position > position_max) {
    return Wrong("/position", "out_of_range",
                 "position must be a whole number from 0 to " + std::to_string(position_max));
  }
  compiled.position = *position;
  const JsonArray& actions = definition["actions"].items();
  if (actions.empty() || actions.size() > automation_actions_max) {
    return Wrong("/actions", "out_of_range",
                 "an automation has 1 to " + std::to_string(automation_actions_max) + " actions");
  }
  for (size_t i = 0; i < actions.size(); ++i) {
    ASSIGN(AutomationAction action,
           ReadAction(model, *compiled.object, actions[i], "/actions/" + std::to_string(i)));
    compiled.actions.push_back(std::move(action));
  }
  return compiled;
}

Json FillPlaceholders(const model::Object& object, const model::Record& record, Micros now,
                      const Json& value) {
  if (!HasPlaceholder(value)) return value;
  std::string filled;
  // What is wrong with placeholders was said when the definition was saved.
  [[maybe_unused]] const Status split =
      SplitTemplate(value.AsString(), [&](std::string_view piece, bool is_name) -> Status {
        const std::string at = FormatDateTime(now);
        if (!is_name) {
          filled += piece;
        } else if (piece == "now") {
          filled += at;
        } else if (piece == "today") {
          filled += at.substr(0, at.find('T'));
        } else if (const auto field = object.IndexOf(piece)) {
          filled += model::ToText(record.At(*field));
        }
        return Status::Ok();
      });
  return filled;
}

}  // namespace boathouse::crm
