// libyaml gives events with exact start and end marks and refuses broken syntax; what it lets
// through and we do not (duplicate keys, anchors, tags, more than one document) is checked while
// the tree grows. The tree is built on an explicit stack: depth is bounded before libyaml's own
// quadratic cost of deep nesting can matter. UTF-8 is scanned beforehand, because libyaml's mark of
// a bad byte is 0:0.
#include "project/yaml.h"

#include <fmt/core.h>
#include <yaml.h>

#include <set>

namespace weir::project {

namespace {

class TreeBuilder {
 public:
  TreeBuilder(const std::string& file, std::vector<Diagnostic>& diagnostics, uint32_t line_offset)
      : file_(file), diagnostics_(diagnostics), line_offset_(line_offset) {}

  std::optional<YamlNode> build(std::string_view text);

 private:
  struct Open {
    YamlNode node;
    std::optional<YamlNode> key;
    std::set<std::string> seen;
    bool skip_value = false;  // of a duplicate key
  };

  bool handle(const yaml_event_t& event);
  bool open(const yaml_event_t& event, YamlNode::Kind kind);
  bool close(const yaml_event_t& event);
  bool add(YamlNode node);
  bool refuse_decoration(const yaml_event_t& event, const yaml_char_t* anchor,
                         const yaml_char_t* tag);
  void syntax_error(const yaml_parser_t& parser);
  SourceSpan span(const yaml_mark_t& start, const yaml_mark_t& end) const;
  void report(uint16_t code, std::string message, SourceSpan at, std::string expected,
              std::string help);

  const std::string& file_;
  std::vector<Diagnostic>& diagnostics_;
  uint32_t line_offset_;
  std::vector<Open> stack_;
  std::optional<YamlNode> root_;
  size_t nodes_ = 0;
  uint32_t documents_ = 0;
};

void TreeBuilder::report(uint16_t code, std::string message, SourceSpan at, std::string expected,
                         std::string help) {
  Diagnostic d;
  d.code = code;
  d.message = std::move(message);
  d.span = std::move(at);
  d.expected = std::move(expected);
  d.help = std::move(help);
  diagnostics_.push_back(std::move(d));
}

SourceSpan TreeBuilder::span(const yaml_mark_t& start, const yaml_mark_t& end) const {
  return {file_, static_cast<uint32_t>(start.line) + 1 + line_offset_,
          static_cast<uint32_t>(start.column) + 1,
          static_cast<uint32_t>(end.line) + 1 + line_offset_,
          static_cast<uint32_t>(end.column) + 1};
}

void TreeBuilder::syntax_error(const yaml_parser_t& parser) {
  const std::string problem = parser.problem ? parser.problem : "broken YAML";
  SourceSpan at = span(parser.problem_mark, parser.problem_mark);
  at.end_line = at.end_column = 0;
  std::string expected = "YAML with spaces for indentation, and every list, map and quote closed";
  if (parser.context) {
    std::string_view context = parser.context;  // "while parsing a block collection"
    for (const std::string_view start : {"while parsing ", "while scanning "}) {
      if (context.starts_with(start)) context.remove_prefix(start.size());
    }
    expected = fmt::format("the rest or the end of {} that began at line {}, column {}", context,
                           parser.context_mark.line + 1 + line_offset_,
                           parser.context_mark.column + 1);
  }
  const bool tab = problem.find("cannot start any token") != std::string::npos ||
                   problem.find("tab character") != std::string::npos;
  if (tab) {
    report(1102, "a character that cannot begin a value here (a tab in the indentation?)", at,
           "spaces for indentation",
           "replace tabs by spaces, and quote text that begins with @, ` or %");
    return;
  }
  report(1102, "not valid YAML: " + problem, at, expected,
         "look at the line above as well: an unclosed quote or bracket is often there");
}

bool TreeBuilder::refuse_decoration(const yaml_event_t& event, const yaml_char_t* anchor,
                                    const yaml_char_t* tag) {
  const SourceSpan at = span(event.start_mark, event.end_mark);
  if (anchor) {
    report(1104, "anchors are not allowed", at, "a plain value",
           "write the value out where it is needed");
    return false;
  }
  if (tag) {
    report(1104, "tags are not allowed", at, "a plain value", "remove the tag");
    return false;
  }
  return true;
}

bool TreeBuilder::add(YamlNode node) {
  if (++nodes_ > kMaxYamlNodes) {
    report(1105, fmt::format("more than {} values in one file", kMaxYamlNodes), node.span,
           "a smaller file", "divide the file");
    return false;
  }
  if (stack_.empty()) {
    root_ = std::move(node);
    return true;
  }
  Open& parent = stack_.back();
  if (parent.node.is_sequence()) {
    parent.node.items.push_back(std::move(node));
    return true;
  }
  if (!parent.key && !parent.skip_value) {
    if (!node.is_scalar()) {
      report(1106, "a key must be plain text", node.span, "a name",
             "quote the key if it begins with [ or {");
      return false;
    }
    if (node.text == "<<" && !node.quoted) {
      report(1104, "merge keys are not allowed", node.span, "plain keys",
             "write the keys out where they are needed");
      return false;
    }
    if (!parent.seen.insert(node.text).second) {
      report(1103, fmt::format("key \"{}\" is given twice", node.text), node.span,
             "each key once", "remove one of the two");
      parent.skip_value = true;
      return true;
    }
    parent.key = std::move(node);
    return true;
  }
  if (parent.skip_value) {
    parent.skip_value = false;
    return true;
  }
  parent.node.keys.push_back(std::move(*parent.key));
  parent.key.reset();
  parent.node.items.push_back(std::move(node));
  return true;
}

bool TreeBuilder::open(const yaml_event_t& event, YamlNode::Kind kind) {
  Open open;
  open.node.kind = kind;
  open.node.span = span(event.start_mark, event.end_mark);
  if (stack_.size() >= kMaxYamlDepth) {
    report(1105, fmt::format("more than {} levels of nesting", kMaxYamlDepth), open.node.span,
           "a flatter file", "remove levels");
    return false;
  }
  stack_.push_back(std::move(open));
  return true;
}

bool TreeBuilder::close(const yaml_event_t& event) {
  YamlNode node = std::move(stack_.back().node);
  stack_.pop_back();
  node.span.end_line = static_cast<uint32_t>(event.end_mark.line) + 1 + line_offset_;
  node.span.end_column = static_cast<uint32_t>(event.end_mark.column) + 1;
  return add(std::move(node));
}

bool TreeBuilder::handle(const yaml_event_t& event) {
  switch (event.type) {
    case YAML_DOCUMENT_START_EVENT:
      if (++documents_ == 2) {
        report(1107, "a second document in one file", span(event.start_mark, event.end_mark),
               "one document", "put the second document into a file of its own");
        return false;
      }
      return true;
    case YAML_ALIAS_EVENT:
      report(1104, "aliases are not allowed", span(event.start_mark, event.end_mark),
             "a plain value", "write the value out, or quote text that begins with *");
      return false;
    case YAML_SCALAR_EVENT: {
      if (!refuse_decoration(event, event.data.scalar.anchor, event.data.scalar.tag)) return false;
      YamlNode node;
      node.text.assign(reinterpret_cast<const char*>(event.data.scalar.value),
                       event.data.scalar.length);
      node.quoted = event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
      node.span = span(event.start_mark, event.end_mark);
      return add(std::move(node));
    }
    case YAML_SEQUENCE_START_EVENT:
      return refuse_decoration(event, event.data.sequence_start.anchor,
                               event.data.sequence_start.tag) &&
             open(event, YamlNode::Kind::kSequence);
    case YAML_MAPPING_START_EVENT:
      return refuse_decoration(event, event.data.mapping_start.anchor,
                               event.data.mapping_start.tag) &&
             open(event, YamlNode::Kind::kMapping);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: return close(event);
    default: return true;
  }
}

std::optional<YamlNode> TreeBuilder::build(std::string_view text) {
  yaml_parser_t parser;
  if (!yaml_parser_initialize(&parser)) {
    report(1102, "out of memory", {file_, 1, 1}, "", "");
    return std::nullopt;
  }
  yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(text.data()),
                               text.size());
  bool good = true;
  for (bool ended = false; good && !ended;) {
    yaml_event_t event;
    if (!yaml_parser_parse(&parser, &event)) {
      syntax_error(parser);
      good = false;
      break;
    }
    ended = event.type == YAML_STREAM_END_EVENT;
    good = handle(event);
    yaml_event_delete(&event);
  }
  yaml_parser_delete(&parser);
  if (!good) return std::nullopt;
  if (!root_) {
    root_.emplace();
    root_->span = {file_, 1 + line_offset_, 1};
  }
  return std::move(root_);
}

size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

bool second_byte_fits(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xE0: return second >= 0xA0 && second <= 0xBF;
    case 0xED: return second >= 0x80 && second <= 0x9F;
    case 0xF0: return second >= 0x90 && second <= 0xBF;
    case 0xF4: return second >= 0x80 && second <= 0x8F;
    default: return second >= 0x80 && second <= 0xBF;
  }
}

}  // namespace

bool YamlNode::is_null() const {
  return is_scalar() && !quoted && (text.empty() || text == "~" || text == "null");
}

const YamlNode* YamlNode::find(std::string_view key) const {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

const YamlNode* YamlNode::find_key(std::string_view key) const {
  for (const YamlNode& k : keys) {
    if (k.text == key) return &k;
  }
  return nullptr;
}

size_t find_broken_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const size_t length = sequence_length(lead);
    if (lead == 0 || length == 0 || at + length > text.size()) return at;
    for (size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if (i == 1 ? !second_byte_fits(lead, next) : next >> 6 != 2) return at;
    }
    at += length;
  }
  return std::string_view::npos;
}

SourceSpan place_of_byte(std::string_view text, size_t offset, const std::string& file) {
  SourceSpan at{file, 1, 1};
  for (size_t i = 0; i < offset && i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n') {
      ++at.line;
      at.column = 1;
    } else if (c >> 6 != 2) {
      ++at.column;
    }
  }
  return at;
}

std::optional<YamlNode> parse_yaml(std::string_view text, const std::string& file,
                                   std::vector<Diagnostic>& diagnostics, uint32_t line_offset) {
  Diagnostic d;
  if (text.size() > kMaxYamlBytes) {
    d.code = 1105;
    d.message = fmt::format("more than {} MiB of YAML", kMaxYamlBytes >> 20);
    d.span = {file, 1 + line_offset, 1};
    d.expected = "a smaller file";
    d.help = "divide the file";
    diagnostics.push_back(std::move(d));
    return std::nullopt;
  }
  const size_t broken = find_broken_utf8(text);
  if (broken != std::string_view::npos) {
    d.code = 1101;
    d.message = fmt::format("byte 0x{:02x} is not UTF-8 text",
                            static_cast<unsigned char>(text[broken]));
    d.span = place_of_byte(text, broken, file);
    d.span.line += line_offset;
    d.expected = "a file in UTF-8";
    d.help = "save the file as UTF-8";
    diagnostics.push_back(std::move(d));
    return std::nullopt;
  }
  return TreeBuilder(file, diagnostics, line_offset).build(text);
}

}  // namespace weir::project
