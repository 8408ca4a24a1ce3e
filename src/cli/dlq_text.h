// Dead letters as people and programs read them.
#pragma once
#include <string>
#include <vector>

#include "engine/dead_letters.h"

namespace weir::cli {

std::string summaries_text(const std::vector<engine::LetterSummary>& summaries);
std::string summaries_json(const std::vector<engine::LetterSummary>& summaries);
std::string letters_text(const std::vector<engine::Letter>& letters);
std::string letters_json(const std::vector<engine::Letter>& letters);

}  // namespace weir::cli
