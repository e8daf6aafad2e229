// Saved views, and records counted and summed in groups.
#include "crm/views.h"

#include "crm/groups.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

Json TextList(const std::vector<std::string>& texts) {
  Json list = Json::Array();
  for (const std::string& text : texts) list.Append(text);
  return list;
}

Json TimeOrNull(Micros at) { return at == 0 ? Json() : Json(FormatDateTime(at)); }

Json ViewJson(const crm::View& view) {
  return Json::Object({{"id", view.id},
                       {"name", view.name},
                       {"object", view.object},
                       {"owner_id", view.owner.is_nil() ? Json() : Json(view.owner.ToString())},
                       {"visibility", view.shared ? "shared" : "private"},
                       {"built_in", view.built_in},
                       {"filter", view.filter},
                       {"order_by", view.order_by},
                       {"columns", TextList(view.columns)},
                       {"group_by", TextList(view.group_by)},
                       {"aggregates", TextList(view.aggregates)},
                       {"created_at", TimeOrNull(view.created_at)},
                       {"updated_at", TimeOrNull(view.updated_at)}});
}

Result<http::Response> ListViews(Call& call) {
  const model::Object* object = nullptr;
  if (const auto name = call.request.Query("object")) {
    ASSIGN(object, call.services.crm.FindObject(call.caller, *name));
  }
  ASSIGN(const std::vector<crm::View> views,
         crm::Views(call.services.crm).List(call.caller, object));
  Json items = Json::Array();
  for (const crm::View& view : views) items.Append(ViewJson(view));
  return http::Response::JsonBody(200, Json::Object({{"items", std::move(items)}}));
}

Result<http::Response> GetView(Call& call) {
  ASSIGN(const crm::View view,
         crm::Views(call.services.crm).Get(call.caller, call.request.Parameter("view")));
  return http::Response::JsonBody(200, ViewJson(view));
}

Result<http::Response> CreateView(Call& call) {
  ASSIGN(const crm::View view, crm::Views(call.services.crm).Create(call.caller, call.body));
  http::Response response = http::Response::JsonBody(201, ViewJson(view));
  response.headers.Set("Location", std::string(base_path) + "/views/" + view.id);
  return response;
}

Result<http::Response> UpdateView(Call& call) {
  ASSIGN(
      const crm::View view,
      crm::Views(call.services.crm).Update(call.caller, call.request.Parameter("view"), call.body));
  return http::Response::JsonBody(200, ViewJson(view));
}

Result<http::Response> DeleteView(Call& call) {
  TRY(crm::Views(call.services.crm).Delete(call.caller, call.request.Parameter("view")));
  return http::Response::Empty(204);
}

Json RowJson(const crm::GroupPage& page, const crm::GroupRow& row) {
  Json key = Json::Object();
  Json titles = Json::Object();
  for (size_t i = 0; i < page.keys.size(); ++i) {
    const crm::GroupKeyColumn& column = page.keys[i];
    key.Set(column.name, column.is_period() ? model::ToJson(row.keys[i])
                                            : model::ToJson(column.definition(), row.keys[i]));
    if (!row.titles[i].empty()) titles.Set(column.name, row.titles[i]);
  }
  Json values = Json::Object();
  for (size_t i = 0; i < page.aggregates.size(); ++i) {
    values.Set(page.aggregates[i], model::ToJson(row.aggregates[i]));
  }
  return Json::Object(
      {{"key", std::move(key)}, {"titles", std::move(titles)}, {"values", std::move(values)}});
}

Result<http::Response> GroupRecords(Call& call) {
  ASSIGN(const model::Object* object,
         call.services.crm.FindObject(call.caller, call.request.Parameter("plural")));
  crm::GroupRequest request;
  request.filter = call.request.Query("filter").value_or("");
  request.group_by = call.request.Query("group_by").value_or("");
  request.aggregate = call.request.Query("aggregate").value_or("");
  request.order_by = call.request.Query("order_by").value_or("");
  if (call.request.Query("page_size")) {
    ASSIGN(request.limit, ReadPageSize(call.request));
  }
  if (const auto view = call.request.Query("view")) {
    ASSIGN(request,
           crm::Views(call.services.crm).Apply(call.caller, *object, *view, std::move(request)));
  }
  if (request.aggregate.empty()) request.aggregate = "count";
  ASSIGN(const crm::GroupPage page,
         crm::GroupRecords(call.services.crm, call.caller, *object, request));
  Json items = Json::Array();
  for (const crm::GroupRow& row : page.rows) items.Append(RowJson(page, row));
  Json totals = Json::Object();
  for (size_t i = 0; i < page.aggregates.size(); ++i) {
    totals.Set(page.aggregates[i], model::ToJson(page.totals[i]));
  }
  Json by = Json::Array();
  for (const crm::GroupKeyColumn& column : page.keys) by.Append(column.name);
  return http::Response::JsonBody(200, Json::Object({{"group_by", std::move(by)},
                                                     {"aggregates", TextList(page.aggregates)},
                                                     {"items", std::move(items)},
                                                     {"totals", std::move(totals)},
                                                     {"total_size", page.row_count}}));
}

}  // namespace

std::vector<Route> ViewRoutes() {
  using enum Access;
  return {
      {"GET", "/views", kSignedIn, Body::kNone, {"object"}, ListViews},
      {"POST", "/views", kSignedIn, Body::kJson, {}, CreateView},
      {"GET", "/views/{view}", kSignedIn, Body::kNone, {}, GetView},
      {"PATCH", "/views/{view}", kSignedIn, Body::kMergePatch, {}, UpdateView},
      {"DELETE", "/views/{view}", kSignedIn, Body::kNone, {}, DeleteView},
      {"GET",
       "/{plural}/groups",
       kSignedIn,
       Body::kNone,
       {"filter", "group_by", "aggregate", "order_by", "page_size", "view"},
       GroupRecords},
  };
}

}  // namespace boathouse::rest
