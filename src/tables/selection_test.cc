#include "tables/selection.h"

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "tables/changes.h"
#include "tables/predicate.h"
#include "tables/table_fixture.h"

namespace boathouse::tables {
namespace {

using Compare = Predicate::Compare;

struct SelectionFixture : TableFixture {
  std::vector<File> Select(const TableVersion& version, const Selection& selection) {
    const auto files = table().Select(version, selection);
    REQUIRE_MESSAGE(files.ok(), (files.ok() ? "" : files.error().message));
    return *files;
  }
  // Ids of the rows of files, dead ones left out.
  std::set<std::string> IdsOf(const std::vector<File>& files) {
    std::set<std::string> found;
    for (const File& file : files) {
      std::vector<TextRow> rows = ReadParquetRows(Bytes(table(), file));
      if (file.marks != nullptr) {
        for (const uint32_t dead : file.marks->positions()) rows[dead].clear();
      }
      for (const TextRow& row : rows) {
        if (!row.empty()) CHECK(found.insert(row.at("id")).second);
      }
    }
    return found;
  }
  std::vector<Id> CreateNumbered(int count) {
    std::vector<Id> created;
    Write([&](store::Transaction& t) -> Status {
      for (int i = 0; i < count; ++i) {
        model::Record record = NewAccount("Account " + std::to_string(i));
        record.Set(*object().IndexOf("number_of_employees"), int64_t{i});
        if (i % 3 == 0) record.Set(*object().IndexOf("annual_revenue"), model::Value{});
        if (i % 5 != 0) {
          record.Set(*object().IndexOf("billing_city"), "City " + std::to_string(i % 7));
        }
        ASSIGN(const model::Record stored, t.Insert(object(), record, {Id{}, "test"}));
        created.push_back(stored.id());
      }
      return Status::Ok();
    });
    return created;
  }
};

TEST_CASE("a selection has exactly the wanted rows, and decodes only groups that may have them") {
  SelectionFixture f;
  const std::vector<Id> ids = f.CreateNumbered(40'000);
  const auto version = f.Current();
  Selection selection;
  selection.where =
      Predicate::And({Predicate::Where("number_of_employees", Compare::kGreaterOrEqual, "12000"),
                      Predicate::Where("number_of_employees", Compare::kLess, int64_t{12'100})});
  const std::vector<File> files = f.Select(*version, selection);
  REQUIRE(files.size() == 1);
  CHECK(files[0].rows == 100);
  CHECK(files[0].size < 20'000);
  CHECK(version->Find(files[0].id) == nullptr);
  CHECK(f.IdsOf(files).contains(ids[12'050].ToString()));
  CHECK(f.IdsOf(files).size() == 100);
  CHECK(*files[0].stats[*f.object().IndexOf("number_of_employees")].minimum ==
        model::Value(int64_t{12'000}));
  // The same question, the same file; and it holds for the version, whatever came later.
  CHECK(f.Select(*version, selection)[0].id == files[0].id);
  f.Delete(ids[12'050]);
  CHECK(f.IdsOf(f.Select(*version, selection)).size() == 100);
  CHECK(f.IdsOf(f.Select(*f.Current(), selection)).size() == 99);
  CHECK(f.IdsOf(f.Select(**f.table().CurrentMarked(), selection)).size() == 99);
}

TEST_CASE("scattered rows are fetched, and rows that changed since are as they were") {
  SelectionFixture f;
  const std::vector<Id> ids = f.CreateNumbered(60'000);
  const auto version = f.Current();
  Selection selection;
  std::vector<model::Value> wanted;
  for (int64_t i = 0; i < 60'000; i += 600) wanted.emplace_back(i);
  selection.where = Predicate::In("number_of_employees", wanted);
  const std::vector<File> files = f.Select(*version, selection);
  CHECK(f.IdsOf(files).size() == 100);
  f.Rename(ids[600], "Other");
  selection.where = Predicate::And({selection.where, Predicate::Not(Predicate::IsNull("name"))});
  const TextRows rows = f.RowsOf(f.table(), f.Select(*version, selection));
  CHECK(rows.size() == 100);
  CHECK(rows.at(ids[600].ToString()).at("name") == "Account 600");
  const TextRows now = f.RowsOf(f.table(), f.Select(*f.Current(), selection));
  CHECK(now.at(ids[600].ToString()).at("name") == "Other");
}

TEST_CASE("a limit is met with few rows, and only where the predicate is known") {
  SelectionFixture f;
  f.CreateNumbered(20'000);
  const auto version = f.Current();
  Selection selection;
  selection.limit = 10;
  const std::vector<File> ten = f.Select(*version, selection);
  REQUIRE(ten.size() == 1);
  CHECK(ten[0].rows == 10);
  CHECK(f.IdsOf(ten).size() == 10);
  selection.limit = 0;
  CHECK(f.Select(*version, selection).empty());
  selection.limit = -3;
  CHECK(f.Select(*version, selection).empty());
  selection.limit = 1'000'000;
  CHECK(f.IdsOf(f.Select(*version, selection)).size() == 20'000);
  selection.limit = 10;
  selection.where = Predicate::Where("number_of_employees", Compare::kGreaterOrEqual, "19000");
  CHECK(f.IdsOf(f.Select(*version, selection)).size() == 10);
  selection.where = Predicate::And({selection.where, Predicate::Unknown()});
  CHECK(f.IdsOf(f.Select(*version, selection)).size() == 1000);
}

TEST_CASE("everything is the version's own files, nothing is none") {
  SelectionFixture f;
  f.CreateNumbered(1000);
  const auto version = f.Current();
  const std::vector<File> all = f.Select(*version, {});
  REQUIRE(all.size() == version->files.size());
  CHECK(all[0].id == version->files[0].id);
  Selection none;
  none.where = Predicate::Where("number_of_employees", Compare::kGreater, "5000");
  CHECK(f.Select(*version, none).empty());
  none.where = Predicate::False();
  CHECK(f.Select(*version, none).empty());
  // What nobody understands wants everything.
  Selection unknown;
  unknown.where = Predicate::Not(Predicate::Where("no_such_column", Compare::kEqual, "1"));
  CHECK(f.Select(*version, unknown)[0].id == version->files[0].id);
}

TEST_CASE("selections and changes are right while others write, cut and compact") {
  SelectionFixture f;
  const std::vector<Id> ids = f.CreateNumbered(9'000);
  f.Current();
  Selection selection;
  selection.where = Predicate::Where("number_of_employees", Compare::kLess, int64_t{500});
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    while (!done) f.catalog->Maintain(Cancellation());
  });
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&, reader] {
      while (!done) {
        const auto version = reader == 0 ? f.table().Current() : f.table().CurrentMarked();
        if (!version.ok()) {
          ++wrong;
          continue;
        }
        // No write changes how many there are.
        int64_t rows = 0;
        const auto files = f.table().Select(**version, selection);
        if (files.ok()) {
          for (const File& file : *files) rows += file.live_rows();
        }
        if (rows != 500) ++wrong;
        const int64_t number = (*version)->version;
        if (number > 0 && !f.table().Changes(number, number).ok()) ++wrong;
      }
    });
  }
  for (int i = 0; i < 60; ++i) f.Rename(ids[static_cast<size_t>(i) * 131], "Name");
  done = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

// ---- Against filtering in memory ----

enum class Truth { kTrue, kFalse, kNull };

Truth CompareTexts(const std::string& a, const std::string& b, Compare compare) {
  bool out = false;
  switch (compare) {
    case Compare::kEqual:
      out = a == b;
      break;
    case Compare::kNotEqual:
      out = a != b;
      break;
    case Compare::kLess:
      out = a < b;
      break;
    case Compare::kLessOrEqual:
      out = a <= b;
      break;
    case Compare::kGreater:
      out = a > b;
      break;
    case Compare::kGreaterOrEqual:
      out = a >= b;
      break;
  }
  return out ? Truth::kTrue : Truth::kFalse;
}

// So that numbers of any sign and scale compare as texts do.
std::string Sortable(const std::string& column, const std::string& value) {
  if (column != "number_of_employees" && column != "annual_revenue") return value;
  std::string text = std::to_string(Decimal::Parse(value)->units + 1'000'000'000'000);
  return std::string(20 - text.size(), '0') + text;
}

// SQL's logic by its definition; unknown parts are `unknown`.
Truth Evaluate(const Predicate& predicate, const TextRow& row, Truth unknown) {
  using Kind = Predicate::Kind;
  const auto cell = row.find(predicate.column);
  const bool is_null = cell == row.end();
  const auto literal = [&](size_t i) {
    return Sortable(predicate.column, model::ToText(predicate.literals[i]));
  };
  switch (predicate.kind) {
    case Kind::kUnknown:
      return unknown;
    case Kind::kTrue:
      return Truth::kTrue;
    case Kind::kFalse:
      return Truth::kFalse;
    case Kind::kNot: {
      const Truth of = Evaluate(predicate.children[0], row, unknown);
      return of == Truth::kNull ? of : of == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
    }
    case Kind::kAnd:
    case Kind::kOr: {
      const Truth wins = predicate.kind == Kind::kAnd ? Truth::kFalse : Truth::kTrue;
      Truth out = predicate.kind == Kind::kAnd ? Truth::kTrue : Truth::kFalse;
      for (const Predicate& child : predicate.children) {
        const Truth of = Evaluate(child, row, unknown);
        if (of == wins) return wins;
        if (of == Truth::kNull) out = Truth::kNull;
      }
      return out;
    }
    case Kind::kIsNull:
      return is_null ? Truth::kTrue : Truth::kFalse;
    case Kind::kCompare:
      if (is_null || model::IsNull(predicate.literals[0])) return Truth::kNull;
      return CompareTexts(Sortable(predicate.column, cell->second), literal(0), predicate.compare);
    case Kind::kIn: {
      if (is_null) return Truth::kNull;
      Truth miss = Truth::kFalse;
      for (size_t i = 0; i < predicate.literals.size(); ++i) {
        if (model::IsNull(predicate.literals[i])) {
          miss = Truth::kNull;
        } else if (Sortable(predicate.column, cell->second) == literal(i)) {
          return Truth::kTrue;
        }
      }
      return miss;
    }
    case Kind::kStartsWith:
      if (is_null) return Truth::kNull;
      return cell->second.starts_with(model::ToText(predicate.literals[0])) ? Truth::kTrue
                                                                            : Truth::kFalse;
  }
  return Truth::kNull;
}

struct RandomPredicates {
  std::mt19937 random;
  const std::vector<Id>& ids;
  bool unknowns = false;

  size_t Below(size_t n) { return static_cast<size_t>(random() % n); }

  model::Value Literal(const std::string& column) {
    if (Below(25) == 0) return model::Value{};
    const auto number = static_cast<int64_t>(Below(20'000));
    if (column == "number_of_employees") {
      return Below(2) == 0 ? model::Value(number) : model::Value(std::to_string(number));
    }
    if (column == "annual_revenue") return Below(2) == 0 ? "12345.00" : std::to_string(number);
    if (column == "billing_city") return "City " + std::to_string(Below(8));
    if (column == "id") return ids[Below(ids.size())].ToString();
    return "Account " + std::to_string(number);
  }

  Predicate Make(int depth) {
    static const char* const columns[] = {"number_of_employees", "annual_revenue", "billing_city",
                                          "name", "id"};
    const std::string column = columns[Below(std::size(columns))];
    if (depth > 0 && Below(3) != 0) {
      std::vector<Predicate> children;
      for (size_t i = 0; i < 1 + Below(3); ++i) children.push_back(Make(depth - 1));
      const size_t what = Below(3);
      if (what == 0) return Predicate::And(std::move(children));
      if (what == 1) return Predicate::Or(std::move(children));
      return Predicate::Not(std::move(children[0]));
    }
    if (unknowns && Below(4) == 0) return Predicate::Unknown();
    switch (Below(6)) {
      case 0:
        return Predicate::IsNull(column);
      case 1: {
        std::vector<model::Value> literals;
        for (size_t i = 0; i < Below(5); ++i) literals.push_back(Literal(column));
        return Predicate::In(column, std::move(literals));
      }
      case 2:
        if (column == "name")
          return Predicate::StartsWith("name", "Account 1" + std::to_string(Below(99)));
        [[fallthrough]];
      default:
        return Predicate::Where(column, static_cast<Compare>(Below(6)), Literal(column));
    }
  }
};

TEST_CASE("a selection equals filtering in memory, for random predicates over a changing table") {
  SelectionFixture f;
  std::vector<Id> ids = f.CreateNumbered(18'000);
  f.Current();
  // Some groups with dead rows, some small ones.
  for (int i = 0; i < 40; ++i) f.Rename(ids[static_cast<size_t>(i) * 401], "Account X");
  for (int i = 0; i < 40; ++i) f.Delete(ids[static_cast<size_t>(i) * 307 + 5]);
  const auto marked = *f.table().CurrentMarked();
  const TextRows rows = f.Stored();
  RandomPredicates predicates{std::mt19937(7), ids};
  int selected = 0;
  for (int i = 0; i < 150; ++i) {
    predicates.unknowns = i % 3 == 0;
    Selection selection;
    selection.where = predicates.Make(3);
    std::set<std::string> least;
    for (const auto& [id, row] : rows) {
      const bool with = Evaluate(selection.where, row, Truth::kTrue) == Truth::kTrue;
      const bool without = Evaluate(selection.where, row, Truth::kFalse) == Truth::kTrue;
      if (with || without) least.insert(id);
      if (with && without) ++selected;
    }
    const auto version = i % 2 == 0 ? marked : f.Current();
    const std::set<std::string> got = f.IdsOf(f.Select(*version, selection));
    if (BoundPredicate(selection.where, *version->schema).exact()) {
      CHECK(got == least);
    } else {
      CHECK(std::includes(got.begin(), got.end(), least.begin(), least.end()));
    }
  }
  CHECK(selected > 1000);  // the predicates are not all void
}

}  // namespace
}  // namespace boathouse::tables
