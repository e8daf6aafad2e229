// Changes of the model at run time, and what they mean for the records that are there: a formula or a
// roll-up that is new, or defined anew, is filled in before the change is answered. Which are filled is
// kept, so that a fill that was cut off is finished when the program starts again.
#include <deque>
#include <map>

#include "base/log.h"
#include "crm/crm_impl.h"
#include "crm/filter.h"
#include "crm/roll_ups.h"
#include "model/change.h"
#include "model/computed.h"

namespace boathouse::crm {
namespace {

constexpr const char* filled_collection = "model.filled";
constexpr size_t fill_page = 500;  // records filled in one transaction
// A field is filled again when one that it rolls up was; fields never need themselves, so that this ends by
// itself long before.
constexpr int fills_max = 4;

struct Place {
  std::string object;
  std::string field;
};

bool ReadsRelated(const store::Condition& condition) {
  if (!condition.path.empty()) return true;
  for (const store::Condition& child : condition.children) {
    if (ReadsRelated(child)) return true;
  }
  return false;
}

// A record's change must decide by itself whether it counts.
Status CheckFilter(const model::Model& model, const model::RollUp& roll_up) {
  if (roll_up.filter.empty()) return Status::Ok();
  const Result<store::Condition> filter =
      ParseFilter(model, *model.Find(roll_up.object), roll_up.filter);
  if (!filter.ok()) {
    return Error::Field("/roll_up/filter", "invalid_filter", filter.error().message);
  }
  if (!ReadsRelated(*filter)) return Status::Ok();
  return Error::Field("/roll_up/filter", "unsupported",
                      "the filter of a roll-up may only ask for fields of " + roll_up.object +
                          " itself, not of related records");
}

// What was asked for may be gone from the object that is rolled up, such as an option. A filter that did
// not hold before, either, keeps nobody from other changes.
Status CheckKeptFilter(const model::Model& current, const model::Model& next,
                       const std::string& owner, const model::Field& field) {
  const Status kept = CheckFilter(next, *field.roll_up);
  if (kept.ok() || !CheckFilter(current, *field.roll_up).ok()) return Status::Ok();
  return Error(ErrorKind::kConflict, "the filter of the roll-up " + owner + "." + field.name +
                                         " needs what this change removes (" +
                                         kept.error().message + "); change the filter first");
}

Status CheckRollUps(const model::Model& current, const model::Model& next) {
  for (const model::Object& object : next.objects()) {
    const model::Object* before = current.Find(object.name);
    for (const model::Field& field : object.fields) {
      if (!field.roll_up) continue;
      const model::Field* was = before != nullptr ? before->Find(field.name) : nullptr;
      if (was != nullptr && was->roll_up && was->roll_up->filter == field.roll_up->filter) {
        TRY(CheckKeptFilter(current, next, object.name, field));
        continue;
      }
      TRY(CheckFilter(next, *field.roll_up));
    }
  }
  return Status::Ok();
}

// The definition as a text that changes with it.
std::string DefinitionOf(const model::Field& field) {
  if (!field.roll_up) return "=" + field.formula;
  const model::RollUp& roll_up = *field.roll_up;
  return std::string(model::RollUpFunctionName(roll_up.function)) + '\x1f' + roll_up.object +
         '\x1f' + roll_up.relation + '\x1f' + roll_up.field + '\x1f' + roll_up.filter;
}

bool IsFilled(const model::Field& field) { return field.roll_up || !field.formula.empty(); }

// The computed fields whose values are not known to be there.
Result<std::deque<Place>> Unfilled(const model::Model& model, store::Reader& reader) {
  std::deque<Place> places;
  for (const model::Object& object : model.objects()) {
    for (const model::Field& field : object.fields) {
      if (!IsFilled(field)) continue;
      ASSIGN(const auto known,
             reader.GetDocument(filled_collection, object.name + "." + field.name));
      if (known && (*known)["definition"].AsString() == DefinitionOf(field)) continue;
      places.push_back({object.name, field.name});
    }
  }
  return places;
}

// One page of records behind `after`; moves it on, to nothing at the end.
Status FillPage(store::Transaction& transaction, const model::Model& model,
                const model::Object& object, size_t field,
                std::optional<store::Query::Position>* after) {
  store::Query query;
  query.object = &object;
  query.limit = fill_page;
  query.after = *after;
  ASSIGN(const std::vector<model::Record> records, transaction.List(query));
  for (const model::Record& record : records) {
    model::Record filled = record;
    if (object.fields[field].roll_up) {
      ASSIGN(model::Value value, CountRollUp(model, object, field, record.id(), transaction));
      if (object.fields[field].roll_up->function == model::RollUp::Function::kSum &&
          model::IsNull(value)) {
        Log(LogLevel::kWarning, "roll_up_out_of_range",
            {{"field", object.name + "." + object.fields[field].name},
             {"record", record.id().ToString()}});
      }
      filled.Set(field, std::move(value));
    }
    model::Compute(object, filled);
    TRY(transaction.Update(object, record, std::move(filled), {Id{}, "model"}));
  }
  after->reset();
  if (records.size() == fill_page) {
    *after = store::Query::Position{{}, records.back().id()};
  }
  return Status::Ok();
}

Status Fill(store::Store& store, const model::Model& model, const Place& place) {
  const model::Object& object = *model.Find(place.object);
  const size_t field = object.IndexOf(place.field).value();
  std::optional<store::Query::Position> at;
  do {
    // The work may be run twice: it begins from `at` each time.
    std::optional<store::Query::Position> next;
    TRY(store.Write([&](store::Transaction& transaction) {
      next = at;
      return FillPage(transaction, model, object, field, &next);
    }));
    at = std::move(next);
  } while (at);
  return Status::Ok();
}

Status FillAll(store::Store& store) {
  const std::shared_ptr<const model::Model> model = store.model();
  std::deque<Place> places;
  {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store.Read());
    ASSIGN(places, Unfilled(*model, *snapshot));
    if (places.empty()) return Status::Ok();
  }
  std::vector<Place> done;
  std::map<std::string, int> fills;
  while (!places.empty()) {
    const Place place = std::move(places.front());
    places.pop_front();
    if (++fills[place.object + "." + place.field] > fills_max) continue;
    done.push_back(place);
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store.Read());
    store::Query any;
    any.object = model->Find(place.object);
    any.limit = 1;
    ASSIGN(const std::vector<model::Record> records, snapshot->List(any));
    if (records.empty()) continue;
    TRY(Fill(store, *model, place));
    // What other objects roll up of this one has changed with it.
    for (const model::Object& owner : model->objects()) {
      for (const model::Field& field : owner.fields) {
        if (!field.roll_up || field.roll_up->object != place.object) continue;
        const model::Field* rolled = any.object->Find(field.roll_up->field);
        const bool reads_computed = rolled != nullptr && IsFilled(*rolled);
        if (reads_computed || !field.roll_up->filter.empty()) {
          places.push_back({owner.name, field.name});
        }
      }
    }
  }
  return store.Write([&](store::Transaction& transaction) -> Status {
    for (const Place& place : done) {
      const model::Field& field = *model->Find(place.object)->Find(place.field);
      TRY(transaction.PutDocument(filled_collection, place.object + "." + place.field,
                                  Json::Object({{"definition", DefinitionOf(field)}})));
    }
    return Status::Ok();
  });
}

}  // namespace

Status Crm::ChangeModel(const Caller& caller, const Json& change) {
  TRY(AllowAdministration(caller, "change objects and fields"));
  const std::shared_ptr<const model::Model> current = impl_->store.model();
  ASSIGN(const std::shared_ptr<const model::Model> next, model::Apply(*current, change));
  TRY(CheckRollUps(*current, *next));
  TRY(impl_->store.ChangeModel(change));
  return FillAll(impl_->store);
}

Status Crm::FinishModelChanges() { return FillAll(impl_->store); }

}  // namespace boathouse::crm
