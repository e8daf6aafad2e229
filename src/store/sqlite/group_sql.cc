#include "store/sqlite/group_sql.h"

#include <limits>
#include <map>
#include <optional>

#include "store/sqlite/query_sql.h"
#include "store/sqlite/schema.h"

namespace boathouse::store::sqlite {
namespace {

using Function = GroupQuery::Function;
using Unit = GroupQuery::Unit;
__extension__ using Wide = __int128;

constexpr std::string_view records = "r";
constexpr int64_t micros_per_day = 86'400'000'000;
// A sum is two sums, of the multiples of this and of what is left, so that neither leaves 64 bits.
constexpr int64_t sum_split = 1'000'000'000;
// Days of periods not gathered yet.
constexpr size_t rows_max = 10 * groups_max;

// What has been seen of one aggregate.
struct Tally {
  int64_t count = 0;  // of values
  Wide sum = 0;
  std::optional<int64_t> minimum, maximum;

  void Add(const Tally& other) {
    count += other.count;
    sum += other.sum;
    if (other.minimum && (!minimum || *other.minimum < *minimum)) minimum = other.minimum;
    if (other.maximum && (!maximum || *other.maximum > *maximum)) maximum = other.maximum;
  }
};

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

int32_t PeriodStart(int32_t day, Unit unit) {
  if (unit == Unit::kWeek) {
    constexpr int32_t first_monday = 4;  // 1970-01-05
    return static_cast<int32_t>(FloorDivide(day - first_monday, 7)) * 7 + first_monday;
  }
  if (unit != Unit::kMonth && unit != Unit::kQuarter && unit != Unit::kYear) return day;
  const std::string text = FormatDate(day);  // YYYY-MM-DD
  if (text.size() != 10) return day;
  const auto digit = [&](size_t at) { return text[at] - '0'; };
  const int year = digit(0) * 1000 + digit(1) * 100 + digit(2) * 10 + digit(3);
  int month = digit(5) * 10 + digit(6);
  if (unit == Unit::kQuarter) month = (month - 1) / 3 * 3 + 1;
  if (unit == Unit::kYear) month = 1;
  return MakeDate(year, month, 1).value_or(day);
}

// Rounded half away from zero.
Wide Divide(Wide sum, int64_t count) {
  const Wide half = count / 2;
  return (sum + (sum < 0 ? -half : half)) / count;
}

class Grouping {
 public:
  Grouping(Connection& connection, const GroupQuery& query)
      : connection_(connection), query_(query) {}

  Result<Groups> Run() {
    const SqlText sql = Text();
    ASSIGN(Statement statement, connection_.Prepare(sql.text));
    for (size_t i = 0; i < sql.parameters.size(); ++i) {
      statement.BindValue(static_cast<int>(i) + 1, sql.parameters[i]);
    }
    for (size_t rows = 0;; ++rows) {
      ASSIGN(const bool row, statement.Step());
      if (!row) break;
      std::vector<model::Value> keys = ReadKeys(statement);
      std::vector<Tally>& tallies = groups_[std::move(keys)];
      tallies.resize(query_.aggregates.size());
      ReadTallies(statement, &tallies);
      if (groups_.size() > groups_max || rows > rows_max) {
        return Error::Field("group_by", "too_many",
                            "there are more than " + std::to_string(groups_max) +
                                " groups; filter, or group by something coarser");
      }
    }
    return Finish();
  }

 private:
  const model::Field& FieldOf(const std::vector<Step>& path, size_t field) const {
    return (path.empty() ? *query_.object : *path.back().object).fields[field];
  }

  // The table at the end of the path, joined once for each path that is named.
  std::string Join(const std::vector<Step>& path) {
    std::string alias(records);
    const model::Object* object = query_.object;
    std::string name;
    for (const Step& step : path) {
      name += std::to_string(step.relation) + '.';
      std::string& known = joined_[name];
      if (known.empty()) {
        known = sql_.NewAlias();
        joins_.push_back({&step, object, alias, known});
      }
      alias = known;
      object = step.object;
    }
    return alias;
  }

  std::string Column(const std::vector<Step>& path, size_t field) {
    const std::string alias = Join(path);
    return ColumnOf(path.empty() ? *query_.object : *path.back().object, alias, field);
  }

  std::string KeyExpression(const GroupQuery::Key& key) {
    std::string column = Column(key.path, key.field);
    if (key.unit == Unit::kValue ||
        FieldOf(key.path, key.field).type != model::FieldType::kDateTime) {
      return column;
    }
    const std::string day = std::to_string(micros_per_day);
    return "(" + column + " - ((" + column + " % " + day + ") + " + day + ") % " + day + ") / " +
           day;
  }

  SqlText Text() {
    std::string columns;
    std::string by;
    for (const GroupQuery::Key& key : query_.by) {
      const std::string expression = KeyExpression(key);
      columns += (columns.empty() ? "" : ", ") + expression;
      by += (by.empty() ? " GROUP BY " : ", ") + expression;
    }
    for (const GroupQuery::Aggregate& aggregate : query_.aggregates) {
      columns += (columns.empty() ? "" : ", ") + Columns(aggregate);
    }
    if (columns.empty()) columns = "count(*)";
    sql_.Add("SELECT ").Add(columns).Add(" FROM ").Add(RecordTable(*query_.object)).Add(" AS ");
    sql_.Add(records);
    for (const Joined& join : joins_) {
      sql_.Add(" LEFT JOIN ").Add(RecordTable(*join.step->object)).Add(" AS ").Add(join.alias);
      sql_.Add(" ON ").Add(ColumnOf(*join.step->object, join.alias, model::kFieldId)).Add(" = ");
      sql_.Add(ColumnOf(*join.from, join.from_alias, join.step->relation));
      if (join.step->visible == nullptr) continue;
      sql_.Add(" AND (");
      AddCondition(*join.step->visible, *join.step->object, join.alias, &sql_);
      sql_.Add(")");
    }
    Query filter;
    filter.object = query_.object;
    filter.where = query_.where;
    filter.text = query_.text;
    AddFilter(filter, records, false, &sql_);
    sql_.Add(by);
    return std::move(sql_).Finish();
  }

  // As many columns as ReadTallies takes.
  std::string Columns(const GroupQuery::Aggregate& aggregate) {
    if (!aggregate.field) return "count(*)";
    const std::string column = Column(aggregate.path, *aggregate.field);
    const std::string split = std::to_string(sum_split);
    switch (aggregate.function) {
      case Function::kCount:
        return "count(" + column + ")";
      case Function::kSum:
      case Function::kAverage:
        return "count(" + column + "), sum(" + column + " / " + split + "), sum(" + column + " % " +
               split + ")";
      case Function::kMinimum:
        return "count(" + column + "), min(" + column + ")";
      case Function::kMaximum:
        return "count(" + column + "), max(" + column + ")";
    }
    return "count(*)";
  }

  std::vector<model::Value> ReadKeys(const Statement& row) const {
    std::vector<model::Value> keys;
    for (size_t i = 0; i < query_.by.size(); ++i) {
      const GroupQuery::Key& key = query_.by[i];
      const int column = static_cast<int>(i);
      if (key.unit == Unit::kValue) {
        keys.push_back(row.Read(column, FieldOf(key.path, key.field)));
      } else if (row.IsNull(column)) {
        keys.emplace_back();
      } else {
        const auto day = static_cast<int32_t>(row.Int(column));
        keys.emplace_back(model::Date{PeriodStart(day, key.unit)});
      }
    }
    return keys;
  }

  void ReadTallies(const Statement& row, std::vector<Tally>* tallies) const {
    int column = static_cast<int>(query_.by.size());
    for (size_t i = 0; i < query_.aggregates.size(); ++i) {
      const GroupQuery::Aggregate& aggregate = query_.aggregates[i];
      Tally tally;
      tally.count = row.Int(column++);
      if (aggregate.field) {
        switch (aggregate.function) {
          case Function::kCount:
            break;
          case Function::kSum:
          case Function::kAverage:
            tally.sum = Wide{row.Int(column)} * sum_split + row.Int(column + 1);
            column += 2;
            break;
          case Function::kMinimum:
            if (!row.IsNull(column)) tally.minimum = row.Int(column);
            ++column;
            break;
          case Function::kMaximum:
            if (!row.IsNull(column)) tally.maximum = row.Int(column);
            ++column;
            break;
        }
      }
      (*tallies)[i].Add(tally);
    }
  }

  Result<Groups> Finish() const {
    Groups result;
    std::vector<Tally> all(query_.aggregates.size());
    for (const auto& [keys, tallies] : groups_) {
      ASSIGN(std::vector<model::Value> values, ValuesOf(tallies));
      result.groups.push_back({keys, std::move(values)});
      for (size_t i = 0; i < all.size(); ++i) all[i].Add(tallies[i]);
    }
    ASSIGN(result.totals, ValuesOf(all));
    return result;
  }

  Result<std::vector<model::Value>> ValuesOf(const std::vector<Tally>& tallies) const {
    std::vector<model::Value> values;
    for (size_t i = 0; i < tallies.size(); ++i) {
      ASSIGN(model::Value value, ValueOf(query_.aggregates[i], tallies[i]));
      values.push_back(std::move(value));
    }
    return values;
  }

  Result<model::Value> ValueOf(const GroupQuery::Aggregate& aggregate, const Tally& tally) const {
    if (aggregate.function == Function::kCount) return model::Value(tally.count);
    const model::Field& field = FieldOf(aggregate.path, *aggregate.field);
    if (tally.count == 0) return model::Value{};
    if (aggregate.function == Function::kMinimum) return Typed(field, *tally.minimum);
    if (aggregate.function == Function::kMaximum) return Typed(field, *tally.maximum);
    const bool is_integer = field.type == model::FieldType::kInteger;
    if (aggregate.function == Function::kSum) {
      if (is_integer) return Fits(field, tally.sum, std::numeric_limits<int64_t>::max(), false);
      return Fits(field, tally.sum, Decimal::units_max, true);
    }
    const Wide units = is_integer ? tally.sum * Decimal::unit : tally.sum;
    return Fits(field, Divide(units, tally.count), Decimal::units_max, true);
  }

  static model::Value Typed(const model::Field& field, int64_t raw) {
    switch (field.type) {
      case model::FieldType::kDecimal:
      case model::FieldType::kMoney:
        return Decimal{raw};
      case model::FieldType::kDate:
        return model::Date{static_cast<int32_t>(raw)};
      case model::FieldType::kDateTime:
        return model::DateTime{raw};
      case model::FieldType::kInteger:
      case model::FieldType::kId:
      case model::FieldType::kText:
      case model::FieldType::kLongText:
      case model::FieldType::kBoolean:
      case model::FieldType::kSelect:
      case model::FieldType::kMultiSelect:
      case model::FieldType::kEmail:
      case model::FieldType::kPhone:
      case model::FieldType::kUrl:
      case model::FieldType::kRelation:
        return raw;
    }
    return raw;
  }

  static Result<model::Value> Fits(const model::Field& field, Wide value, int64_t limit,
                                   bool is_decimal) {
    if (value > limit || value < -Wide{limit}) {
      return Error::Field("aggregate", "out_of_range",
                          "the sum of " + field.name +
                              " has more digits than a number may have; "
                              "filter, or group by more");
    }
    const auto narrow = static_cast<int64_t>(value);
    return is_decimal ? model::Value(Decimal{narrow}) : model::Value(narrow);
  }

  struct Joined {
    const Step* step;
    const model::Object* from;
    std::string from_alias;
    std::string alias;
  };

  Connection& connection_;
  const GroupQuery& query_;
  SqlWriter sql_;
  std::map<std::string, std::string> joined_;
  std::vector<Joined> joins_;
  std::map<std::vector<model::Value>, std::vector<Tally>> groups_;
};

}  // namespace

Result<Groups> GroupRecords(Connection& connection, const GroupQuery& query) {
  return Grouping(connection, query).Run();
}

}  // namespace boathouse::store::sqlite
