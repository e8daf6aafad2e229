// The guard: what it lets through, it lets through again and no longer changes; it never holds a second statement.
#include "sources/guard.h"

#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(input) {
  const boathouse::sources::GuardPolicy policy = {
      .tables = {"analytics.orders", "analytics.accounts"}, .rows_max = 10};
  const auto sql = boathouse::sources::GuardSql(input, policy);
  if (!sql.ok()) return;
  const auto again = boathouse::sources::GuardSql(*sql, policy);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(*again == *sql);
}
