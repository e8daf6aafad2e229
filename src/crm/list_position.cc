#include "crm/list_position.h"

#include "crm/match.h"

namespace boathouse::crm {
namespace {

// The value of a related record's field, and that record's id; nulls where it is not there or not seen.
Status AppendRelated(const store::OrderBy& order, const model::Record& record,
                     store::Reader& reader, Json* values) {
  const store::Step& step = order.path.at(0);
  const Id* id = std::get_if<Id>(&record.At(step.relation));
  if (id != nullptr) {
    Result<model::Record> related = reader.Get(*step.object, *id);
    if (!related.ok() && related.error().kind != ErrorKind::kNotFound) return related.error();
    bool visible = related.ok();
    if (visible && step.visible != nullptr) {
      ASSIGN(visible, Matches(*step.visible, *step.object, *related, reader));
    }
    if (visible) {
      values->Append(model::ToJson(step.object->fields[order.field], related->At(order.field)));
      values->Append(id->ToString());
      return Status::Ok();
    }
  }
  values->Append(Json());
  values->Append(Json());
  return Status::Ok();
}

Error DoesNotFit() {
  return Error::Field("page_token", "invalid_page_token", "page_token does not fit this list");
}

}  // namespace

Result<Json> PositionOf(const store::Query& query, const model::Record& last,
                        store::Reader& reader) {
  Json values = Json::Array();
  for (const store::OrderBy& order : query.order) {
    if (order.path.empty()) {
      values.Append(model::ToJson(query.object->fields[order.field], last.At(order.field)));
    } else {
      TRY(AppendRelated(order, last, reader, &values));
    }
  }
  return Json::Object({{"v", std::move(values)}, {"i", last.id().ToString()}});
}

Result<store::Query::Position> ReadPosition(const store::Query& query, const Json& json) {
  store::Query::Position position;
  const JsonArray& values = json["v"].items();
  const auto id = Id::Parse(json["i"].AsString());
  if (!id) return DoesNotFit();
  position.id = *id;
  size_t at = 0;
  for (const store::OrderBy& order : query.order) {
    const model::Object& object = order.path.empty() ? *query.object : *order.path[0].object;
    const size_t needed = order.path.empty() ? 1 : 2;
    if (at + needed > values.size()) return DoesNotFit();
    ASSIGN(model::Value value,
           model::FromJson(object.fields[order.field], values[at], "page_token"));
    position.values.push_back(std::move(value));
    if (needed == 2) {
      ASSIGN(model::Value related,
             model::FromJson(object.fields[model::kFieldId], values[at + 1], "page_token"));
      position.values.push_back(std::move(related));
    }
    at += needed;
  }
  if (at != values.size()) return DoesNotFit();
  return position;
}

}  // namespace boathouse::crm
