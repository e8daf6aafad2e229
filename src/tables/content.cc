#include "tables/content.h"

#include <utility>

namespace boathouse::tables {
namespace {

class AllOfAnObject : public Content {
 public:
  explicit AllOfAnObject(std::string object) : object_(std::move(object)) {}

  const std::string& object() const override { return object_; }
  const std::string& digest() const override { return digest_; }

  Result<std::shared_ptr<const model::Object>> Shown(
      const std::shared_ptr<const model::Model>& model) const override {
    const model::Object* found = model->Find(object_);
    if (found == nullptr) {
      return Error{ErrorKind::kNotFound, "object " + object_ + " is no longer in the model"};
    }
    return std::shared_ptr<const model::Object>(model, found);
  }

  store::Sequence Committed(const store::Store& store, const model::Model& model) const override {
    const model::Object* found = model.Find(object_);
    return found == nullptr ? 0 : store.committed(*found);
  }

  Result<std::vector<Id>> Changed(const model::Model& model, store::Snapshot& snapshot,
                                  store::Sequence after) const override {
    return snapshot.ChangedIds(*model.Find(object_), after, snapshot.sequence());
  }

  Result<std::vector<model::Record>> GetMany(const model::Model& model, store::Snapshot& snapshot,
                                             const std::vector<Id>& ids) const override {
    return snapshot.GetMany(*model.Find(object_), ids);
  }

  Status Scan(const model::Model& model, store::Snapshot& snapshot,
              const std::function<bool(const model::Record&)>& visit) const override {
    return snapshot.Scan(*model.Find(object_), visit);
  }

 private:
  const std::string object_;
  const std::string digest_;  // empty: all of it
};

}  // namespace

std::unique_ptr<const Content> WholeObject(const std::string& object) {
  return std::make_unique<AllOfAnObject>(object);
}

}  // namespace boathouse::tables
