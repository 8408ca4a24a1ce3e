// Files of a path with wildcards: * and ? within a name, [a-z] classes, ** for any folders between.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "io/file_system.h"

namespace weir::connect {

bool has_wildcards(std::string_view path);
bool matches_wildcards(std::string_view pattern, std::string_view name);
// Sorted. A path without wildcards is itself, whether it exists or not; folders are left out.
Result<std::vector<std::string>> files_of(io::FileSystem& files, const std::string& path);

}  // namespace weir::connect
