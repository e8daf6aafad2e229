#pragma once
// The part of the demo that stands on its accounts and deals: price lists, lines, quotes, queues and cases,
// campaigns, tags and the rules of territories. It draws from numbers of its own, so that it changes nothing
// of what the rest of the demo invents.

#include <cstdint>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "crm/crm.h"

namespace boathouse::app {

struct DemoSales {
  struct Product {
    Id id;
    int64_t price_cents;
  };
  struct Account {
    Id id;
    Id owner;
    std::vector<Id> contacts;
    bool is_customer;
  };
  struct Deal {
    Id id;
    size_t account;  // in `accounts`
  };

  uint64_t seed = 1;
  int scale = 1;
  int32_t today = 0;
  std::vector<Id> territories;  // in the order of demo::territories
  std::vector<Product> products;
  std::vector<Account> accounts;
  std::vector<Deal> open_deals;
  std::vector<Id> leads;
};

// Returns how many records it made.
Result<size_t> AddDemoSales(crm::Crm& crm, const crm::Caller& caller, const DemoSales& sales);

}  // namespace boathouse::app
