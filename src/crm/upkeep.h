#pragma once
// Work that a change leaves behind because it is about too many records for its own transaction: when a
// rule of a territory changes, accounts and leads are assigned again; when a tag is renamed, the records
// that carry it. What is left to do is written down in the transaction of the change, so that neither a
// crash nor a change by another process loses it, and is done in pages, each a transaction of its own.

#include <memory>

#include "base/cancellation.h"
#include "base/result.h"
#include "crm/attachments.h"
#include "crm/crm.h"

namespace boathouse::crm {

// Makes what every workspace begins with, where it is lacking: the default pipeline with its stages. Done
// at every opening; costs one read when there is nothing to do.
Status BeginWorkspace(Crm& crm);

// Does now what is left to do, in the calling thread. Returns how many records were changed. Work that
// fails is logged and stays, and does not keep what stands behind it. Safe to use from many threads: two
// that meet at the same work do it once.
Result<int64_t> DoUpkeep(Crm& crm, const Cancellation& cancellation);

// A thread that does the work as soon as a commit leaves some, and now and then collects the files that no
// attachment names. What it is given outlives it.
class Upkeep {
 public:
  explicit Upkeep(Crm& crm, Attachments* attachments = nullptr);
  ~Upkeep();  // stops behind the page under way; the rest is done by the next one
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace boathouse::crm
