#include "sql/parser_thread.h"

#include <pg_query.h>
#include <pthread.h>

namespace weir::sql {

namespace {

constexpr size_t kStack = 1ULL << 30;  // address space; pages are touched as they are needed

ParsedText read_text(const std::string& text) {
  const PgQueryParseResult result = pg_query_parse(text.c_str());
  ParsedText parsed;
  if (result.error) {
    parsed.refusal = {result.error->message, result.error->cursorpos};
  } else {
    parsed.tree = result.parse_tree;
  }
  pg_query_free_parse_result(result);
  return parsed;
}

class ParserThread {
 public:
  ParserThread() {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStack);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    runs_ = pthread_create(&thread, &attributes, &ParserThread::run, this) == 0;
    pthread_attr_destroy(&attributes);
  }

  Result<ParsedText> parse(const std::string& text) {
    if (!runs_) return Error(ErrorKind::kOutOfMemory, 1205, "no thread for the SQL parser");
    const std::lock_guard one_at_a_time(callers_);
    std::unique_lock lock(mutex_);
    text_ = &text;
    changed_.notify_all();
    changed_.wait(lock, [&] { return text_ == nullptr; });
    return std::move(answer_);
  }

 private:
  static void* run(void* self) {
    static_cast<ParserThread*>(self)->serve();
    return nullptr;
  }

  void serve() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return text_ != nullptr; });
      answer_ = read_text(*text_);  // the caller waits for it
      text_ = nullptr;
      changed_.notify_all();
    }
  }

  bool runs_ = false;
  std::mutex callers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::string* text_ = nullptr;
  ParsedText answer_;
};

}  // namespace

Result<ParsedText> parse_text(const std::string& text) {
  // It lives as long as the process, as the library's state does: nothing ends it.
  static ParserThread& thread = *std::make_unique<ParserThread>().release();
  return thread.parse(text);
}

}  // namespace weir::sql
