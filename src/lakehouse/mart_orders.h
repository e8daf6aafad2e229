#pragma once
// Private to the mart: invents products and orders, without writing anything.

#include <cstdint>
#include <string>
#include <vector>

#include "lakehouse/mart.h"

namespace boathouse::lakehouse {

struct MartLine {
  size_t product;       // index into MartProducts()
  int64_t quantity;     // negative for goods that came back
  int64_t unit_price;   // ten-thousandths, after the discount
  int64_t unit_cost;    // ten-thousandths
  int64_t net_amount;   // cents
  int64_t cost_amount;  // cents
  int64_t discount_percent;
};

struct MartOrder {
  std::string number;
  size_t account;  // index into MartOptions::accounts
  int32_t date;
  bool is_return;
  std::vector<MartLine> lines;
};

// All orders, by date. An account buys more or less according to its size; about one in eleven never
// bought; spring and autumn are strong; a deep discount can push a line's margin below zero; three
// lines in a hundred come back.
std::vector<MartOrder> InventOrders(const MartOptions& options);

}  // namespace boathouse::lakehouse
