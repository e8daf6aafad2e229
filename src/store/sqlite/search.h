#pragma once
// Full-text search, and the index behind it: for each object an FTS5 table of marked words (see
// search_words.h) by row number; for all objects together the spellings of the words people mistype.

#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/store.h"

namespace boathouse::store::sqlite {

// Makes the tables, and makes again those of an older layout from the records. Belongs in a transaction.
Status CreateSearch(Connection& connection, const model::Object& object);

// Makes the index anew from the records, when other fields of them are searched. Belongs in a transaction.
Status RebuildSearch(Connection& connection, const model::Object& object);

// Writes the words of the record in that row; what was there before, `replaced`, is nullptr for a new one.
Status WriteSearchWords(Connection& connection, const model::Object& object, int64_t row,
                        const model::Record& record, const model::Record* replaced);
Status DeleteSearchWords(Connection& connection, const model::Object& object, int64_t row);

Result<std::vector<TextHit>> FindText(Connection& connection, const TextQuery& query);

// What FTS5 is asked for: every word somewhere in a record, as the beginning of a word; "" for no words.
std::string MatchAnywhere(std::string_view text);

}  // namespace boathouse::store::sqlite
