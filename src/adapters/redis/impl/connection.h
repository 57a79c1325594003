#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <hiredis/hiredis.h>

#include "adapters/redis/impl/location.h"
#include "foundation/base/result.h"

namespace mla::redis {

struct FreeReply {
  void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

// One connection to a server, used by one thread at a time. After an error it is of no use: the answer that was not
// waited for would be taken for that of the next question.
class Connection {
 public:
  using Clock = std::chrono::steady_clock;

  // Connects, logs in, chooses the database. Resolving a name may take longer than `patience`. Errors: kBusy if the
  // server cannot be reached, kPermission if it refuses who we are.
  static base::Result<std::unique_ptr<Connection>> open(const Location& location, Clock::duration patience);

  // One command and its answer, which is all over at `deadline`. Errors: kBusy for a server that is silent or gone,
  // kUnsupported for one that answers with an error, which the message is.
  base::Result<Reply> ask(std::span<const std::string_view> words, Clock::time_point deadline);
  base::Result<Reply> ask(std::initializer_list<std::string_view> words, Clock::time_point deadline) {
    return ask(std::span(words.begin(), words.size()), deadline);
  }

  // False if the server has closed it, or said what nobody asked.
  bool is_quiet() const;

 private:
  struct Free {
    void operator()(redisContext* context) const noexcept { redisFree(context); }
  };

  explicit Connection(redisContext* context) : context_(context) {}
  base::Status log_in(const Location& location, Clock::time_point deadline);
  base::Status send(std::string_view bytes, Clock::time_point deadline);
  base::Result<Reply> receive(Clock::time_point deadline);
  base::Status wait_for(short events, Clock::time_point deadline);

  std::unique_ptr<redisContext, Free> context_;
};

}  // namespace mla::redis
