#pragma once
// The words that the demo's wholesale distributor in the American Midwest is made of. All of it is
// invented; telephone numbers are of the range 555-01xx and hosts end in .example, which belong to
// nobody.

#include <array>
#include <string_view>

namespace boathouse::app::demo {

struct City {
  std::string_view name;
  std::string_view state;
  std::string_view postal_prefix;  // three digits
};

struct TerritoryWords {
  std::string_view name;
  std::string_view region;
  std::string_view area_code;
  std::array<City, 5> cities;
};

// clang-format off: the table reads by rows
inline constexpr std::array<TerritoryWords, 16> territories = {{
    {"Cleveland", "Ohio", "216",
     {{{"Cleveland", "OH", "441"}, {"Parma", "OH", "441"}, {"Mentor", "OH", "440"},
       {"Strongsville", "OH", "441"}, {"Solon", "OH", "441"}}}},
    {"Akron", "Ohio", "330",
     {{{"Akron", "OH", "443"}, {"Canton", "OH", "447"}, {"Massillon", "OH", "446"},
       {"Kent", "OH", "442"}, {"Wooster", "OH", "446"}}}},
    {"Columbus", "Ohio", "614",
     {{{"Columbus", "OH", "432"}, {"Dublin", "OH", "430"}, {"Newark", "OH", "430"},
       {"Marion", "OH", "433"}, {"Grove City", "OH", "431"}}}},
    {"Cincinnati", "Ohio", "513",
     {{{"Cincinnati", "OH", "452"}, {"Hamilton", "OH", "450"}, {"Middletown", "OH", "450"},
       {"Fairfield", "OH", "450"}, {"Mason", "OH", "450"}}}},
    {"Toledo", "Ohio", "419",
     {{{"Toledo", "OH", "436"}, {"Perrysburg", "OH", "435"}, {"Findlay", "OH", "458"},
       {"Lima", "OH", "458"}, {"Maumee", "OH", "435"}}}},
    {"Dayton", "Ohio", "937",
     {{{"Dayton", "OH", "454"}, {"Kettering", "OH", "454"}, {"Springfield", "OH", "455"},
       {"Sidney", "OH", "453"}, {"Troy", "OH", "453"}}}},
    {"Pittsburgh", "Allegheny", "412",
     {{{"Pittsburgh", "PA", "152"}, {"Monroeville", "PA", "151"}, {"Greensburg", "PA", "156"},
       {"Washington", "PA", "153"}, {"Butler", "PA", "160"}}}},
    {"Erie", "Allegheny", "814",
     {{{"Erie", "PA", "165"}, {"Meadville", "PA", "163"}, {"Warren", "PA", "163"},
       {"Jamestown", "NY", "147"}, {"Titusville", "PA", "163"}}}},
    {"Buffalo", "Allegheny", "716",
     {{{"Buffalo", "NY", "142"}, {"Lockport", "NY", "140"}, {"Tonawanda", "NY", "141"},
       {"Niagara Falls", "NY", "143"}, {"Batavia", "NY", "140"}}}},
    {"Detroit", "Great Lakes", "313",
     {{{"Detroit", "MI", "482"}, {"Warren", "MI", "480"}, {"Livonia", "MI", "481"},
       {"Sterling Heights", "MI", "483"}, {"Dearborn", "MI", "481"}}}},
    {"Grand Rapids", "Great Lakes", "616",
     {{{"Grand Rapids", "MI", "495"}, {"Holland", "MI", "494"}, {"Muskegon", "MI", "494"},
       {"Kalamazoo", "MI", "490"}, {"Wyoming", "MI", "495"}}}},
    {"Chicago", "Great Lakes", "312",
     {{{"Chicago", "IL", "606"}, {"Elgin", "IL", "601"}, {"Joliet", "IL", "604"},
       {"Elk Grove Village", "IL", "600"}, {"Bedford Park", "IL", "604"}}}},
    {"Milwaukee", "Great Lakes", "414",
     {{{"Milwaukee", "WI", "532"}, {"Waukesha", "WI", "531"}, {"Racine", "WI", "534"},
       {"Kenosha", "WI", "531"}, {"West Allis", "WI", "532"}}}},
    {"Indianapolis", "Heartland", "317",
     {{{"Indianapolis", "IN", "462"}, {"Anderson", "IN", "460"}, {"Columbus", "IN", "472"},
       {"Kokomo", "IN", "469"}, {"Plainfield", "IN", "461"}}}},
    {"Fort Wayne", "Heartland", "260",
     {{{"Fort Wayne", "IN", "468"}, {"Elkhart", "IN", "465"}, {"Warsaw", "IN", "465"},
       {"Auburn", "IN", "467"}, {"Huntington", "IN", "467"}}}},
    {"Louisville", "Heartland", "502",
     {{{"Louisville", "KY", "402"}, {"Jeffersonville", "IN", "471"}, {"Shelbyville", "KY", "400"},
       {"Elizabethtown", "KY", "427"}, {"New Albany", "IN", "471"}}}},
}};
// clang-format on

inline constexpr std::array<std::string_view, 12> industries = {
    "Metal Fabrication", "Automotive Supply", "Machinery",         "Food Processing",
    "Plastics",          "Chemicals",         "Paper & Packaging", "Construction",
    "Primary Metals",    "Utilities",         "Aggregates",        "Aerospace Components"};

inline constexpr std::array<std::string_view, 72> company_heads = {
    "Cuyahoga",     "Buckeye",    "Maplewood",   "Ironwood",   "Stonebridge", "Lakeshore",
    "Northfield",   "Ridgeline",  "Great Bend",  "Harbor",     "Summit",      "Keystone",
    "Three Rivers", "Blue Heron", "Copper Hill", "Oak Grove",  "Millstone",   "Foundry Street",
    "Riverbend",    "Sandusky",   "Portage",     "Whitfield",  "Brandt",      "Kowalski",
    "Hartman",      "Novak",      "Delaney",     "Pruitt",     "Schroeder",   "Vandermeer",
    "Lindqvist",    "Castellano", "Abernathy",   "Barlow",     "Dombrowski",  "Ellison",
    "Fairbanks",    "Grubb",      "Holloway",    "Ingersol",   "Janssen",     "Kessler",
    "Lockhart",     "Mancini",    "Nordstrand",  "Overholt",   "Patterson",   "Quigley",
    "Rademacher",   "Sorensen",   "Tillman",     "Underhill",  "Voss",        "Weatherby",
    "Yoder",        "Zimmer",     "Black Swamp", "Cardinal",   "Crossroads",  "Eastgate",
    "Frontier",     "Hoosier",    "Liberty",     "Monarch",    "Old Mill",    "Pioneer",
    "Prairie",      "Red Barn",   "Steeltown",   "Tri-County", "Union",       "Wolverine"};

inline constexpr std::array<std::string_view, 32> company_trades = {"Tool & Die",
                                                                    "Machine Works",
                                                                    "Stamping",
                                                                    "Fabricating",
                                                                    "Castings",
                                                                    "Forge",
                                                                    "Steel Service",
                                                                    "Plastics",
                                                                    "Packaging",
                                                                    "Paper Products",
                                                                    "Foods",
                                                                    "Dairy",
                                                                    "Conveyor",
                                                                    "Controls",
                                                                    "Pump & Valve",
                                                                    "Hydraulic Repair",
                                                                    "Gear",
                                                                    "Spring",
                                                                    "Wire & Cable",
                                                                    "Coatings",
                                                                    "Chemical",
                                                                    "Glass",
                                                                    "Concrete",
                                                                    "Aggregates",
                                                                    "Equipment Rental",
                                                                    "Trailer",
                                                                    "Truck Bodies",
                                                                    "Aerospace",
                                                                    "Plating",
                                                                    "Heat Treating",
                                                                    "Millwork",
                                                                    "Energy Services"};

inline constexpr std::array<std::string_view, 8> company_tails = {
    "", "Inc.", "Co.", "LLC", "Group", "Industries", "Corp.", "& Sons"};

inline constexpr std::array<std::string_view, 48> first_names = {
    "Maria",  "James",  "Linda",  "Robert", "Aisha",   "Daniel", "Susan",  "Kevin",
    "Priya",  "Thomas", "Angela", "Marcus", "Karen",   "Miguel", "Rachel", "Steven",
    "Denise", "Omar",   "Nicole", "Brian",  "Yolanda", "Paul",   "Hannah", "Victor",
    "Janet",  "Derek",  "Sofia",  "Gary",   "Megan",   "Andre",  "Carol",  "Wei",
    "Laura",  "Frank",  "Teresa", "Jamal",  "Beth",    "Scott",  "Ingrid", "Luis",
    "Tina",   "Roger",  "Claire", "Dmitri", "Paula",   "Nathan", "Grace",  "Howard"};

inline constexpr std::array<std::string_view, 60> last_names = {
    "Anderson", "Baker",   "Bauer",   "Brooks",  "Carter",  "Chen",     "Coleman", "Costa",
    "Dalton",   "Diaz",    "Edwards", "Evans",   "Fisher",  "Fleming",  "Garcia",  "Gibson",
    "Griffin",  "Hansen",  "Harris",  "Hayes",   "Hoffman", "Hughes",   "Ivanov",  "Jackson",
    "Jensen",   "Johnson", "Kaplan",  "Kelly",   "Khan",    "Klein",    "Larson",  "Lewis",
    "Lopez",    "Marsh",   "Martin",  "Mendoza", "Meyer",   "Mitchell", "Morales", "Murphy",
    "Nguyen",   "Nowak",   "Olson",   "Ortiz",   "Parker",  "Patel",    "Peters",  "Ramirez",
    "Reed",     "Richter", "Rossi",   "Santos",  "Schmidt", "Shaw",     "Singh",   "Sullivan",
    "Thompson", "Turner",  "Walsh",   "Young"};

struct Job {
  std::string_view title;
  std::string_view department;
};

inline constexpr std::array<Job, 14> jobs = {{{"Purchasing Manager", "Purchasing"},
                                              {"Senior Buyer", "Purchasing"},
                                              {"Buyer", "Purchasing"},
                                              {"Maintenance Supervisor", "Maintenance"},
                                              {"Maintenance Planner", "Maintenance"},
                                              {"Plant Manager", "Operations"},
                                              {"Operations Director", "Operations"},
                                              {"Production Engineer", "Engineering"},
                                              {"Reliability Engineer", "Engineering"},
                                              {"Storeroom Lead", "Warehouse"},
                                              {"Safety Coordinator", "Safety"},
                                              {"Controller", "Finance"},
                                              {"Accounts Payable Clerk", "Finance"},
                                              {"Owner", "Management"}}};

inline constexpr std::array<std::string_view, 12> streets = {
    "Industrial Parkway", "Commerce Drive", "Foundry Road",   "Lakeside Avenue",
    "Railroad Street",    "Enterprise Way", "Canal Road",     "Mill Street",
    "Airport Highway",    "Progress Drive", "Harvard Avenue", "Valley View Road"};

inline constexpr std::array<std::string_view, 7> lead_sources = {
    "Trade show", "Web site", "Referral", "Cold call", "Counter sale", "Catalog", "Partner"};

inline constexpr std::array<std::string_view, 10> deal_subjects = {
    "annual supply agreement", "vendor-managed inventory", "line rebuild",
    "storeroom conversion",    "spring maintenance",       "plant expansion",
    "blanket order",           "emergency spares",         "preventive maintenance program",
    "new press line"};

inline constexpr std::array<std::string_view, 6> next_steps = {
    "Send revised quote",
    "Walk the storeroom with maintenance",
    "Confirm lead times with vendor",
    "Meet purchasing",
    "Deliver samples",
    "Get credit application signed"};

inline constexpr std::array<std::string_view, 8> call_subjects = {
    "Follow-up on quote",       "Asked about lead times",
    "Price increase notice",    "Reorder reminder",
    "Complaint about delivery", "Intro call",
    "Checked stock levels",     "Payment terms"};
inline constexpr std::array<std::string_view, 6> meeting_subjects = {
    "Plant walk-through",        "Quarterly business review", "Storeroom survey",
    "Lunch and learn: bearings", "Contract negotiation",      "Vendor joint visit"};
inline constexpr std::array<std::string_view, 6> email_subjects = {
    "Quote sent",    "Order confirmation", "Substitute part proposal",
    "Catalog pages", "Safety data sheets", "Updated price list"};
inline constexpr std::array<std::string_view, 6> task_subjects = {
    "Prepare quote", "Call back about backorder", "Update contact list",
    "Send samples",  "Check credit limit",        "Book demo with vendor"};
inline constexpr std::array<std::string_view, 5> note_subjects = {
    "Competitor on site", "New buyer starts next month", "Plant shutdown dates",
    "Prefers early deliveries", "Budget frozen until next quarter"};

inline constexpr std::array<std::string_view, 6> bodies = {
    "Spoke at length; they are happy with deliveries but compare prices with two other houses.",
    "Wants a firm price for twelve months and consignment stock for the fast movers.",
    "Maintenance needs the parts before the shutdown; purchasing has not released the order yet.",
    "Left a message and sent the details by e-mail.",
    "They are consolidating vendors and asked which of our lines we could add.",
    "Second shift starts in spring, so volumes should grow by about a third."};

// Products beside those that the sales mart knows: a family's names times its sizes.
struct FamilyWords {
  std::string_view family;
  std::string_view prefix;
  std::string_view vendor;
  std::string_view unit;
  std::array<std::string_view, 4> items;
  std::array<std::string_view, 5> sizes;
  int price_cents;  // of the smallest size of the first item
};

inline constexpr std::array<FamilyWords, 5> families = {{
    {"Material Handling",
     "MHD",
     "Lakecrane",
     "each",
     {"Chain Hoist", "Pallet Truck", "Lift Table", "Drum Dolly"},
     {"500 lb", "1000 lb", "2000 lb", "4000 lb", "6000 lb"},
     31900},
    {"Cutting Tools",
     "CUT",
     "Sharpline",
     "each",
     {"Carbide End Mill", "Cobalt Drill", "Spiral Tap", "Reamer"},
     {"6 mm", "8 mm", "10 mm", "12 mm", "16 mm"},
     1850},
    {"Lubricants",
     "LUB",
     "Ohio Valley Oil",
     "pail",
     {"Hydraulic Oil", "Gear Oil", "Way Oil", "Compressor Oil"},
     {"ISO 32", "ISO 46", "ISO 68", "ISO 100", "ISO 220"},
     8900},
    {"Pneumatics",
     "PNE",
     "Airway",
     "each",
     {"Air Cylinder", "Solenoid Valve", "Filter Regulator", "Flow Control"},
     {"1/8 in", "1/4 in", "3/8 in", "1/2 in", "3/4 in"},
     2450},
    {"Pipe & Fittings",
     "PIP",
     "Steeltube",
     "box",
     {"Ball Valve", "Elbow 90", "Union Tee", "Check Valve"},
     {"1/2 in", "3/4 in", "1 in", "1 1/2 in", "2 in"},
     640},
}};

}  // namespace boathouse::app::demo
