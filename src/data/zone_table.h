// The zones that are part of the program, as tools/zone-table packs them when it is built.
// For src/data; other modules ask for the version alone.
#pragma once
#include <string_view>

namespace weir {

std::string_view zone_table();
std::string_view zone_version();  // of the zone data, such as "2025b"

}  // namespace weir
