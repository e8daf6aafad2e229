#pragma once
// Private to crm/: pipelines, their ordered stages, and what a stage means for an opportunity in it.
//
// A workspace has one default pipeline, which cannot be deleted; it is made with the usual stages where
// there is none. A stage that opportunities are in keeps its key and its pipeline and cannot be deleted.
// Changing a stage's probability or category counts for opportunities that enter it from then on; those
// that are in it, and above all those that are closed, stay as they are.

#include <optional>

#include "crm/rule.h"

namespace boathouse::crm {

inline constexpr size_t stages_max = 100;  // of one pipeline

// The default pipeline; made with its stages where the workspace has none.
Result<model::Record> DefaultPipeline(RuleEdit& edit);
// The stages of a pipeline in their order.
Result<std::vector<model::Record>> StagesOf(RuleEdit& edit, const Id& pipeline);

// Keeps pipelines and stages in order.
class PipelineRule : public Rule {
 public:
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
  Status PrepareDelete(RuleEdit& edit, const model::Object& object,
                       const model::Record& record) override;
  Status Follow(RuleEdit& edit, const model::Object& object, store::Operation operation,
                const model::Record& before, const model::Record& after) override;

 private:
  Status PreparePipeline(RuleEdit& edit, const model::Object& object, const Json& given,
                         const std::string& pointer, const model::Record& before,
                         model::Record& record, std::vector<FieldError>* wrong);
  Status PrepareStage(RuleEdit& edit, const model::Object& object, const Json& given,
                      const std::string& pointer, const model::Record& before,
                      model::Record& record, std::vector<FieldError>* wrong);
};

// Resolves an opportunity's stage by key or name, sets what follows from it, and writes the history of
// stages.
class StageRule : public Rule {
 public:
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
  Status Follow(RuleEdit& edit, const model::Object& object, store::Operation operation,
                const model::Record& before, const model::Record& after) override;
};

}  // namespace boathouse::crm
