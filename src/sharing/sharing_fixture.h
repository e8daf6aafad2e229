#pragma once
// For tests: a workspace with people and roles (see crm/permission_fixture.h), its tables, and a Sharing.

#include <memory>
#include <string>
#include <vector>

#include "crm/permission_fixture.h"
#include "sharing/sharing.h"
#include "tables/tables.h"

namespace boathouse::sharing {

inline const ServerUrl server{"https://crm.example.com"};

struct SharingFixture : crm::PermissionFixture {
  std::unique_ptr<tables::Catalog> catalog = [this] {
    tables::CatalogOptions options;
    options.directory = folder / "tables";
    return tables::Catalog::Open(options, *store, clock).value();
  }();
  std::unique_ptr<Sharing> sharing = Open();

  std::unique_ptr<Sharing> Open() {
    return Sharing::Open({*store, crm, auth.audit(), clock, ids, catalog.get(),
                          "a signing key of thirty-two bytes"})
        .value();
  }

  Share MakeShare(const std::string& name) {
    const auto share = sharing->publications().CreateShare(system, Json::Object({{"name", name}}));
    if (!share.ok()) FAIL(share.error().message);
    return *share;
  }
  Publication Publish(const std::string& share, const std::string& body) {
    const auto table =
        sharing->publications().CreateTable(system, share, Json::Parse(body).value());
    if (!table.ok()) FAIL(table.error().message);
    return *table;
  }
  Delivered MakeRecipient(const std::string& body) {
    auto made = sharing->recipients().Create(system, Json::Parse(body).value(), server);
    if (!made.ok()) FAIL(made.error().message);
    return *std::move(made);
  }
  static std::string TokenOf(const Delivered& delivered) {
    return std::string((*delivered.profile)["bearerToken"].AsString());
  }
  Reader Enter(const std::string& token, const std::string& address = "192.0.2.1") {
    auto reader = sharing->Authenticate(token, address);
    if (!reader.ok()) FAIL(reader.error().message);
    return *std::move(reader);
  }
};

}  // namespace boathouse::sharing
