#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mla::http {

struct RawAnswer {
  int status = 0;                                            // 0: the connection ended before an answer
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string header(std::string_view name) const;
};

// A client that sends exactly the bytes it is given. Reads give up after 10 seconds.
class RawClient {
 public:
  explicit RawClient(int port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return socket_ >= 0; }
  // False if the server has closed.
  bool send(std::string_view bytes);
  void finish_sending();
  // The next answer; of HEAD without its body.
  RawAnswer read(bool head = false);
  // Everything that comes until the server closes.
  std::string read_to_end();
  // True if the server closes (within the time-out), whatever it sends before.
  bool closed_by_server();

  // One request on its own.
  RawAnswer ask(std::string_view method, std::string_view target, std::string_view body = {},
                std::string_view more_headers = {});

 private:
  bool fill();

  int socket_ = -1;
  std::string buffer_;
};

}  // namespace mla::http
