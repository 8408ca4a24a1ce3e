#include "data/type.h"

namespace weir {

size_t Type::width() const {
  switch (id) {
    case TypeId::kUnknown:
    case TypeId::kBool: return 1;
    case TypeId::kInt2: return 2;
    case TypeId::kInt4:
    case TypeId::kFloat4:
    case TypeId::kDate: return 4;
    case TypeId::kInt8:
    case TypeId::kFloat8:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return 8;
    case TypeId::kText:
    case TypeId::kBytea:
    case TypeId::kJsonb:
    case TypeId::kInterval:
    case TypeId::kUuid: return 16;
    case TypeId::kNumeric: return 24;
  }
  return 1;
}

}  // namespace weir
