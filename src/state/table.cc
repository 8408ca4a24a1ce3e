#include "state/table.h"

namespace weir::state {

Error damaged_delta() {
  return Error(ErrorKind::kCorrupt, 1432, "a state delta is damaged")
      .hint("restore the folder from a backup, or remove it to read the sources again");
}

}  // namespace weir::state
