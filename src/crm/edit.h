#pragma once
// Edits inside a store transaction: input to values, rules, relations, derived fields.

#include <string>

#include "crm/crm.h"
#include "crm/value_index.h"

namespace boathouse::crm {

class TransactionEdit final : public Edit {
 public:
  TransactionEdit(store::Transaction& transaction, const model::Model& model, const Caller& caller,
                  IdSource& ids)
      : transaction_(transaction),
        values_(transaction),
        model_(model),
        caller_(caller),
        ids_(ids) {}

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

 private:
  // Puts the members of `fields` into `record` and completes it; all that is wrong in one error.
  Status Apply(const model::Object& object, const Json& fields, const std::string& pointer,
               const model::Record& before, model::Record& record);
  Status CheckRelation(const model::Object& object, size_t field, const model::Record& record,
                       const std::string& pointer, std::vector<FieldError>* wrong);
  Status CheckNoCycle(const model::Object& object, size_t field, const model::Record& record,
                      const std::string& pointer, std::vector<FieldError>* wrong);
  // Empties the relation fields that point to a record about to go.
  Status Unlink(const model::Object& object, const Id& id);
  store::Author author() const { return {caller_.principal.user, caller_.surface}; }

  store::Transaction& transaction_;
  ValueIndex values_;
  const model::Model& model_;
  const Caller& caller_;
  IdSource& ids_;
};

}  // namespace boathouse::crm
