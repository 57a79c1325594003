#pragma once

#include <memory>
#include <string>

#include "adapters/postgres/impl/handles.h"
#include "adapters/postgres/postgres.h"
#include "foundation/base/result.h"

namespace mla::postgres {

// One connection to the server whose waits all end: a server that is silent for the time-out counts as gone.
// Not thread-safe.
class Session {
 public:
  static base::Result<std::unique_ptr<Session>> connect(const std::string& url, const std::string& name,
                                                        const Options& options);

  const std::string& name() const { return name_; }
  PGconn* handle() { return connection_.get(); }
  bool broken() const { return broken_ || PQstatus(connection_.get()) != CONNECTION_OK; }
  // False if the server has closed it. Asks without waiting.
  bool alive();

  // After a PQsend… that returned `code`: sees that it leaves.
  base::Status sent(int code);
  // The next result of what was sent; null at its end.
  base::Result<ResultHandle> next();
  // The last result of what was sent, which is at its end then; the first error.
  base::Result<ResultHandle> last();
  // One or more statements without parameters.
  base::Result<ResultHandle> run(const std::string& sql);
  // What went wrong where `result` is no success.
  base::Error error(const PGresult* result);
  // Bytes of a running COPY … FROM STDIN.
  base::Status put_copy_data(const std::string& bytes);
  // Ends it; with a reason: as failed.
  base::Status end_copy(const char* reason);

 private:
  Session(ConnectionHandle connection, std::string name, const Options& options);
  base::Status set_up(const Options& options);
  base::Status wait(short events);
  base::Status flush();
  base::Error lost();

  ConnectionHandle connection_;
  const std::string name_;
  const int silence_ms_;
  bool broken_ = false;
};

}  // namespace mla::postgres
