#pragma once
// Invents the demo's wholesale distributor and puts it into an empty workspace. The same seed, scale and
// day give the same records (their ids and creation times aside).

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crm/crm.h"

namespace boathouse::app {

inline constexpr int demo_scale_max = 100;

struct DemoOptions {
  uint64_t seed = 1;
  int scale = 1;      // 1 to demo_scale_max: 2,000 accounts and what belongs to them, times this
  int32_t today = 0;  // days since 1970-01-01; deals and activities lie around this day
};

// An account as the sales mart needs to know it.
struct DemoAccount {
  std::string account_number;
  std::string name;
  std::string territory;
  std::string industry;
  std::string city;
  std::string state;
};

struct DemoContent {
  std::vector<DemoAccount> customers;  // accounts that have bought, or may have
  size_t records = 0;                  // written in all
};

// Writes users, territories, products, accounts, contacts, leads, opportunities and activities in
// batches, then what demo_sales.h adds. `progress` is told what comes next. An error leaves the batches written so far.
Result<DemoContent> LoadDemo(crm::Crm& crm, const crm::Caller& caller, const DemoOptions& options,
                             const std::function<void(std::string_view)>& progress);

}  // namespace boathouse::app
