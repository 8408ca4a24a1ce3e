#include "differ/part.h"

#include <algorithm>

namespace weir::differ {

namespace {

void render_into(const Part& part, bool for_postgres, std::string& out) {
  if (for_postgres && !part.postgres.empty()) {
    out += part.postgres;
    return;
  }
  for (size_t i = 0; i < part.children.size(); ++i) {
    out += part.text[i];
    render_into(*part.children[i], for_postgres, out);
  }
  out += part.text.back();
}

void descendants(const PartPtr& part, const std::string& sort, std::vector<PartPtr>& out) {
  for (const PartPtr& child : part->children) {
    if (child->sort == sort) out.push_back(child);
    descendants(child, sort, out);
  }
}

PartPtr without(const Part& part, size_t child) {
  Part copy = part;
  const auto at = static_cast<std::ptrdiff_t>(child);
  copy.children.erase(copy.children.begin() + at);
  // The first text opens the list and the last one ends it; those between are separators.
  const bool last = child + 1 == part.children.size();
  copy.text.erase(copy.text.begin() + (last ? at : at + 1));
  return std::make_shared<const Part>(std::move(copy));
}

std::vector<PartPtr> in_place_of(const PartPtr& part) {
  std::vector<PartPtr> out;
  for (const std::string& text : part->simpler) {
    if (text != render(*part)) out.push_back(word(text, part->sort));
  }
  if (!part->sort.empty()) descendants(part, part->sort, out);
  if (part->list && part->children.size() > 1) {
    for (size_t i = part->children.size(); i-- > 0;) out.push_back(without(*part, i));
  }
  return out;
}

}  // namespace

PartPtr word(std::string text, std::string sort) {
  Part part;
  part.sort = std::move(sort);
  part.text = {std::move(text)};
  return std::make_shared<const Part>(std::move(part));
}

PartPtr word_of_each(std::string text, std::string postgres, std::string sort) {
  Part part = *word(std::move(text), std::move(sort));
  part.postgres = std::move(postgres);
  return std::make_shared<const Part>(std::move(part));
}

PartPtr whole(const Part& part) {
  std::string postgres = render_for_postgres(part);
  std::string text = render(part);
  if (postgres == text) postgres.clear();
  return word_of_each(std::move(text), std::move(postgres));
}

PartPtr form(std::string_view pattern, std::vector<PartPtr> children, std::string sort,
             std::vector<std::string> simpler) {
  Part part;
  part.sort = std::move(sort);
  part.simpler = std::move(simpler);
  part.text.emplace_back();
  size_t next = 0;
  for (const char c : pattern) {
    if (c == '$') {
      part.children.push_back(children[next++]);
      part.text.emplace_back();
    } else if (c == '%' && !children.empty()) {
      part.children.push_back(children[0]);
      part.text.emplace_back();
    } else {
      part.text.back() += c == '\1' ? '%' : c;
    }
  }
  return std::make_shared<const Part>(std::move(part));
}

PartPtr clause(std::string_view pattern, std::vector<PartPtr> children) {
  return form(pattern, std::move(children), "", {""});
}

PartPtr list(std::vector<PartPtr> children, std::string separator) {
  Part part;
  part.list = true;
  part.text.assign(children.size() + 1, std::move(separator));
  part.text.front().clear();
  part.text.back().clear();
  part.children = std::move(children);
  return std::make_shared<const Part>(std::move(part));
}

std::string render(const Part& part) {
  std::string out;
  render_into(part, false, out);
  return out;
}

std::string render_for_postgres(const Part& part) {
  std::string out;
  render_into(part, true, out);
  return out;
}

std::vector<PartPtr> simpler(const PartPtr& part) {
  std::vector<PartPtr> out = in_place_of(part);
  for (size_t i = 0; i < part->children.size(); ++i) {
    for (const PartPtr& child : simpler(part->children[i])) {
      Part copy = *part;
      copy.children[i] = child;
      out.push_back(std::make_shared<const Part>(std::move(copy)));
    }
  }
  return out;
}

}  // namespace weir::differ
