#include "crm/merge.h"

#include <algorithm>
#include <set>

#include "crm/crm_impl.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;

constexpr const char* winners = "merge.winner";  // loser -> {"into": winner}
constexpr const char* losers = "merge.losers";   // winner/loser -> {}
constexpr int chain_max = 1000;                  // merges of winners that were merged again
constexpr size_t child_page = 500;               // records that are relinked per read
constexpr int hierarchy_depth_max = 100;

std::string KeyOf(const Object& object, const Id& id) { return object.name + "/" + id.ToString(); }

class Merger {
 public:
  Merger(TransactionEdit& edit, const Object& object, const Object& whole, const Id& winner,
         const MergeRequest& request)
      : edit_(edit), object_(object), whole_(whole), winner_(winner), request_(request) {}

  Result<size_t> Run() {
    // Asks for the permission to see each of them, too.
    TRY(edit_.Get(object_, winner_));
    ASSIGN(const Record winner, edit_.transaction().Get(whole_, winner_));
    for (const Id& id : request_.from) {
      TRY(edit_.Get(object_, id));
      ASSIGN(Record loser, edit_.transaction().Get(whole_, id));
      losers_.push_back(std::move(loser));
    }
    ASSIGN(const Json patch, Patch(winner));
    TRY(LiftOutOfLosers());
    for (const Record& loser : losers_) TRY(RelinkAll(loser.id()));
    for (const Record& loser : losers_) {
      TRY(edit_.Delete(object_, loser.id(), std::nullopt));
      TRY(Remember(loser.id()));
    }
    // Only now are the losers' unique values free.
    // An empty patch changes nothing, and asks whether the caller may change the winner.
    TRY(edit_.Update(object_, winner_, patch, std::nullopt, ""));
    return relinked_;
  }

 private:
  bool IsLoser(const Id& id) const {
    return std::find(request_.from.begin(), request_.from.end(), id) != request_.from.end();
  }

  // What the winner is to hold besides what it has: values of the losers where it has none, united
  // multi-selects, and what was chosen.
  Result<Json> Patch(const Record& winner) const {
    Json patch = Json::Object();
    for (const model::Field& seen : object_.fields) {
      const auto index = whole_.IndexOf(seen.name);
      if (!index || seen.read_only || *index < model::kSystemFieldCount) continue;
      model::Value value = Joined(whole_.fields[*index], *index, winner);
      // A hierarchy that led into the losers is mended elsewhere.
      const Id* target = std::get_if<Id>(&value);
      if (target != nullptr && whole_.fields[*index].relation_object == whole_.name &&
          (*target == winner_ || IsLoser(*target))) {
        continue;
      }
      if (value != winner.At(*index)) patch.Set(seen.name, model::ToJson(seen, value));
    }
    if (request_.fields.is_null()) return patch;
    for (const auto& [name, value] : request_.fields.members()) patch.Set(name, value);
    return patch;
  }

  model::Value Joined(const model::Field& field, size_t index, const Record& winner) const {
    const model::Value& own = winner.At(index);
    if (field.type != model::FieldType::kMultiSelect) {
      if (!model::IsNull(own)) return own;
      for (const Record& loser : losers_) {
        if (!model::IsNull(loser.At(index))) return loser.At(index);
      }
      return own;
    }
    std::vector<std::string> values = model::MultiSelectValues(model::ToText(own));
    for (const Record& loser : losers_) {
      for (std::string& value : model::MultiSelectValues(model::ToText(loser.At(index)))) {
        if (std::find(values.begin(), values.end(), value) == values.end()) {
          values.push_back(std::move(value));
        }
      }
    }
    if (values.empty()) return own;
    Json list = Json::Array();
    for (std::string& value : values) list.Append(std::move(value));
    Result<model::Value> united = model::FromJson(field, list, "");
    return united.ok() ? std::move(*united) : own;
  }

  // Where the winner stands below a loser it would become its own ancestor: it takes the place of the
  // first ancestor that stays. What was asked for explicitly comes later.
  Status LiftOutOfLosers() {
    for (size_t i = model::kSystemFieldCount; i < whole_.fields.size(); ++i) {
      if (whole_.fields[i].relation_object != whole_.name) continue;
      ASSIGN(const Record current, edit_.transaction().Get(whole_, winner_));
      std::optional<Id> at = RelationOf(current, i);
      std::optional<Id> last_loser;
      for (int depth = 0; at && *at != winner_ && depth < hierarchy_depth_max; ++depth) {
        if (IsLoser(*at)) last_loser = at;
        const Result<Record> parent = edit_.transaction().Get(whole_, *at);
        at = parent.ok() ? RelationOf(*parent, i) : std::nullopt;
      }
      if (!last_loser) continue;
      ASSIGN(const Record loser, edit_.transaction().Get(whole_, *last_loser));
      const std::optional<Id> above = RelationOf(loser, i);
      Record lifted = current;
      lifted.Set(i, above && *above != winner_ ? model::Value(*above) : model::Value{});
      TRY(edit_.Rewrite(whole_, current, std::move(lifted)));
    }
    return Status::Ok();
  }

  static std::optional<Id> RelationOf(const Record& record, size_t field) {
    const Id* id = std::get_if<Id>(&record.At(field));
    return id != nullptr ? std::optional<Id>(*id) : std::nullopt;
  }

  // Every relation to the loser leads to the winner: those of fields, and those of two fields that say
  // which object and which record.
  Status RelinkAll(const Id& loser) {
    for (const Object& other : edit_.model().objects()) {
      for (size_t i = model::kSystemFieldCount; i < other.fields.size(); ++i) {
        if (other.fields[i].relation_object != whole_.name) continue;
        TRY(RelinkField(other, i,
                        store::Condition::Where(i, store::Condition::Compare::kEqual, loser)));
      }
      const auto id = other.IndexOf("related_id");
      const auto object = other.IndexOf("related_object");
      if (!id || !object || other.fields[*id].type != model::FieldType::kId) continue;
      using Compare = store::Condition::Compare;
      TRY(RelinkField(
          other, *id,
          store::Condition::All({store::Condition::Where(*id, Compare::kEqual, loser),
                                 store::Condition::Where(*object, Compare::kEqual, whole_.name)})));
    }
    return Status::Ok();
  }

  Status RelinkField(const Object& other, size_t field, store::Condition where) {
    store::Query query;
    query.object = &other;
    query.limit = child_page;
    query.where = std::move(where);
    for (;;) {
      ASSIGN(const std::vector<Record> records, edit_.transaction().List(query));
      for (const Record& record : records) {
        Record relinked = record;
        // The winner itself, and losers that are about to go, point nowhere rather than in a circle.
        const bool own = &other == &whole_ && record.id() == winner_;
        relinked.Set(field, own ? model::Value{} : model::Value(winner_));
        ASSIGN(const Record stored, edit_.Rewrite(other, record, std::move(relinked)));
        if (stored.At(field) == record.At(field)) {
          return Error(ErrorKind::kConflict, "a rule keeps the " + other.name + " " +
                                                 record.id().ToString() + " at the " + whole_.name +
                                                 " that would be merged");
        }
        if (!own) ++relinked_;
      }
      if (records.size() < child_page) return Status::Ok();
    }
  }

  Status Remember(const Id& loser) {
    TRY(edit_.transaction().PutDocument(winners, KeyOf(whole_, loser),
                                        Json::Object({{"into", winner_.ToString()}})));
    return edit_.transaction().PutDocument(losers, KeyOf(whole_, winner_) + "/" + loser.ToString(),
                                           Json::Object());
  }

  TransactionEdit& edit_;
  const Object& object_;
  const Object& whole_;
  const Id winner_;
  const MergeRequest& request_;
  std::vector<Record> losers_;
  size_t relinked_ = 0;
};

Status CheckRequest(const Object& object, const Id& winner, const MergeRequest& request) {
  if (request.from.empty() || request.from.size() > merge_records_max) {
    return Error::Field(
        "/from", "out_of_range",
        "from must name between 1 and " + std::to_string(merge_records_max) + " " + object.plural);
  }
  std::set<Id> seen = {winner};
  for (size_t i = 0; i < request.from.size(); ++i) {
    if (seen.insert(request.from[i]).second) continue;
    return Error::Field("/from/" + std::to_string(i), "duplicate",
                        request.from[i] == winner
                            ? "a " + object.name + " cannot be merged into itself"
                            : "this " + object.name + " stands twice");
  }
  if (!request.fields.is_null() && !request.fields.is_object()) {
    return Error::Field("/fields", "wrong_type", "fields must be an object");
  }
  return Status::Ok();
}

// Errors about the winner's values were given as members of "fields".
Error InFields(Error error) {
  for (FieldError& field : error.fields) {
    if (!field.field.starts_with("/fields")) field.field = "/fields" + field.field;
  }
  return error;
}

}  // namespace

Result<Merged> Merge(Crm& crm, const Caller& caller, const Object& object, const Id& winner,
                     const MergeRequest& request) {
  TRY(CheckRequest(object, winner, request));
  Merged merged;
  const Status done = crm.impl().Transact(caller, [&](TransactionEdit& edit) -> Status {
    const Object& whole = *edit.model().Find(object.name);
    ASSIGN(merged.relinked, Merger(edit, object, whole, winner, request).Run());
    ASSIGN(merged.record, edit.Get(object, winner));
    return Status::Ok();
  });
  if (!done.ok()) return InFields(done.error());
  return merged;
}

Result<std::optional<Id>> FindWinner(Crm& crm, const Caller& caller, const Object& object,
                                     const Id& id) {
  std::optional<Id> winner;
  {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, crm.impl().store.Read());
    ASSIGN(winner, WinnerOf(*snapshot, object, id));
  }
  if (winner && !crm.Get(caller, object, *winner).ok()) winner.reset();
  return winner;
}

Result<Record> GetFollowing(Crm& crm, const Caller& caller, const Object& object, const Id& id) {
  Result<Record> record = crm.Get(caller, object, id);
  if (record.ok() || record.error().kind != ErrorKind::kNotFound) return record;
  ASSIGN(const std::optional<Id> winner, FindWinner(crm, caller, object, id));
  if (!winner) return record;
  return crm.Get(caller, object, *winner);
}

Result<std::optional<Id>> WinnerOf(store::Reader& reader, const Object& object, const Id& id) {
  std::optional<Id> winner;
  for (int step = 0; step < chain_max; ++step) {
    ASSIGN(const std::optional<Json> merged,
           reader.GetDocument(winners, KeyOf(object, winner.value_or(id))));
    if (!merged) break;
    const auto into = Id::Parse((*merged)["into"].AsString());
    if (!into) break;
    winner = into;
  }
  return winner;
}

Result<std::vector<Id>> LosersOf(store::Reader& reader, const Object& object, const Id& id) {
  std::vector<Id> found;
  std::vector<Id> waiting = {id};
  while (!waiting.empty() && found.size() < losers_read_max) {
    const std::string prefix = KeyOf(object, waiting.back()) + "/";
    waiting.pop_back();
    store::DocumentRange range;
    range.from = prefix;
    range.before = prefix.substr(0, prefix.size() - 1) + static_cast<char>('/' + 1);
    range.limit = losers_read_max - found.size();
    ASSIGN(const auto documents, reader.ListDocuments(losers, range));
    for (const auto& [key, body] : documents) {
      const auto loser = Id::Parse(std::string_view(key).substr(prefix.size()));
      if (!loser) continue;
      found.push_back(*loser);
      waiting.push_back(*loser);
    }
  }
  return found;
}

Status ForgetMerge(store::Transaction& transaction, const Object& object, const Id& id) {
  ASSIGN(const std::optional<Json> merged, transaction.GetDocument(winners, KeyOf(object, id)));
  if (!merged) return Status::Ok();
  TRY(transaction.DeleteDocument(winners, KeyOf(object, id)));
  return transaction.DeleteDocument(
      losers, object.name + "/" + std::string((*merged)["into"].AsString()) + "/" + id.ToString());
}

Result<Record> TransactionEdit::Rewrite(const Object& object, const Record& current,
                                        Record updated) {
  std::vector<FieldError> ignored;
  TRY(Prepare(object, Json(), "", current, updated, &ignored));
  ASSIGN(Record stored, transaction_.Update(object, current, std::move(updated), author()));
  values_.Note(object, current, stored);
  if (stored.version() != current.version()) {
    TRY(Follow(object, store::Operation::kUpdate, current, stored));
  }
  return stored;
}

}  // namespace boathouse::crm
