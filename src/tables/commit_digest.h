#pragma once
// Names a commit, so that a store that was set back or replaced is told from the one that was published.

#include <string>

#include "base/result.h"
#include "store/store.h"

namespace boathouse::tables {

// Of the commit at `sequence`: ids are unique, so another store's commit has another digest.
Result<std::string> DigestOfCommit(store::Snapshot& snapshot, store::Sequence sequence);

}  // namespace boathouse::tables
