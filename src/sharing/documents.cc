// Shares, published tables and recipients as documents of the store.
#include "sharing/registry.h"

namespace boathouse::sharing {
namespace {

Json TextList(const std::vector<std::string>& texts) {
  Json list = Json::Array();
  for (const std::string& text : texts) list.Append(text);
  return list;
}

std::string_view MaskName(PublishedColumn::Mask mask) {
  switch (mask) {
    case PublishedColumn::Mask::kNone:
      return "none";
    case PublishedColumn::Mask::kSha256:
      return "sha256";
    case PublishedColumn::Mask::kTruncate:
      return "truncate";
  }
  return "none";
}

// What is not understood is masked as hard as can be: it must not show more than was meant.
PublishedColumn ReadColumn(const Json& body) {
  PublishedColumn column;
  column.field = body["field"].AsString();
  column.length = body["length"].AsInt().value_or(0);
  const std::string_view mask = body["mask"].AsString();
  column.mask = mask == "none"       ? PublishedColumn::Mask::kNone
                : mask == "truncate" ? PublishedColumn::Mask::kTruncate
                                     : PublishedColumn::Mask::kSha256;
  return column;
}

Micros Time(const Json& body) { return body.AsInt().value_or(0); }
Id IdOf(const Json& body) { return Id::Parse(body.AsString()).value_or(Id{}); }

}  // namespace

Json ToStored(const Share& share) {
  return Json::Object({{"name", share.name},
                       {"comment", share.comment},
                       {"with_history", share.with_history},
                       {"created_at", share.created_at},
                       {"updated_at", share.updated_at}});
}

Share ShareFromStored(std::string_view id, const Json& body) {
  Share share;
  share.id = Id::Parse(id).value_or(Id{});
  share.name = body["name"].AsString();
  share.comment = body["comment"].AsString();
  share.with_history = body["with_history"].AsBool();
  share.created_at = Time(body["created_at"]);
  share.updated_at = Time(body["updated_at"]);
  return share;
}

Json ToStored(const Publication& publication) {
  Json columns = Json::Array();
  for (const PublishedColumn& column : publication.columns) {
    columns.Append(Json::Object(
        {{"field", column.field}, {"mask", MaskName(column.mask)}, {"length", column.length}}));
  }
  return Json::Object({{"share", publication.share_id.ToString()},
                       {"schema", publication.schema},
                       {"name", publication.name},
                       {"comment", publication.comment},
                       {"object", publication.object},
                       {"view", publication.view},
                       {"view_filter", publication.view_filter},
                       {"filter", publication.filter},
                       {"columns", std::move(columns)},
                       {"format_version", publication.format_version},
                       {"history_from", publication.history_from},
                       {"created_at", publication.created_at},
                       {"updated_at", publication.updated_at}});
}

Publication PublicationFromStored(std::string_view id, const Json& body) {
  Publication publication;
  publication.id = Id::Parse(id).value_or(Id{});
  publication.share_id = IdOf(body["share"]);
  publication.schema = body["schema"].AsString();
  publication.name = body["name"].AsString();
  publication.comment = body["comment"].AsString();
  publication.object = body["object"].AsString();
  publication.view = body["view"].AsString();
  publication.view_filter = body["view_filter"].AsString();
  publication.filter = body["filter"].AsString();
  for (const Json& column : body["columns"].items()) {
    publication.columns.push_back(ReadColumn(column));
  }
  publication.format_version = body["format_version"].AsInt() == 3 ? 3 : 2;
  publication.history_from = Time(body["history_from"]);
  publication.created_at = Time(body["created_at"]);
  publication.updated_at = Time(body["updated_at"]);
  return publication;
}

Json ToStored(const StoredRecipient& recipient) {
  Json shares = Json::Array();
  for (const Id& share : recipient.shares) shares.Append(share.ToString());
  Json tokens = Json::Array();
  for (const StoredToken& token : recipient.tokens) {
    tokens.Append(Json::Object({{"digest", token.digest},
                                {"kind", ProfileKindName(token.kind)},
                                {"created_at", token.created_at},
                                {"expires_at", token.expires_at}}));
  }
  return Json::Object({{"name", recipient.name},
                       {"comment", recipient.comment},
                       {"kind", ProfileKindName(recipient.kind)},
                       {"shares", std::move(shares)},
                       {"addresses", TextList(recipient.addresses)},
                       {"created_at", recipient.created_at},
                       {"expires_at", recipient.expires_at},
                       {"activated_at", recipient.activated_at},
                       {"tokens", std::move(tokens)},
                       {"activation_digest", recipient.activation_digest},
                       {"activation_expires_at", recipient.activation_expires_at}});
}

StoredRecipient RecipientFromStored(std::string_view id, const Json& body) {
  const auto kind_of = [](const Json& text) {
    return text.AsString() == "oauth" ? ProfileKind::kOAuth : ProfileKind::kBearer;
  };
  StoredRecipient recipient;
  recipient.id = Id::Parse(id).value_or(Id{});
  recipient.name = body["name"].AsString();
  recipient.comment = body["comment"].AsString();
  recipient.kind = kind_of(body["kind"]);
  for (const Json& share : body["shares"].items()) recipient.shares.insert(IdOf(share));
  for (const Json& block : body["addresses"].items()) {
    recipient.addresses.emplace_back(block.AsString());
  }
  recipient.created_at = Time(body["created_at"]);
  recipient.expires_at = Time(body["expires_at"]);
  recipient.activated_at = Time(body["activated_at"]);
  for (const Json& token : body["tokens"].items()) {
    recipient.tokens.push_back({std::string(token["digest"].AsString()), kind_of(token["kind"]),
                                Time(token["created_at"]), Time(token["expires_at"])});
  }
  recipient.activation_digest = body["activation_digest"].AsString();
  recipient.activation_expires_at = Time(body["activation_expires_at"]);
  return recipient;
}

}  // namespace boathouse::sharing
