#pragma once
// Field ids and enumerations of parquet.thrift (the Parquet format) that this module touches.

#include <cstdint>

namespace boathouse::tables {

namespace file_metadata {
inline constexpr int16_t kVersion = 1, kSchema = 2, kRows = 3, kGroups = 4, kCreatedBy = 6,
                         kOrders = 7;
}
namespace row_group {
inline constexpr int16_t kColumns = 1, kByteSize = 2, kRows = 3, kFileOffset = 5,
                         kCompressedSize = 6, kOrdinal = 7;
}
namespace chunk {
inline constexpr int16_t kFileOffset = 2, kMetadata = 3;
inline constexpr int16_t kIndexPointers[] = {4, 5, 6, 7};
}  // namespace chunk
namespace column {
inline constexpr int16_t kType = 1, kEncodings = 2, kPath = 3, kCodec = 4, kValues = 5,
                         kUncompressedSize = 6, kCompressedSize = 7, kDataOffset = 9,
                         kIndexOffset = 10, kDictionaryOffset = 11, kStatistics = 12;
// Encoding statistics, bloom filter, size statistics: they would double the footer.
inline constexpr int16_t kDropped[] = {13, 14, 15, 16, 17};
}  // namespace column
namespace statistics {
inline constexpr int16_t kOldMax = 1, kOldMin = 2, kNulls = 3, kDistinct = 4, kMax = 5, kMin = 6,
                         kMaxExact = 7, kMinExact = 8;
}
namespace element {
inline constexpr int16_t kType = 1, kRepetition = 3, kName = 4, kChildren = 5, kConverted = 6,
                         kScale = 7, kPrecision = 8, kFieldId = 9, kLogical = 10;
}
namespace page {
inline constexpr int16_t kType = 1, kUncompressedSize = 2, kCompressedSize = 3, kChecksum = 4,
                         kData = 5, kDictionary = 7;
inline constexpr int64_t data_page = 0, dictionary_page = 2;
}  // namespace page
namespace data_page {
inline constexpr int16_t kValues = 1, kEncoding = 2, kLevelEncoding = 3, kRepetitionEncoding = 4,
                         kStatistics = 5;
}
namespace dictionary_page {
inline constexpr int16_t kValues = 1, kEncoding = 2;
}

enum PhysicalType : int32_t { kBoolean = 0, kInt32 = 1, kInt64 = 2, kByteArray = 6 };

inline constexpr int64_t encoding_plain = 0, encoding_plain_dictionary = 2, encoding_rle = 3,
                         encoding_rle_dictionary = 8;
inline constexpr int64_t codec_zstd = 6;

}  // namespace boathouse::tables
