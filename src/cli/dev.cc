// The project with a live picture. The picture is drawn in place on a terminal; elsewhere a line
// now and then says how far it is. Files are looked at twice a second by size and time of change: a
// saved edit is loaded, checked, and taken up between two epochs, or shown as an error while the
// old version goes on.
#include "cli/dev.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/core.h>

#include "base/log.h"
#include "cli/load.h"
#include "cli/servers.h"
#include "cli/signals.h"
#include "cli/status_text.h"
#include "engine/engine.h"

namespace weir::cli {

namespace {

constexpr Micros kDraw = 250'000;
constexpr Micros kLook = 500'000;
constexpr Micros kSayEvery = 5'000'000;

class FileWatch {
 public:
  FileWatch(io::FileSystem& files, std::string dir) : files_(files), dir_(std::move(dir)) {}
  // True where anything differs from the last look.
  bool changed() {
    std::string now;
    for (const char* folder :
         {"", "sources", "models", "sinks", "seeds", "environments", "tests"}) {
      look(io::join_path(dir_, folder), *folder ? 4 : 0, now);
    }
    const bool differs = now != last_;
    const bool first = last_.empty();
    last_ = std::move(now);
    return differs && !first;
  }

 private:
  void look(const std::string& dir, int depth, std::string& out) {
    const auto names = files_.list(dir);
    if (!names) return;
    for (const std::string& name : *names) {
      const std::string path = io::join_path(dir, name);
      const auto info = files_.info(path);
      if (!info) continue;
      if (info->is_directory) {
        if (depth > 0) look(path, depth - 1, out);
        continue;
      }
      if (depth == 0 && !name.ends_with(".yml") && name != ".env") continue;
      out += fmt::format("{} {} {}\n", path, info->size, info->modified_micros);
    }
  }

  io::FileSystem& files_;
  std::string dir_;
  std::string last_;
};

struct Window {
  size_t columns = 80;
  size_t rows = 24;
};

Window window_of(std::FILE* file) {
  winsize size{};
  const bool known = ioctl(fileno(file), TIOCGWINSZ, &size) == 0;
  if (!known || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

// The line as far as it fits: colours take no place, and end where the line is cut.
std::string cut(std::string_view line, size_t columns) {
  size_t shown = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\033') {
      i = std::min(line.find('m', i), line.size() - 1);
      continue;
    }
    const bool begins = (static_cast<unsigned char>(line[i]) & 0xC0) != 0x80;
    if (begins && ++shown > columns) {
      const bool coloured = line.find('\033') < i;
      return std::string(line.substr(0, i)) + (coloured ? "\033[0m" : "");
    }
  }
  return std::string(line);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The table gives way to the foot (ports, errors), whose long lines wrap: so the top never leaves
// the window.
std::string fitted(std::string_view table, std::string_view foot, const Window& window) {
  size_t foot_rows = 1;
  for (const std::string_view line : lines_of(foot)) {
    foot_rows += 1 + line.size() / (window.columns + 1);
  }
  const std::vector<std::string_view> lines = lines_of(table);
  const size_t room = window.rows > foot_rows + 2 ? window.rows - foot_rows : 2;
  const size_t shown = lines.size() <= room ? lines.size() : room - 1;
  std::string out;
  for (size_t i = 0; i < shown; ++i) out += cut(lines[i], window.columns) + "\n";
  if (shown < lines.size()) {
    out += cut(fmt::format("... {} more lines: `weir status` shows all", lines.size() - shown),
               window.columns) + "\n";
  }
  return out + std::string(foot);
}

class LivePicture {
 public:
  LivePicture(Context& context, engine::Engine& engine)
      : context_(context), engine_(engine), live_(isatty(fileno(context.out)) != 0) {
    if (live_) set_log_level(LogLevel::kOff);
  }
  ~LivePicture() {
    if (live_) context_.print("\n");
  }

  void notice(std::string text) { notice_ = std::move(text); }
  void note_ports(std::string ports) { ports_ = std::move(ports); }

  void draw() {
    const engine::PipelineStatus status = engine_.status();
    if (!live_) {
      say(status);
      return;
    }
    std::string foot;
    if (!ports_.empty()) foot += "\n" + ports_;
    if (!notice_.empty()) foot += "\n" + notice_;
    foot +=
        "\nweir query 'select * from VIEW' asks it, Ctrl-C stops it; saved edits are taken up.\n";
    context_.print("\033[H\033[J" + fitted(status_text(status, context_.colour), foot,
                                           window_of(context_.out)));
  }

 private:
  void say(const engine::PipelineStatus& status) {
    const Micros now = context_.clock.now();
    if (!notice_.empty()) {
      context_.print(notice_ + "\n");
      notice_.clear();
    }
    if (now - said_ < kSayEvery) return;
    if (said_ == 0 && !ports_.empty()) context_.print(ports_);
    said_ = now;
    uint64_t records = 0;
    for (const auto& stream : status.streams) records += stream.records;
    context_.print(fmt::format("{}: {}, {} records, {} rows/s, epoch {}\n", status.name,
                               status.state, records, short_count(status.figures.rows_per_second),
                               status.epoch.value));
  }

  Context& context_;
  engine::Engine& engine_;
  const bool live_;
  std::string notice_;
  std::string ports_;
  Micros said_ = 0;
};

std::string rendered(const project::LoadResult& result, bool colour) {
  std::string text;
  for (const project::Diagnostic& diagnostic : result.diagnostics) {
    text += project::render_text(diagnostic, colour) + "\n";
  }
  return text;
}

// What there is to say about an edit.
std::string take_up_edit(Context& context, engine::Engine& engine) {
  project::LoadResult result = project::load_project(context.files, context.dir, context.env);
  if (!result.project) {
    return rendered(result, context.colour) + "the version before goes on";
  }
  const Status status = engine.reload(std::move(*result.project));
  if (status) return "the edit was taken up";
  return status.error().to_string() + "\nthe version before goes on";
}

int run(Context& context, const Invocation& invocation) {
  if (!invocation.arguments.empty()) context.dir = invocation.arguments[0];
  auto project = load_or_complain(context);
  if (!project) return kExitInvalid;
  catch_stop_signals();
  FileWatch watch(context.files, context.dir);
  watch.changed();
  auto opened = engine::Engine::open(std::move(*project), {context.files, context.clock});
  if (!opened) {
    context.complain(opened.error());
    return exit_code(opened.error());
  }
  engine::Engine& engine = **opened;
  auto servers = Servers::start(context, engine);
  if (!servers) {
    context.complain(servers.error());
    return exit_code(servers.error());
  }
  engine.start();
  LivePicture picture(context, engine);
  picture.note_ports((*servers)->description());
  Micros looked = context.clock.now();
  while (!stop_was_asked_for()) {
    picture.draw();
    context.clock.sleep_for(kDraw);
    const Micros now = context.clock.now();
    if (now - looked < kLook) continue;
    looked = now;
    if (watch.changed()) picture.notice(take_up_edit(context, engine));
  }
  (*servers)->stop();
  engine.stop();
  return kExitDone;
}

constexpr VerbArgument kArguments[] = {{"DIR", "the project's folder; else that of -C"}};

}  // namespace

constexpr Verb kDevVerb = {
    "dev",
    "run the project, and take up changes as files are saved",
    "Runs the project on the embedded log and shows streams, views and sinks live. A saved edit "
    "is\n"
    "taken up between two epochs: views that are new or changed are filled from the start of "
    "their\n"
    "input, the others keep their state. A broken edit is shown, and the old version goes on.",
    kArguments,
    {},
    run};

}  // namespace weir::cli
