#include "iceberg/names.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"

namespace boathouse::iceberg {
namespace {

constexpr std::string_view metadata_ending = ".metadata.json";
constexpr std::string_view avro_ending = ".avro";
constexpr std::string_view puffin_ending = "-deletes.puffin";
constexpr std::string_view hint_name = "version-hint.text";

// Snapshot ids fill 2^52 ... 2^53 - 1, so that they are exact in JSON readers that know doubles only.
constexpr int id_bits = 52;
constexpr uint64_t id_mask = (uint64_t{1} << id_bits) - 1;

std::string Padded(int64_t number) {
  std::string digits = std::to_string(number);
  constexpr size_t width = 5;
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

std::string FormatPart(const Name& name) {
  return "v" + std::to_string(name.format_version) + (name.with_history ? "" : "s");
}

bool TakeEnd(std::string_view ending, std::string_view* text) {
  if (!text->ends_with(ending)) return false;
  text->remove_suffix(ending.size());
  return true;
}

// A number of digits only; nullopt for anything else.
std::optional<int64_t> Number(std::string_view digits) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || digits[0] == '-' || error != std::errc() ||
      end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return value;
}

bool ReadFormat(std::string_view text, Name* name) {
  if (text.ends_with('s')) {
    name->with_history = false;
    text.remove_suffix(1);
  }
  if (text != "v2" && text != "v3") return false;
  name->format_version = text == "v2" ? 2 : 3;
  return true;
}

// The text before the first '-', which goes from `text` with it.
std::string_view TakePart(std::string_view* text) {
  const size_t dash = std::min(text->find('-'), text->size());
  const std::string_view part = text->substr(0, dash);
  text->remove_prefix(std::min(dash + 1, text->size()));
  return part;
}

struct IdKey {
  uint64_t factor, offset;
};

IdKey KeyOf(const Id& table) {
  const std::string digest = Sha256("iceberg snapshots of " + table.ToString());
  const auto word = [&](size_t begin) {
    uint64_t value = 0;
    for (size_t i = 0; i < 8; ++i) value = (value << 8) | static_cast<uint8_t>(digest[begin + i]);
    return value;
  };
  return {word(0) | 1, word(8)};  // odd, hence invertible
}

// The x with factor * x = 1 modulo 2^64, by Newton's iteration.
uint64_t Inverse(uint64_t factor) {
  uint64_t inverse = factor;  // right to 3 bits, and twice as many with each step
  for (int step = 0; step < 5; ++step) inverse *= 2 - factor * inverse;
  return inverse;
}

std::optional<Name> Read(std::string_view text, const Id& table) {
  Name name;
  if (text == hint_name) {
    name.kind = FileName::Kind::kVersionHint;
    return name;
  }
  if (TakeEnd(puffin_ending, &text)) {
    name.kind = FileName::Kind::kDeletes;
    name.format_version = 3;
  } else if (TakeEnd(metadata_ending, &text)) {
    if (text.starts_with('v')) {
      const auto number = Number(text.substr(1));
      if (!number || *number < 1) return std::nullopt;
      name.version = *number - 1;
      name.by_number = true;
      name.oldest = WindowBegin(name.version);
      return name;
    }
  } else if (TakeEnd(avro_ending, &text)) {
    if (text.starts_with("snap-")) {
      text.remove_prefix(5);
      const auto id = Number(TakePart(&text));
      if (!id || !ReadFormat(text, &name)) return std::nullopt;
      name.kind = FileName::Kind::kManifestList;
      name.version = Renderer::VersionOf(table, *id);
      return name;
    }
    name.kind = FileName::Kind::kManifest;
  } else {
    return std::nullopt;
  }
  const auto version = Number(TakePart(&text));
  if (!version) return std::nullopt;
  name.version = *version;
  if (name.kind == FileName::Kind::kDeletes) return name;
  const std::string_view part = TakePart(&text);
  if (name.kind == FileName::Kind::kMetadata) {
    const auto oldest = Number(part);
    if (!oldest || *oldest > name.version) return std::nullopt;
    name.oldest = *oldest;
  } else if (part == "m1") {
    name.kind = FileName::Kind::kDeleteManifest;
  } else if (part != "m0") {
    return std::nullopt;
  }
  if (!ReadFormat(text, &name)) return std::nullopt;
  return name;
}

}  // namespace

std::string ToText(const Name& name, const Id& table) {
  switch (name.kind) {
    case FileName::Kind::kMetadata:
      if (name.by_number) {
        return "v" + std::to_string(name.version + 1) + std::string(metadata_ending);
      }
      return Padded(name.version) + "-" + Padded(name.oldest) + "-" + FormatPart(name) +
             std::string(metadata_ending);
    case FileName::Kind::kManifestList:
      return "snap-" + std::to_string(Renderer::SnapshotId(table, name.version)) + "-" +
             FormatPart(name) + std::string(avro_ending);
    case FileName::Kind::kManifest:
      return Padded(name.version) + "-m0-" + FormatPart(name) + std::string(avro_ending);
    case FileName::Kind::kDeleteManifest:
      return Padded(name.version) + "-m1-" + FormatPart(name) + std::string(avro_ending);
    case FileName::Kind::kDeletes:
      return Padded(name.version) + std::string(puffin_ending);
    case FileName::Kind::kVersionHint:
      return std::string(hint_name);
  }
  return {};
}

std::optional<Name> ParseName(std::string_view text, const Id& table) {
  const std::optional<Name> name = Read(text, table);
  // Another spelling of a name is another name, which is not there.
  if (!name || ToText(*name, table) != text) return std::nullopt;
  return name;
}

int64_t Renderer::SnapshotId(const Id& table, int64_t version) {
  const IdKey key = KeyOf(table);
  const uint64_t mixed = (static_cast<uint64_t>(version) * key.factor + key.offset) & id_mask;
  return static_cast<int64_t>(mixed | (uint64_t{1} << id_bits));
}

int64_t Renderer::VersionOf(const Id& table, int64_t snapshot_id) {
  const IdKey key = KeyOf(table);
  const uint64_t mixed = static_cast<uint64_t>(snapshot_id) & id_mask;
  const auto version = static_cast<int64_t>(((mixed - key.offset) * Inverse(key.factor)) & id_mask);
  // Of the ids of no version, the nearest number that is no version either.
  return SnapshotId(table, version) == snapshot_id ? version : -1;
}

}  // namespace boathouse::iceberg
