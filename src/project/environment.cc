// weir.yml and the environment: a chain of `extends`, merged key by key, the nearest file winning.
// Variables are taken first, from the merged tree, so that the rest may use them.
#include <fmt/core.h>

#include "connect/options.h"
#include "connect/schema_registry.h"
#include "project/loading.h"
#include "project/spelling.h"

namespace weir::project {

namespace {

// Keys of `under` that `over` lacks are added; maps are merged.
void merge(YamlNode& over, const YamlNode& under) {
  std::map<std::string, size_t> mine;
  for (size_t i = 0; i < over.keys.size(); ++i) mine[over.keys[i].text] = i;
  for (size_t i = 0; i < under.keys.size(); ++i) {
    const auto known = mine.find(under.keys[i].text);
    if (known == mine.end()) {
      over.keys.push_back(under.keys[i]);
      over.items.push_back(under.items[i]);
    } else if (over.items[known->second].is_mapping() && under.items[i].is_mapping()) {
      merge(over.items[known->second], under.items[i]);
    }
  }
}

std::string environment_file(Loading& loading, const std::string& name) {
  for (const char* ending : {".yml", ".yaml"}) {
    const std::string path = "environments/" + name + ending;
    if (loading.files.exists(io::join_path(loading.dir, path))) return path;
  }
  return "";
}

std::vector<std::string> environment_names(Loading& loading) {
  std::vector<std::string> names;
  for (const std::string& file : loading.list_files("environments", false)) {
    const std::string base = io::base_name(file);
    names.push_back(base.substr(0, base.rfind('.')));
  }
  return names;
}

void unknown_environment(Loading& loading, const std::string& name, const SourceSpan& span,
                         uint16_t code) {
  auto& d = loading.report(code, fmt::format("there is no environment {}", quoted(name)), span,
                           fmt::format("a file environments/{}.yml", name));
  d.nearest = nearest_name(name, environment_names(loading));
  d.help = d.nearest.empty() ? "make the file, or choose another environment with --env"
                             : fmt::format("did you mean {}?", d.nearest);
}

// The merged tree of an environment; null where it has no file.
YamlNode read_chain(Loading& loading, const std::string& name) {
  YamlNode merged;
  merged.kind = YamlNode::Kind::kMapping;
  std::string path = environment_file(loading, name);
  if (path.empty()) {
    if (name != "dev") unknown_environment(loading, name, {"environments/" + name + ".yml"}, 1125);
    return merged;
  }
  std::set<std::string> seen{name};
  while (!path.empty()) {
    const std::string* text = loading.text_of(path);
    auto tree = text ? parse_yaml(*text, path, loading.diagnostics) : std::nullopt;
    if (!tree || tree->is_null()) return merged;
    if (!check_object(loading, *tree, *find_object_type("environment"))) {
      if (!tree->is_mapping()) return merged;
    }
    const YamlNode* extends = tree->find("extends");
    std::string next;
    SourceSpan at;
    if (extends && extends->is_scalar()) {
      next = extends->text;
      at = extends->span;
    }
    if (merged.span.line == 0) merged.span = tree->span;
    merge(merged, *tree);
    if (next.empty()) return merged;
    if (!seen.insert(next).second) {
      loading.report(1126, fmt::format("environment {} extends itself", quoted(next)), at,
                     "a chain that ends", "remove one of the extends");
      return merged;
    }
    path = environment_file(loading, next);
    if (path.empty()) unknown_environment(loading, next, at, 1127);
  }
  return merged;
}

// A path stands below the project's folder, an address for itself.
std::string path_of_copies(const Loading& loading, const std::string& text) {
  const bool whole = text.empty() || text.starts_with('/') || io::is_object_url(text);
  return whole ? text : io::join_path(loading.dir, text);
}

std::string path_value(const Loading& loading, const YamlNode& object, std::string_view key) {
  const std::string path = text_value(object, key);
  return path.empty() || path.starts_with('/') ? path : io::join_path(loading.dir, path);
}

// What a way to log in needs and has not got.
void check_login(Loading& loading, const log::KafkaCluster& cluster, const YamlNode& security) {
  if (cluster.mechanism.empty()) return;
  if (cluster.mechanism == "oauthbearer") {
    loading.report(1151, "the mechanism oauthbearer is not supported yet", security.span,
                   "plain, scram-sha-256 or scram-sha-512", "choose another mechanism");
    return;
  }
  for (const auto& [key, value] : {std::pair("username", &cluster.username),
                                   std::pair("password", &cluster.password)}) {
    if (!value->empty()) continue;
    loading.report(1172, fmt::format("{} needs a {}", cluster.mechanism, key), security.span,
                   fmt::format("{}: ...", key),
                   fmt::format("add {}: ${{secret:...}} under security", key));
  }
}

void read_log(Loading& loading, const YamlNode& tree) {
  const YamlNode* log = tree.find("log");
  const YamlNode* kafka = log ? log->find("kafka") : nullptr;
  if (!kafka || !kafka->is_mapping()) return;
  log::KafkaCluster cluster;
  cluster.brokers = text_list(*kafka, "brokers");
  if (const YamlNode* security = kafka->find("security"); security && security->is_mapping()) {
    cluster.tls = bool_value(*security, "tls", false);
    cluster.mechanism = text_value(*security, "mechanism");
    cluster.username = text_value(*security, "username");
    cluster.password = text_value(*security, "password");
    cluster.ca = path_value(loading, *security, "ca");
    cluster.certificate = path_value(loading, *security, "certificate");
    cluster.key = path_value(loading, *security, "key");
    cluster.key_password = text_value(*security, "key_password");
    check_login(loading, cluster, *security);
  }
  if (const YamlNode* more = kafka->find("properties"); more && more->is_mapping()) {
    for (size_t i = 0; i < more->keys.size(); ++i) {
      cluster.properties[more->keys[i].text] = more->items[i].text;
    }
  }
  loading.project.settings.kafka = std::move(cluster);
}

void read_registry(Loading& loading, const YamlNode& tree) {
  const YamlNode* registry = tree.find("registry");
  if (!registry || !registry->is_mapping() || !registry->find("url")) return;
  connect::RegistrySettings settings;
  settings.url = text_value(*registry, "url");
  settings.username = text_value(*registry, "username");
  settings.password = text_value(*registry, "password");
  settings.token = text_value(*registry, "token");
  settings.ca_file = text_value(*registry, "ca");
  if (!settings.ca_file.empty() && !settings.ca_file.starts_with("/")) {
    settings.ca_file = io::join_path(loading.dir, settings.ca_file);
  }
  auto made = connect::SchemaRegistry::make(std::move(settings));
  if (made) {
    loading.schemas = std::move(*made);
  } else {
    loading.diagnostics.push_back(to_diagnostic(made.error(), registry->find("url")->span));
  }
}

void read_object_storage(Loading& loading, const YamlNode& state) {
  io::ObjectStoreSettings& settings = loading.project.settings.object_storage;
  settings.url = path_of_copies(loading, text_value(state, "snapshots"));
  if (const YamlNode* more = state.find("object_storage"); more && more->is_mapping()) {
    settings.endpoint = text_value(*more, "endpoint");
    settings.region = text_value(*more, "region");
    if (more->find("path_style")) settings.path_style = bool_value(*more, "path_style", false);
    settings.access_key = text_value(*more, "access_key");
    settings.secret_key = text_value(*more, "secret_key");
    settings.session_token = text_value(*more, "session_token");
    settings.account = text_value(*more, "account");
    settings.account_key = text_value(*more, "account_key");
    settings.sas = text_value(*more, "sas");
    settings.service_account = text_value(*more, "service_account");
    settings.ca_file = path_value(loading, *more, "ca");
  }
  if (!settings.service_account.starts_with('{')) {
    settings.service_account = path_of_copies(loading, settings.service_account);
  }
  if (settings.url.empty()) return;
  const auto url = io::parse_object_url(settings.url);
  if (url) return;
  loading.diagnostics.push_back(to_diagnostic(url.error(), state.find("snapshots")->span));
}

bool requires_newer(const std::string& text) {
  // ">=0.1", ">=0.1.0" and the like against 0.1.0.
  size_t at = text.find_first_of("0123456789");
  if (at == std::string::npos) return false;
  const std::string version = text.substr(at);
  const size_t dot = version.find('.');
  const int major = std::atoi(version.c_str());
  const int minor = dot == std::string::npos ? 0 : std::atoi(version.c_str() + dot + 1);
  return major > 0 || minor > 1;
}

}  // namespace

void load_environment(Loading& loading, const std::string& name) {
  Settings& s = loading.project.settings;
  s.environment = name;
  YamlNode tree = read_chain(loading, name);
  if (const YamlNode* vars = tree.find("vars"); vars && vars->is_mapping()) {
    for (size_t i = 0; i < vars->keys.size(); ++i) {
      YamlNode value = vars->items[i];
      substitute(loading, value);
      s.vars[vars->keys[i].text] = value.text;
      if (value.secret) loading.secret_vars.insert(vars->keys[i].text);
    }
  }
  for (size_t i = 0; i < tree.keys.size(); ++i) {
    if (tree.keys[i].text != "vars") substitute(loading, tree.items[i]);
  }
  read_log(loading, tree);
  read_registry(loading, tree);
  std::string state = ".weir";
  if (const YamlNode* dir = tree.find("state"); dir && dir->is_mapping()) {
    state = text_value(*dir, "dir", ".weir");
    read_object_storage(loading, *dir);
  }
  s.state_dir = io::join_path(state, name);
  s.commit_interval = duration_value(tree, "commit").value_or(s.commit_interval);
  s.memory_bytes = connect::parse_size(text_value(tree, "memory")).value_or(s.memory_bytes);
  if (text_value(tree, "memory").empty()) s.memory_bytes = uint64_t{1} << 30;
  s.workers = static_cast<uint32_t>(std::clamp<int64_t>(integer_value(tree, "workers", 1), 1, 256));
  if (const YamlNode* listen = tree.find("listen"); listen && listen->is_mapping()) {
    s.listen_postgres = text_value(*listen, "postgres", s.listen_postgres);
    s.listen_http = text_value(*listen, "http", s.listen_http);
  }
  s.deletion_allowed = text_value(tree, "deletion") == "allow";
  for (const std::string& other : loading.list_files("environments", false)) {
    if (loading.texts.count(other)) continue;
    const std::string* text = loading.text_of(other);
    auto parsed = text ? parse_yaml(*text, other, loading.diagnostics) : std::nullopt;
    if (parsed && !parsed->is_null()) {
      check_object(loading, *parsed, *find_object_type("environment"));
    }
  }
}

void load_weir_yml(Loading& loading) {
  const std::string path = "weir.yml";
  if (!loading.files.exists(io::join_path(loading.dir, path))) {
    auto& d = loading.report(1128, "this folder is no weir project: it has no weir.yml", {path},
                             "weir.yml with at least name: ...",
                             "run `weir init`, or name the folder with -C");
    if (loading.files.exists(io::join_path(loading.dir, "weir.yaml"))) {
      d.nearest = "weir.yaml";
      d.help = "rename weir.yaml to weir.yml";
    }
    return;
  }
  const std::string* text = loading.text_of(path);
  auto tree = text ? parse_yaml(*text, path, loading.diagnostics) : std::nullopt;
  if (!tree) return;
  check_object(loading, *tree, *find_object_type("project"));
  if (!tree->is_mapping()) return;
  loading.project.name = text_value(*tree, "name");
  if (const YamlNode* defaults = tree->find("defaults"); defaults && defaults->is_mapping()) {
    parse_emit(text_value(*defaults, "emit"), loading.emit, loading.emit_every);
    loading.on_error = on_error_value(*defaults, loading.on_error);
  }
  if (const YamlNode* wanted = tree->find("requires"); wanted && requires_newer(wanted->text)) {
    loading.report(1129, fmt::format("the project needs weir {}", quoted(wanted->text)),
                   wanted->span, "a version that this weir, 0.1.0, fulfils",
                   "install a newer weir");
  }
}

}  // namespace weir::project
