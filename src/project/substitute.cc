// ${var:x} comes from the environment file, ${env:X} from the process's environment and
// ${secret:path} from a file below $WEIR_SECRETS (else /run/secrets, where Docker and Kubernetes
// put them). "$${" is a literal "${". A value that held a secret is marked, so that no message
// shows it.
#include <fmt/core.h>

#include <cstdlib>

#include "project/loading.h"
#include "project/spelling.h"

namespace weir::project {

namespace {

constexpr size_t kMaxSecretBytes = 1 << 20;

std::optional<std::string> variable(Loading& loading, const std::string& name,
                                    const SourceSpan& span) {
  const auto& vars = loading.project.settings.vars;
  const auto it = vars.find(name);
  if (it != vars.end()) return it->second;
  std::vector<std::string> names;
  for (const auto& [known, value] : vars) names.push_back(known);
  auto& d = loading.report(1121, fmt::format("variable {} is not set in environment {}",
                                             quoted(name), loading.project.settings.environment),
                           span, "a name below vars: of the environment",
                           fmt::format("add {} to vars: of environments/{}.yml", name,
                                       loading.project.settings.environment));
  d.nearest = nearest_name(name, names);
  if (!d.nearest.empty()) d.help = fmt::format("write ${{var:{}}}", d.nearest);
  return std::nullopt;
}

std::optional<std::string> environment_variable(Loading& loading, const std::string& name,
                                                const SourceSpan& span) {
  if (const char* value = std::getenv(name.c_str())) return value;
  loading.report(1122, fmt::format("environment variable {} is not set", quoted(name)), span,
                 "a variable of the process's environment",
                 fmt::format("export {}=... before starting weir", name));
  return std::nullopt;
}

std::optional<std::string> secret(Loading& loading, const std::string& path,
                                  const SourceSpan& span) {
  const char* folder = std::getenv("WEIR_SECRETS");
  const std::string base = folder ? folder : "/run/secrets";
  if (path.empty() || path.front() == '/' || path.find("..") != std::string::npos) {
    loading.report(1124, fmt::format("{} is not the name of a secret", quoted(path)), span,
                   "a path below the folder of secrets, without ..", "");
    return std::nullopt;
  }
  const std::string file = io::join_path(base, path);
  const auto info = loading.files.info(file);
  if (info && (info->is_special || info->is_directory || info->size > kMaxSecretBytes)) {
    loading.report(1168, fmt::format("secret {} cannot be read", quoted(path)), span,
                   "a regular file of at most 1 MiB", fmt::format("put a file at {}", file));
    return std::nullopt;
  }
  auto text = loading.files.read_all(file);
  if (text) {
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    return *text;
  }
  auto& d = loading.report(1123, fmt::format("secret {} is not there", quoted(path)), span,
                           fmt::format("a file {}", file),
                           "put the secret there, or set WEIR_SECRETS to the folder of secrets");
  if (loading.purpose == Purpose::kCheck) d.severity = Severity::kWarning;
  return std::nullopt;
}

std::string replaced(Loading& loading, YamlNode& node) {
  const std::string text = node.text;
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t dollar = text.find("${", at);
    if (dollar == std::string::npos) return out + text.substr(at);
    if (dollar > at && text[dollar - 1] == '$') {
      out += text.substr(at, dollar - at - 1) + "${";
      at = dollar + 2;
      continue;
    }
    out += text.substr(at, dollar - at);
    const size_t close = text.find('}', dollar);
    const size_t colon = text.find(':', dollar);
    if (close == std::string::npos || colon == std::string::npos || colon > close) {
      loading.report(1124, "a substitution is ${var:name}, ${env:NAME} or ${secret:path}",
                     node.span, "${kind:name}", "write $${ for a literal ${");
      return out + text.substr(dollar);
    }
    const std::string kind = text.substr(dollar + 2, colon - dollar - 2);
    const std::string name = text.substr(colon + 1, close - colon - 1);
    std::optional<std::string> value;
    if (kind == "var") {
      node.secret |= loading.secret_vars.count(name) > 0;
      value = variable(loading, name, node.span);
    } else if (kind == "env") {
      value = environment_variable(loading, name, node.span);
    } else if (kind == "secret") {
      node.secret = true;
      value = secret(loading, name, node.span);
    } else {
      auto& d = loading.report(1124, fmt::format("nothing is substituted for {}", quoted(kind)),
                               node.span, "${var:name}, ${env:NAME} or ${secret:path}", "");
      d.nearest = nearest_name(kind, {"var", "env", "secret"});
    }
    node.substituted = true;
    out += value.value_or("");
    at = close + 1;
  }
  return out;
}

}  // namespace

void substitute(Loading& loading, YamlNode& node) {
  if (node.is_scalar() && node.text.find("${") != std::string::npos) {
    node.text = replaced(loading, node);
  }
  for (YamlNode& item : node.items) substitute(loading, item);
}

}  // namespace weir::project
