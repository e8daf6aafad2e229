#pragma once
// The demo's sales mart: three years of a distributor's orders as Delta tables under
// ROOT/tables/analytics, and ROOT/semantic.json, which says what they mean. Equal options give equal
// tables.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace boathouse::lakehouse {

// One account as the mart's accounts_dim knows it. `account_number` is the key that joins a row of
// the mart to an account of the CRM.
struct MartAccount {
  std::string account_number;
  std::string name;
  std::string territory;
  std::string industry;
  std::string city;
  std::string state;
};

// A product that the orders name, so that a CRM can know it too.
struct MartProduct {
  std::string code;
  std::string name;
  std::string family;
  int64_t list_price;  // ten-thousandths
  int64_t unit_cost;   // ten-thousandths, at the beginning of the three years
};

const std::vector<MartProduct>& MartProducts();

struct MartOptions {
  uint64_t seed = 1;
  std::vector<MartAccount> accounts;
  int32_t today = 0;           // days since 1970-01-01; no order is younger
  int lines_per_account = 20;  // about so many for an account that buys
};

// Writes accounts_dim, products_dim, orders, order_lines and order_margin, replacing older ones. A
// mart of 2,000 accounts takes about a second and a few megabytes.
Status GenerateMart(const std::string& root, const MartOptions& options);

}  // namespace boathouse::lakehouse
