#pragma once
// Named steps at which a test may end the process, to prove that what lies on the disk holds wherever a
// crash comes. Costs a program that arms none of them one load and one branch. Any thread.

#include <atomic>

namespace boathouse {

// Called with the name of each step that is reached. Null, as in every program but tests: nothing.
using KillProbe = void (*)(const char* name);
inline std::atomic<KillProbe> kill_probe{nullptr};

inline void KillPoint(const char* name) {
  if (const KillProbe probe = kill_probe.load(std::memory_order_relaxed)) probe(name);
}

}  // namespace boathouse
