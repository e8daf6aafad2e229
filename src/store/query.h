#pragma once
// A question to the store about one object, already bound to its model: fields are indexes,
// literals are values of the field's type. Parsing and permissions happen in crm/.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "model/model.h"

namespace boathouse::store {

struct Condition;

// From a record to the one that a relation of it points to.
struct Step {
  size_t relation = 0;                    // a relation field of the object before
  const model::Object* object = nullptr;  // what it points to
  // Only records of it that meet this are seen; nullptr: all.
  std::shared_ptr<const Condition> visible = nullptr;
};

struct Condition {
  enum class Kind { kAnd, kOr, kNot, kCompare };
  enum class Compare {
    kEqual,     // null equals null
    kNotEqual,  // null differs from every value
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kContains,    // text: the literal occurs, without regard to ASCII case
    kStartsWith,  // likewise, at the beginning
    kEndsWith,
    kIn,   // equals one of `values`; never true when there are none
    kHas,  // multi-select: one of its values is the literal, exactly
  };
  Kind kind = Kind::kAnd;
  std::vector<Condition> children;  // kAnd, kOr: any number; kNot: one
  // kCompare. `path`: the relations to follow from the query's object to the one that `field` is of. A
  // broken path (null on the way, or a record that is not visible) compares as null.
  std::vector<Step> path;
  size_t field = 0;
  Compare compare = Compare::kEqual;
  model::Value value;
  std::vector<model::Value> values;  // kIn

  static Condition Where(size_t field, Compare compare, model::Value value);
  static Condition In(size_t field, std::vector<model::Value> values);
  static Condition All(std::vector<Condition> conditions);
  static Condition Any(std::vector<Condition> conditions);
  static Condition Not(Condition condition);
};

struct OrderBy {
  size_t field = 0;
  bool descending = false;
  // Where the field is one of a related record; at most one step. Records that point to nothing come
  // where null does, and those that point to different records with one value stay apart by their ids.
  std::vector<Step> path = {};
};

struct Query {
  const model::Object* object = nullptr;
  std::optional<Condition> where;
  // Text sorts without regard to ASCII case; null sorts before every value. The id breaks ties, in
  // the direction of the last field, so that the order is total.
  std::vector<OrderBy> order;
  size_t limit = 50;
  // Continue behind the record with these order values and this id. An order with a path takes two
  // values: that of the field and the id of the related record, both null where there is none.
  struct Position {
    std::vector<model::Value> values;
    Id id;
  };
  std::optional<Position> after;
  std::string text;  // non-empty: only records that full-text search finds
};

// Words looked for in one object. A word is found in whatever case and accents it is written, a phone
// number in whatever spelling.
struct TextQuery {
  const model::Object* object = nullptr;
  std::string text;
  std::optional<Condition> where = {};  // only records that meet it
  size_t limit = 50;
  Micros now = 0;  // what was changed lately before it ranks higher
  // Only with words of four letters or more one edit away from what was asked; ranks behind all others.
  bool other_spellings = false;
};

struct TextHit {
  Id id;
  int score =
      0;  // compares across objects: whole words of titles first, then their beginnings, keys
          // (numbers, e-mail addresses, phone numbers), anything else
};

// Records counted and summed by what they have in common.
struct GroupQuery {
  // What makes two records one group: a value, or the period that a date or date-time falls in.
  enum class Unit { kValue, kDay, kWeek, kMonth, kQuarter, kYear };
  struct Key {
    std::vector<Step> path;
    size_t field = 0;
    Unit unit = Unit::kValue;
  };
  enum class Function { kCount, kSum, kAverage, kMinimum, kMaximum };
  struct Aggregate {
    Function function = Function::kCount;
    std::vector<Step> path;
    std::optional<size_t> field;  // kCount without one counts records; all others ignore nulls
  };

  const model::Object* object = nullptr;
  std::optional<Condition> where;
  std::string text;
  std::vector<Key> by;  // none: one group of everything
  std::vector<Aggregate> aggregates;
};

struct Group {
  std::vector<model::Value> keys;  // a period is its first day, as a Date; weeks begin on Monday
  std::vector<model::Value> aggregates;  // see Reader::GroupBy
};

struct Groups {
  std::vector<Group> groups;         // by their keys, ascending
  std::vector<model::Value> totals;  // the aggregates of all records together
};

// One more group than this is an error.
inline constexpr size_t groups_max = 100'000;

// Whether the index of the field keeps records of one value in the order of their titles, so that a list
// that is filtered by it and sorted by title reads just what it shows. A list sorted by such a field must
// name the title next, to read along that index.
bool IsListedByTitle(const model::Object& object, size_t field);

}  // namespace boathouse::store
