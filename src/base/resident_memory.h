#pragma once
// What a quiet process need not keep in memory.

namespace boathouse {

// Gives freed memory of the heap back to the system, and lets go of the pages of code and constants that
// the start, or work that is over, has touched: most of what the big libraries hold resident. Those that
// are needed after all come back from the page cache, at about a microsecond for sixteen of them. For
// quiet moments: a few milliseconds. Safe to call from any thread at any time.
void ReleaseIdleMemory();

}  // namespace boathouse
