#pragma once
// What the CRM does by itself when records change, in the same transaction: computed fields, stages and
// their history, totals of quotes, territories, automation. Each is a Rule; edit.cc asks all of them, in
// their order, at every edit of every surface. A Rule is used on the writer's thread only, but for many
// transactions; what it keeps between calls must not depend on a transaction that may be undone.

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "crm/crm.h"
#include "crm/permission.h"
#include "model/model.h"
#include "store/store.h"

namespace boathouse::crm {

// A rule that changes a record makes rules run again for it; deeper than this the edit is refused.
inline constexpr int rule_depth_max = 8;

// The edits of a rule: as the program itself, without asking for permissions, in the name of who began.
class RuleEdit : public Edit {
 public:
  // Writes values as they are, read-only fields too. Rules run for these edits as for all others.
  virtual Result<model::Record> Insert(const model::Object& object, model::Record record) = 0;
  virtual Result<model::Record> Replace(const model::Object& object, const model::Record& current,
                                        model::Record updated) = 0;
  virtual store::Transaction& transaction() = 0;
  virtual const model::Model& model() const = 0;
  virtual const Caller& caller() const = 0;            // who began it all
  virtual const Permissions& permissions() const = 0;  // to ask what the caller might have done
  // What the log names as the surface of edits from now on; "" is that of who began. Returns what it was.
  virtual std::string WriteThrough(std::string surface) = 0;
};

class Rule {
 public:
  virtual ~Rule() = default;

  // Before a record is checked and written: may set values and say what is wrong. `before` is empty at
  // creation. `given` are the members of the input, so that a rule need not overrule what somebody
  // wrote; null when a rule writes. Errors carry JSON pointers below `pointer`.
  virtual Status Prepare([[maybe_unused]] RuleEdit& edit,
                         [[maybe_unused]] const model::Object& object,
                         [[maybe_unused]] const Json& given,
                         [[maybe_unused]] const std::string& pointer,
                         [[maybe_unused]] const model::Record& before,
                         [[maybe_unused]] model::Record& record,
                         [[maybe_unused]] std::vector<FieldError>* wrong) {
    return Status::Ok();
  }
  // Before a record is deleted: an error keeps it.
  virtual Status PrepareDelete([[maybe_unused]] RuleEdit& edit,
                               [[maybe_unused]] const model::Object& object,
                               [[maybe_unused]] const model::Record& record) {
    return Status::Ok();
  }
  // After a record was written: may edit other records. `before` is empty for a create, `after` for a
  // delete. Not called for an update that changed nothing.
  virtual Status Follow([[maybe_unused]] RuleEdit& edit,
                        [[maybe_unused]] const model::Object& object,
                        [[maybe_unused]] store::Operation operation,
                        [[maybe_unused]] const model::Record& before,
                        [[maybe_unused]] const model::Record& after) {
    return Status::Ok();
  }
};

using Rules = std::vector<std::unique_ptr<Rule>>;

}  // namespace boathouse::crm
