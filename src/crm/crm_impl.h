#pragma once
// What the files of crm/ that carry out a Crm's verbs share. Private to crm/.

#include <functional>
#include <memory>
#include <string>

#include "crm/crm.h"
#include "crm/edit.h"
#include "crm/rule.h"

namespace boathouse::crm {

struct Crm::Impl {
  store::Store& store;
  const Clock& clock;
  IdSource& ids;
  const std::string secret;
  Rules rules;

  Status Transact(const Caller& caller, const std::function<Status(TransactionEdit&)>& work) {
    const std::shared_ptr<const model::Model> model = store.model();
    return store.Write([&](store::Transaction& transaction) {
      TransactionEdit edit(transaction, *model, caller, ids, rules);
      return work(edit);
    });
  }
};

Status CheckPageSize(size_t page_size);

}  // namespace boathouse::crm
