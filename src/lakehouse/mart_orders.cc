#include "lakehouse/mart_orders.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace boathouse::lakehouse {
namespace {

constexpr int32_t history_days = 3 * 365;
constexpr int64_t money_unit = 10'000;  // ten-thousandths in one
constexpr int64_t money_units_per_cent = 100;
constexpr uint64_t first_order_number = 100'001;

// SplitMix64: small, and the same on every platform, unlike the standard distributions.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  // 0 <= result < bound
  int64_t Below(int64_t bound) {
    return static_cast<int64_t>(Next() % static_cast<uint64_t>(bound));
  }
  bool Percent(int64_t chance) { return Below(100) < chance; }

 private:
  uint64_t state_;
};

struct FamilySeed {
  std::string_view name;
  std::string_view prefix;
  int64_t cost_percent;  // of the list price
};

constexpr std::array<FamilySeed, 8> families = {{
    {"Bearings", "BRG", 62},
    {"Power Transmission", "PTX", 66},
    {"Hydraulics", "HYD", 68},
    {"Fasteners", "FST", 48},
    {"Seals", "SEL", 52},
    {"Electrical", "ELC", 70},
    {"Safety", "SAF", 55},
    {"Abrasives", "ABR", 58},
}};

struct ItemSeed {
  std::string_view name;
  int64_t price_cents;
};

constexpr size_t items_per_family = 6;
// Six items of each family, in the order of the families.
constexpr std::array<ItemSeed, families.size() * items_per_family> catalogue = {{
    {"Deep Groove Ball Bearing 6204", 1240},
    {"Tapered Roller Bearing 32008", 3890},
    {"Spherical Roller Bearing 22210", 14850},
    {"Pillow Block Unit UCP 205", 2975},
    {"Needle Roller Bearing HK 2016", 865},
    {"Linear Bearing LM 20", 1960},
    {"V-Belt B 68", 1875},
    {"Timing Belt HTD 8M", 4420},
    {"Roller Chain 60-1", 5890},
    {"Jaw Coupling L 099", 7350},
    {"Helical Gearbox 2 kW", 84500},
    {"Electric Motor 5 hp", 61200},
    {"Hydraulic Hose Half Inch", 3160},
    {"Gear Pump 22 cc", 28900},
    {"Directional Valve 4/3", 23750},
    {"Hydraulic Cylinder 80 mm", 46800},
    {"Return Line Filter", 5420},
    {"Quick Coupler Set", 2890},
    {"Hex Cap Screw M10 Box", 2450},
    {"Socket Head Screw M8 Box", 2980},
    {"Lock Nut M12 Box", 1990},
    {"Flat Washer Assortment", 1450},
    {"Anchor Bolt Kit", 5680},
    {"Threaded Rod 1 m", 940},
    {"Rotary Shaft Seal 40 mm", 780},
    {"O-Ring Kit Metric", 4650},
    {"Mechanical Seal Type 21", 9800},
    {"Gasket Sheet 3 mm", 3240},
    {"Hydraulic Seal Kit", 6120},
    {"PTFE Seal Tape Carton", 2160},
    {"Contactor 25 A", 5340},
    {"Variable Speed Drive 4 kW", 57900},
    {"Proximity Sensor M18", 4280},
    {"Terminal Block Pack", 2240},
    {"Control Cable 100 m", 18900},
    {"Safety Relay", 13600},
    {"Nitrile Gloves Carton", 6890},
    {"Safety Glasses Dozen", 7420},
    {"Cut Resistant Gloves Dozen", 9650},
    {"Hard Hat Vented", 2180},
    {"Lockout Station", 16400},
    {"Spill Kit 50 l", 12850},
    {"Cutting Disc 125 mm Box", 4390},
    {"Flap Disc 60 Grit Box", 5870},
    {"Grinding Wheel 200 mm", 3360},
    {"Sanding Belt Pack", 4120},
    {"Wire Brush Cup", 1590},
    {"Diamond Blade 230 mm", 8740},
}};

// How much of a peak month's trade each month sees, in percent.
constexpr std::array<int64_t, 12> season = {62, 68, 88, 96, 100, 92, 70, 64, 94, 100, 82, 52};

int MonthOf(int32_t days) {
  // Civil-from-days, the month only (the year begins in March, so that leap days come last).
  const int64_t shifted = int64_t{days} + 719'468;
  const int64_t day_of_era = shifted - (shifted / 146'097) * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month = (5 * day_of_year + 2) / 153;
  return static_cast<int>(month < 10 ? month + 2 : month - 10);  // 0 is January
}

int32_t InventDate(Random& random, int32_t today) {
  while (true) {
    const int32_t date = today - static_cast<int32_t>(random.Below(history_days));
    if (random.Percent(season[static_cast<size_t>(MonthOf(date))])) return date;
  }
}

int64_t RoundDivide(int64_t value, int64_t by) {
  return value >= 0 ? (value + by / 2) / by : -((-value + by / 2) / by);
}

int64_t InventDiscount(Random& random, int64_t size) {
  const int64_t roll = random.Below(100) + size * 3;  // large buyers bargain
  if (roll < 45) return 0;
  if (roll < 65) return 5;
  if (roll < 82) return 10;
  if (roll < 93) return 15;
  if (roll < 101) return 25;
  return 40;
}

// Cheap goods go by the dozen, dear ones by the piece.
int64_t InventQuantity(Random& random, int64_t list_price, int64_t size) {
  const int64_t base = list_price < 30 * money_unit ? 24 : list_price < 150 * money_unit ? 8 : 2;
  return 1 + random.Below(base * (1 + size));
}

MartLine PriceLine(size_t product, int64_t quantity, int64_t discount, int64_t unit_cost) {
  MartLine line{};
  line.product = product;
  line.quantity = quantity;
  line.discount_percent = discount;
  line.unit_price = MartProducts()[product].list_price * (100 - discount) / 100;
  line.unit_cost = unit_cost;
  line.net_amount = RoundDivide(quantity * line.unit_price, money_units_per_cent);
  line.cost_amount = RoundDivide(quantity * line.unit_cost, money_units_per_cent);
  return line;
}

MartLine InventLine(Random& random, int64_t size, size_t favourite_family, int32_t age_days) {
  const size_t family = random.Percent(55)
                            ? favourite_family
                            : static_cast<size_t>(random.Below(int64_t{families.size()}));
  const size_t product =
      family * items_per_family + static_cast<size_t>(random.Below(items_per_family));
  const MartProduct& sold = MartProducts()[product];
  // Costs rise by about four percent a year and scatter by six.
  const int64_t drift = 1000 + 40 * (history_days - age_days) / 365 + random.Below(121) - 60;
  return PriceLine(product, InventQuantity(random, sold.list_price, size),
                   InventDiscount(random, size), sold.unit_cost * drift / 1000);
}

void InventAccountOrders(const MartOptions& options, size_t account,
                         std::vector<MartOrder>* orders) {
  Random random(options.seed * 1'000'003 + account * 7919 + 17);
  random.Next();
  if (random.Percent(9)) return;                               // a prospect that never bought
  const int64_t size = random.Below(4) * random.Below(4) / 2;  // 0 to 4, mostly small
  const size_t favourite = static_cast<size_t>(random.Below(int64_t{families.size()}));
  const int64_t lines_wanted =
      std::max<int64_t>(1, options.lines_per_account * (40 + 30 * size + random.Below(60)) / 100);
  for (int64_t made = 0; made < lines_wanted;) {
    MartOrder order{"", account, InventDate(random, options.today), false, {}};
    const int64_t count = std::min(lines_wanted - made, 1 + random.Below(5));
    MartOrder returned{
        "",
        account,
        std::min(options.today, order.date + 5 + static_cast<int32_t>(random.Below(25))),
        true,
        {}};
    for (int64_t i = 0; i < count; ++i) {
      const MartLine line = InventLine(random, size, favourite, options.today - order.date);
      order.lines.push_back(line);
      if (!random.Percent(3)) continue;
      const int64_t back = 1 + random.Below(line.quantity);
      returned.lines.push_back(
          PriceLine(line.product, -back, line.discount_percent, line.unit_cost));
    }
    made += count;
    orders->push_back(std::move(order));
    if (!returned.lines.empty()) orders->push_back(std::move(returned));
  }
}

}  // namespace

const std::vector<MartProduct>& MartProducts() {
  static const std::vector<MartProduct> products = [] {
    std::vector<MartProduct> list;
    for (size_t i = 0; i < catalogue.size(); ++i) {
      const FamilySeed& family = families[i / items_per_family];
      const size_t number = 100 + 20 * (i % items_per_family);
      const int64_t price = catalogue[i].price_cents * money_units_per_cent;
      list.push_back({std::string(family.prefix) + "-" + std::to_string(number),
                      std::string(catalogue[i].name), std::string(family.name), price,
                      price * family.cost_percent / 100});
    }
    return list;
  }();
  return products;
}

std::vector<MartOrder> InventOrders(const MartOptions& options) {
  std::vector<MartOrder> orders;
  for (size_t account = 0; account < options.accounts.size(); ++account) {
    InventAccountOrders(options, account, &orders);
  }
  std::stable_sort(orders.begin(), orders.end(),
                   [](const MartOrder& a, const MartOrder& b) { return a.date < b.date; });
  uint64_t number = first_order_number;
  for (MartOrder& order : orders) {
    order.number = (order.is_return ? "RT-" : "SO-") + std::to_string(number++);
  }
  return orders;
}

}  // namespace boathouse::lakehouse
