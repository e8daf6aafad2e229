#include "model/match_key.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace boathouse::model {
namespace {

constexpr size_t phone_digits_min = 7;

// Letters with marks, as what they are without. Ranges take capitals and small letters together.
struct Fold {
  uint32_t first, last;
  std::string_view base;
};
constexpr Fold folds[] = {
    {0x00C0, 0x00C5, "a"},  {0x00C6, 0x00C6, "ae"}, {0x00C7, 0x00C7, "c"},  {0x00C8, 0x00CB, "e"},
    {0x00CC, 0x00CF, "i"},  {0x00D0, 0x00D0, "d"},  {0x00D1, 0x00D1, "n"},  {0x00D2, 0x00D6, "o"},
    {0x00D8, 0x00D8, "o"},  {0x00D9, 0x00DC, "u"},  {0x00DD, 0x00DD, "y"},  {0x00DE, 0x00DE, "th"},
    {0x00DF, 0x00DF, "ss"}, {0x00E0, 0x00E5, "a"},  {0x00E6, 0x00E6, "ae"}, {0x00E7, 0x00E7, "c"},
    {0x00E8, 0x00EB, "e"},  {0x00EC, 0x00EF, "i"},  {0x00F0, 0x00F0, "d"},  {0x00F1, 0x00F1, "n"},
    {0x00F2, 0x00F6, "o"},  {0x00F8, 0x00F8, "o"},  {0x00F9, 0x00FC, "u"},  {0x00FD, 0x00FD, "y"},
    {0x00FE, 0x00FE, "th"}, {0x00FF, 0x00FF, "y"},  {0x0100, 0x0105, "a"},  {0x0106, 0x010D, "c"},
    {0x010E, 0x0111, "d"},  {0x0112, 0x011B, "e"},  {0x011C, 0x0123, "g"},  {0x0124, 0x0127, "h"},
    {0x0128, 0x0131, "i"},  {0x0132, 0x0133, "ij"}, {0x0134, 0x0135, "j"},  {0x0136, 0x0138, "k"},
    {0x0139, 0x0142, "l"},  {0x0143, 0x014B, "n"},  {0x014C, 0x0151, "o"},  {0x0152, 0x0153, "oe"},
    {0x0154, 0x0159, "r"},  {0x015A, 0x0161, "s"},  {0x0162, 0x0167, "t"},  {0x0168, 0x0173, "u"},
    {0x0174, 0x0175, "w"},  {0x0176, 0x0178, "y"},  {0x0179, 0x017E, "z"},  {0x017F, 0x017F, "s"},
    {0x01A0, 0x01A1, "o"},  {0x01AF, 0x01B0, "u"},  {0x01CD, 0x01CE, "a"},  {0x01CF, 0x01D0, "i"},
    {0x01D1, 0x01D2, "o"},  {0x01D3, 0x01DC, "u"},  {0x0218, 0x0219, "s"},  {0x021A, 0x021B, "t"},
    {0x0300, 0x036F, ""},   {0x1E00, 0x1E01, "a"},  {0x1E02, 0x1E07, "b"},  {0x1E08, 0x1E09, "c"},
    {0x1E0A, 0x1E13, "d"},  {0x1E14, 0x1E1D, "e"},  {0x1E1E, 0x1E1F, "f"},  {0x1E20, 0x1E21, "g"},
    {0x1E22, 0x1E2B, "h"},  {0x1E2C, 0x1E2F, "i"},  {0x1E30, 0x1E35, "k"},  {0x1E36, 0x1E3D, "l"},
    {0x1E3E, 0x1E43, "m"},  {0x1E44, 0x1E4B, "n"},  {0x1E4C, 0x1E53, "o"},  {0x1E54, 0x1E57, "p"},
    {0x1E58, 0x1E5F, "r"},  {0x1E60, 0x1E69, "s"},  {0x1E6A, 0x1E71, "t"},  {0x1E72, 0x1E7B, "u"},
    {0x1E7C, 0x1E7F, "v"},  {0x1E80, 0x1E89, "w"},  {0x1E8A, 0x1E8D, "x"},  {0x1E8E, 0x1E8F, "y"},
    {0x1E90, 0x1E95, "z"},  {0x1E9E, 0x1E9E, "ss"}, {0x1EA0, 0x1EB7, "a"},  {0x1EB8, 0x1EC7, "e"},
    {0x1EC8, 0x1ECB, "i"},  {0x1ECC, 0x1EE3, "o"},  {0x1EE4, 0x1EF1, "u"},  {0x1EF2, 0x1EF9, "y"},
};

// At the end of a company's name; after accents are folded and dots between single letters are gone.
constexpr std::string_view legal_forms[] = {
    "ab",          "ag",           "aps",     "as",      "asa",
    "bhd",         "bv",           "co",      "company", "corp",
    "corporation", "cv",           "doo",     "ead",     "eg",
    "eirl",        "ev",           "ges",     "gmbh",    "haftungsbeschrankt",
    "inc",         "incorporated", "jsc",     "kft",     "kg",
    "kgaa",        "kk",           "lda",     "limited", "llc",
    "llp",         "lp",           "ltd",     "ltda",    "mbh",
    "nv",          "ohg",          "ojsc",    "oo",      "ood",
    "ooo",         "oy",           "oyj",     "pjsc",    "plc",
    "pte",         "pty",          "private", "pvt",     "sa",
    "sarl",        "sas",          "sdn",     "se",      "sl",
    "slu",         "sp",           "spa",     "spol",    "srl",
    "sro",         "ug",           "ulc",     "vof",     "yk",
    "zoo"};

// Small words that stand between legal forms: "GmbH & Co. KG", "S.A. de C.V.", "sp. z o.o.".
constexpr std::string_view joints[] = {"and", "de", "und", "z"};

constexpr std::string_view free_mail[] = {
    "126.com",     "163.com",        "aol.com",   "bluewin.ch",  "comcast.net",   "fastmail.com",
    "free.fr",     "gmail.com",      "gmx.at",    "gmx.ch",      "gmx.com",       "gmx.de",
    "gmx.net",     "googlemail.com", "hey.com",   "hotmail.com", "hotmail.co.uk", "icloud.com",
    "laposte.net", "libero.it",      "live.com",  "mac.com",     "mail.com",      "mail.ru",
    "me.com",      "msn.com",        "orange.fr", "outlook.com", "proton.me",     "protonmail.com",
    "qq.com",      "t-online.de",    "web.de",    "yahoo.co.uk", "yahoo.com",     "yahoo.de",
    "yandex.ru",   "ymail.com"};

// Many companies have a page there: the host says nothing about which one it is.
constexpr std::string_view shared_hosts[] = {"facebook.com", "google.com",    "instagram.com",
                                             "linkedin.com", "pinterest.com", "tiktok.com",
                                             "twitter.com",  "x.com",         "youtube.com"};

// Under these, one label more tells companies apart.
constexpr std::string_view hosting[] = {"azurewebsites.net", "blogspot.com",    "github.io",
                                        "gitlab.io",         "herokuapp.com",   "myshopify.com",
                                        "netlify.app",       "squarespace.com", "vercel.app",
                                        "weebly.com",        "wixsite.com",     "wordpress.com"};

// "co" in acme.co.uk: the second label of countries that register below it.
constexpr std::string_view second_levels[] = {"ac",  "co", "com", "edu", "go", "gob",
                                              "gov", "ne", "net", "or",  "org"};

template <typename List>
bool Contains(const List& list, std::string_view text) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return c >= 'a' && c <= 'z'; }

// The next character of the text; bytes that are no UTF-8 stand for themselves.
uint32_t NextCodePoint(std::string_view text, size_t* at) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<uint32_t>(static_cast<unsigned char>(text[i])) : 0u;
  };
  const uint32_t lead = byte((*at)++);
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  uint32_t code = more == 3   ? lead & 0x07
                  : more == 2 ? lead & 0x0F
                  : more == 1 ? lead & 0x1F
                              : lead;
  for (int i = 0; i < more; ++i) {
    const uint32_t next = byte(*at);
    if ((next & 0xC0) != 0x80) return lead;
    code = (code << 6) | (next & 0x3F);
    ++*at;
  }
  return code;
}

void AppendUtf8(uint32_t code, std::string* out) {
  const auto add = [&](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | (code >> 6));
    add(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    add(0xE0 | (code >> 12));
    add(0x80 | ((code >> 6) & 0x3F));
    add(0x80 | (code & 0x3F));
  } else {
    add(0xF0 | (code >> 18));
    add(0x80 | ((code >> 12) & 0x3F));
    add(0x80 | ((code >> 6) & 0x3F));
    add(0x80 | (code & 0x3F));
  }
}

bool IsPunctuation(uint32_t code) {
  return (code >= 0x80 && code < 0xC0) || code == 0xD7 || code == 0xF7 ||
         (code >= 0x2000 && code <= 0x206F) || (code >= 0x20A0 && code <= 0x21FF) ||
         (code >= 0x3000 && code <= 0x303F);
}

bool IsApostrophe(uint32_t code) {
  return code == '\'' || code == '`' || code == 0xB4 || code == 0x2018 || code == 0x2019;
}

// Folds one character to `out`. False when it separates words.
bool FoldCharacter(uint32_t code, std::string* out) {
  if (code >= 0xFF01 && code <= 0xFF5E) code -= 0xFEE0;  // full width
  if (code < 0x80) {
    const char c = static_cast<char>(code >= 'A' && code <= 'Z' ? code + 32 : code);
    if (!IsLetter(c) && !IsDigit(c)) return false;
    out->push_back(c);
    return true;
  }
  if (IsPunctuation(code)) return false;
  const auto* const end = std::end(folds);
  const auto* const fold =
      std::lower_bound(std::begin(folds), end, code,
                       [](const Fold& range, uint32_t value) { return range.last < value; });
  if (fold != end && fold->first <= code) {
    *out += fold->base;
    return true;
  }
  if (code >= 0x0391 && code <= 0x03A9) code += 32;  // Greek
  if (code >= 0x0410 && code <= 0x042F) code += 32;  // Cyrillic
  if (code >= 0x0400 && code <= 0x040F) code += 80;
  AppendUtf8(code, out);
  return true;
}

// Folded words; single letters with dots between them ("S.A.", "I.B.M.") are one word.
std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_initials = false;  // the last word is single letters, and only a dot has come since
  const auto end_word = [&](bool by_dot) {
    if (word.empty()) {
      in_initials = in_initials && by_dot;
      return;
    }
    const bool single = word.size() == 1 && IsLetter(word[0]);
    if (single && in_initials) {
      words.back() += word;
    } else {
      words.push_back(word);
    }
    in_initials = single && by_dot;
    word.clear();
  };
  for (size_t at = 0; at < text.size();) {
    const uint32_t code = NextCodePoint(text, &at);
    if (IsApostrophe(code)) continue;
    if (FoldCharacter(code, &word)) continue;
    end_word(code == '.');
    if (code == '&' || code == '+') words.emplace_back("and");
  }
  end_word(false);
  return words;
}

std::string NameKey(std::string_view text) {
  std::vector<std::string> words = WordsOf(text);
  size_t end = words.size();
  const auto is_form = [&](size_t count) { return Contains(legal_forms, words[count - 1]); };
  while (end > 1 && is_form(end)) {
    --end;
    while (end > 1 && Contains(joints, words[end - 1])) --end;
  }
  const size_t begin = end > 1 && words[0] == "the" ? 1 : 0;
  std::string key;
  for (size_t i = begin; i < end; ++i) key += words[i];
  return key;
}

std::vector<std::string_view> LabelsOf(std::string_view host) {
  std::vector<std::string_view> labels;
  for (size_t from = 0; from <= host.size();) {
    const size_t dot = std::min(host.find('.', from), host.size());
    labels.push_back(host.substr(from, dot - from));
    from = dot + 1;
  }
  return labels;
}

// The host of a URL, an e-mail address or a bare host, in lower case; "" when it is none.
std::string HostOf(std::string_view text) {
  text = TrimAscii(text);
  if (const size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    text.remove_prefix(scheme + 3);
  }
  text = text.substr(0, text.find_first_of("/?#"));
  if (const size_t at = text.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  text = text.substr(0, text.find(':'));
  while (text.ends_with('.')) text.remove_suffix(1);
  std::string host = AsciiLower(text);
  const bool bad = std::any_of(host.begin(), host.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == ',' || c == ';' || c == '(';
  });
  return bad ? std::string() : host;
}

std::string DomainKey(std::string_view text) {
  const std::string host = HostOf(text);
  const std::vector<std::string_view> labels = LabelsOf(host);
  if (labels.size() < 2 ||
      std::any_of(labels.begin(), labels.end(), [](std::string_view l) { return l.empty(); })) {
    return {};
  }
  if (std::all_of(host.begin(), host.end(), [](char c) { return IsDigit(c) || c == '.'; })) {
    return host;  // an address of the network
  }
  const auto last = [&](size_t count) {
    const std::string_view first = labels[labels.size() - std::min(count, labels.size())];
    return std::string(first.data(), host.data() + host.size());
  };
  const bool by_country =
      labels.back().size() == 2 && Contains(second_levels, labels[labels.size() - 2]);
  std::string domain = last(by_country ? 3 : 2);
  if (Contains(free_mail, domain) || Contains(shared_hosts, domain)) return {};
  return Contains(hosting, domain) ? last(3) : domain;
}

std::string EmailKey(std::string_view text) {
  const std::string lower = AsciiLower(TrimAscii(text));
  const size_t at = lower.rfind('@');
  if (at == std::string::npos || at == 0 || at + 1 == lower.size()) return {};
  std::string local = lower.substr(0, at);
  std::string domain = lower.substr(at + 1);
  if (const size_t tag = local.find('+'); tag != std::string::npos && tag > 0) local.resize(tag);
  if (domain == "googlemail.com") domain = "gmail.com";
  if (domain == "gmail.com") std::erase(local, '.');
  return local.empty() ? std::string() : local + "@" + domain;
}

// How many digits the country's prefix has with which these begin.
size_t CountryDigits(std::string_view digits) {
  static constexpr std::string_view two[] = {
      "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
      "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
      "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98"};
  if (digits.starts_with('1') || digits.starts_with('7')) return 1;
  return std::find(std::begin(two), std::end(two), digits.substr(0, 2)) != std::end(two) ? 2 : 3;
}

std::string PhoneKey(std::string_view text) {
  std::string digits;
  bool is_international = false;
  for (const char c : text) {
    if (c == '+' && digits.empty()) is_international = true;
    if (IsDigit(c)) digits += c;
    // An extension ("ext. 12", "x12", "#12"), or a second number.
    const bool ends = c == 'x' || c == 'X' || c == '#' || c == ',' || c == ';' || c == '/';
    if (ends && digits.size() >= phone_digits_min) break;
  }
  for (const std::string_view prefix : {"011", "00"}) {
    if (is_international || !digits.starts_with(prefix)) continue;
    digits.erase(0, prefix.size());
    is_international = true;
  }
  if (is_international) digits.erase(0, std::min(CountryDigits(digits), digits.size()));
  // The trunk's 0, and the 1 that North America writes before the area.
  for (;;) {
    if (digits.starts_with('0') || (digits.size() == 11 && digits.starts_with('1'))) {
      digits.erase(0, 1);
    } else {
      break;
    }
  }
  return digits.size() >= phone_digits_min ? digits : std::string();
}

}  // namespace

std::string_view MatchMethodName(MatchMethod method) {
  switch (method) {
    case MatchMethod::kExact:
      return "exact";
    case MatchMethod::kName:
      return "name";
    case MatchMethod::kDomain:
      return "domain";
    case MatchMethod::kEmail:
      return "email";
    case MatchMethod::kPhone:
      return "phone";
  }
  return "exact";
}

std::optional<MatchMethod> FindMatchMethod(std::string_view name) {
  for (const MatchMethod method : {MatchMethod::kExact, MatchMethod::kName, MatchMethod::kDomain,
                                   MatchMethod::kEmail, MatchMethod::kPhone}) {
    if (MatchMethodName(method) == name) return method;
  }
  return std::nullopt;
}

std::string MatchKey(MatchMethod method, std::string_view text) {
  switch (method) {
    case MatchMethod::kExact:
      return std::string(TrimAscii(text));
    case MatchMethod::kName:
      return NameKey(text);
    case MatchMethod::kDomain:
      return DomainKey(text);
    case MatchMethod::kEmail:
      return EmailKey(text);
    case MatchMethod::kPhone:
      return PhoneKey(text);
  }
  return {};
}

}  // namespace boathouse::model
