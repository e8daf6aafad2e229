#pragma once
// Names a commit, so that a store that was set back or replaced is told from the one that was published.

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace boathouse::tables {

// Of the commit at `sequence`: ids are unique, so another store's commit has another digest.
Result<std::string> DigestOfCommit(store::Snapshot& snapshot, store::Sequence sequence);

// When that commit was made, but never after `now`. A version has the time of the newest change that it may
// contain, not of its cut: DuckDB reads the newest snapshot that is no younger than its own transaction,
// which began after the change was acknowledged and before the cut.
Result<Micros> TimeOfCommit(store::Snapshot& snapshot, store::Sequence sequence, Micros now);

}  // namespace boathouse::tables
