// YAML text to a tree of nodes that know where they stand. A strict subset: one document, no
// duplicate keys, no anchors, aliases, merge keys or tags, keys are scalars, at most 64 levels, 4
// MiB and 200,000 nodes; so a tree costs what its text costs. Types are not guessed: a scalar is
// its text, and whether it was quoted. Every fault becomes a diagnostic at its place.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "project/diagnostic.h"

namespace weir::project {

struct YamlNode {
  enum class Kind : uint8_t { kScalar, kSequence, kMapping };
  Kind kind = Kind::kScalar;
  std::string text;              // of a scalar
  bool quoted = false;           // '...', "..." or a block: never null, number or boolean
  bool secret = false;           // holds the value of a secret: never shown
  bool substituted = false;      // ${...} was replaced in it
  SourceSpan span;
  std::vector<YamlNode> keys;    // of a mapping, in order; as many as items
  std::vector<YamlNode> items;   // values of a mapping or elements of a sequence

  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }
  bool is_null() const;          // nothing, ~, null
  const YamlNode* find(std::string_view key) const;
  const YamlNode* find_key(std::string_view key) const;
};

constexpr size_t kMaxYamlBytes = 4 << 20;
constexpr size_t kMaxYamlDepth = 64;
constexpr size_t kMaxYamlNodes = 200'000;

// `line_offset`: lines that stand before the text in its file (front matter of a model). Answers
// nothing where the text is no YAML at all; an empty text is a null scalar.
std::optional<YamlNode> parse_yaml(std::string_view text, const std::string& file,
                                   std::vector<Diagnostic>& diagnostics, uint32_t line_offset = 0);

// The byte offset of the first byte that is not UTF-8 (or is a NUL), or npos.
size_t find_broken_utf8(std::string_view text);
// Line and column (1-based, in characters) of a byte offset.
SourceSpan place_of_byte(std::string_view text, size_t offset, const std::string& file);

}  // namespace weir::project
