#pragma once
// Edits inside a store transaction: input to values, rules, relations, derived fields.

#include <string>
#include <utility>

#include "crm/crm.h"
#include "crm/permission.h"
#include "crm/rule.h"
#include "crm/value_index.h"

namespace boathouse::crm {

class TransactionEdit final : public RuleEdit {
 public:
  TransactionEdit(store::Transaction& transaction, const model::Model& model, const Caller& caller,
                  IdSource& ids, const Rules& rules, const Permissions& permissions)
      : transaction_(transaction),
        values_(transaction),
        model_(model),
        caller_(caller),
        ids_(ids),
        rules_(rules),
        permissions_(permissions) {}

  Result<model::Record> Create(const model::Object& object, const Json& fields,
                               const std::string& pointer) override;
  Result<model::Record> Update(const model::Object& object, const Id& id, const Json& fields,
                               std::optional<int64_t> expected_version,
                               const std::string& pointer) override;
  Status Delete(const model::Object& object, const Id& id,
                std::optional<int64_t> expected_version) override;
  Result<model::Record> Get(const model::Object& object, const Id& id) override;
  Result<std::optional<Id>> Find(const model::Object& object, std::string_view field,
                                 const model::Value& value) override;

  Result<model::Record> Insert(const model::Object& object, model::Record record) override;
  Result<model::Record> Replace(const model::Object& object, const model::Record& current,
                                model::Record updated) override;
  // Brings a deleted record back with its values, its version and who created it as given (trash.cc).
  Result<model::Record> Reinstate(const model::Object& object, model::Record record,
                                  bool as_program);
  // Replace for what must not fail because the record would be refused for something else: when what it
  // points to is merged or comes back (merge.cc).
  Result<model::Record> Rewrite(const model::Object& object, const model::Record& current,
                                model::Record updated);
  store::Transaction& transaction() override { return transaction_; }
  const model::Model& model() const override { return model_; }
  const Caller& caller() const override { return caller_; }
  const Permissions& permissions() const override { return permissions_; }
  std::string WriteThrough(std::string surface) override {
    return std::exchange(surface_, std::move(surface));
  }

  // What Create asks before it writes, for those who put a record together themselves and Insert it:
  // `fields` are the caller's members of it.
  Status AllowNew(const model::Object& object, const Json& fields, const model::Record& record);
  // The caller's way into an object, or the program's when a rule is at work.
  Result<Access> Enter(const model::Object& object, Action action);

 private:
  // kNotFound when the caller may not know of the record, kForbidden when it may but not do this.
  Status CheckReach(const Access& access, const model::Record& record, Action action);
  // Whoever else shall own a new record, or whichever record it shall be a part of, must be in reach.
  Status CheckNew(const Access& access, const Json& fields, const std::string& pointer,
                  const model::Record& record);
  // A part that moves must arrive at a record in reach, as a new one must.
  Status CheckMoved(const Access& access, const std::string& pointer, const model::Record& before,
                    const model::Record& record);
  // What people point to, they must be able to see.
  Status CheckGivenRelations(const Access& access, const Json& fields, const std::string& pointer,
                             const model::Record& before, const model::Record& record,
                             std::vector<FieldError>* wrong);
  // Asks the rules what else the record must hold.
  Status Prepare(const model::Object& object, const Json& given, const std::string& pointer,
                 const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong);
  // Lets the rules do what follows from the change.
  Status Follow(const model::Object& object, store::Operation operation,
                const model::Record& before, const model::Record& after);

  // Puts the members of `fields` into `record` and completes it; all that is wrong in one error.
  Status Apply(const Access& access, const Json& fields, const std::string& pointer,
               const model::Record& before, model::Record& record);
  // Required fields, relations, cycles.
  Status Check(const model::Object& object, const std::string& pointer, const model::Record& before,
               const model::Record& record, std::vector<FieldError>* wrong);
  Status CheckRelation(const model::Object& object, size_t field, const model::Record& record,
                       const std::string& pointer, std::vector<FieldError>* wrong);
  Status CheckNoCycle(const model::Object& object, size_t field, const model::Record& record,
                      const std::string& pointer, std::vector<FieldError>* wrong);
  // Empties the relation fields that point to a record about to go.
  Status Unlink(const model::Object& object, const Id& id);
  store::Author author() const {
    return {caller_.principal.user, surface_.empty() ? caller_.surface : surface_};
  }

  store::Transaction& transaction_;
  ValueIndex values_;
  const model::Model& model_;
  const Caller& caller_;
  IdSource& ids_;
  const Rules& rules_;
  const Permissions& permissions_;
  std::string surface_;  // of a rule that names one
  int rule_depth_ = 0;   // above 0 a rule is at work
};

}  // namespace boathouse::crm
