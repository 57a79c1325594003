#include "serving/analysis/impl/protocol.h"

#include <array>
#include <cstring>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mla::analysis {
namespace {

using base::ErrorCode;

// Two ends of a socket; what one sends the other receives.
class Protocol : public testing::Test {
 protected:
  Protocol() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()), 0); }
  ~Protocol() override {
    for (const int end : ends_) {
      if (end >= 0) ::close(end);
    }
  }
  void close_ours() {
    ::close(ends_[0]);
    ends_[0] = -1;
  }
  void send_header(const RequestHeader& header, int descriptor) {
    ASSERT_TRUE(send_all(ends_[0], {reinterpret_cast<const char*>(&header), sizeof header}, descriptor));
  }
  base::Result<Request> receive() { return receive_request(ends_[1]); }

  std::array<int, 2> ends_ = {-1, -1};
};

std::string reply_bytes(ReplyHeader header, std::string_view rest) {
  return std::string(reinterpret_cast<const char*>(&header), sizeof header).append(rest);
}

TEST_F(Protocol, ARequestArrivesWithItsFileAndWishes) {
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  RequestHeader header;
  header.name_bytes = 5;
  header.task = Task::kQueryPrint;
  header.with_plot = 1;
  header.left_out = static_cast<std::uint32_t>(Part::kQuality);
  send_header(header, file);
  ASSERT_TRUE(send_all(ends_[0], "a.mp3"));
  const auto request = receive();
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(request->name, "a.mp3");
  EXPECT_EQ(request->wanted.task, Task::kQueryPrint);
  EXPECT_TRUE(request->wanted.plot);
  EXPECT_FALSE(request->wanted.has(Part::kQuality));
  EXPECT_TRUE(request->wanted.has(Part::kGenreMood));
  EXPECT_NE(request->descriptor, file) << "a descriptor of its own";
  char byte = 0;
  EXPECT_EQ(::read(request->descriptor, &byte, 1), 0);
  ::close(request->descriptor);
  ::close(file);
}

TEST_F(Protocol, TheEndIsNotAnErrorButHalfARequestIs) {
  close_ours();
  EXPECT_EQ(receive().error().code, ErrorCode::kNotFound);
}

TEST_F(Protocol, HalfAHeaderIsCorrupt) {
  ASSERT_TRUE(send_all(ends_[0], "1234567"));
  close_ours();
  EXPECT_EQ(receive().error().code, ErrorCode::kCorrupt);
}

TEST_F(Protocol, HalfANameIsCorrupt) {
  RequestHeader header;
  header.name_bytes = 100;
  send_header(header, 0);
  ASSERT_TRUE(send_all(ends_[0], "short"));
  close_ours();
  EXPECT_EQ(receive().error().code, ErrorCode::kCorrupt);
}

TEST_F(Protocol, RequestsOfTheWrongFormAreCorrupt) {
  RequestHeader magic, name, task;
  magic.magic = 1;
  name.name_bytes = kMaxNameBytes + 1;
  task.task = static_cast<Task>(99);
  for (const RequestHeader& header : {magic, name, task}) {
    send_header(header, 0);
    EXPECT_EQ(receive().error().code, ErrorCode::kCorrupt);
  }
  send_header({}, -1);
  EXPECT_EQ(receive().error().code, ErrorCode::kCorrupt) << "no file came with it";
}

TEST_F(Protocol, NobodyIsThereToSendTo) {
  close_ours();
  EXPECT_FALSE(send_reply(ends_[1], ReplyKind::kReady, "{}", {})) << "an error, no signal";
}

TEST_F(Protocol, AReplyIsReadHoweverItIsCut) {
  const std::vector<float> excerpts = {1.5F, -2, 3e30F};
  ASSERT_TRUE(send_reply(ends_[1], ReplyKind::kAnalysis, "{\"a\":1}", "<svg/>", excerpts));
  std::string bytes(4096, ' ');
  bytes.resize(static_cast<std::size_t>(::recv(ends_[0], bytes.data(), bytes.size(), 0)));
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
    ReplyReader reader;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      const auto done = reader.add(std::string_view(bytes).substr(at, piece));
      ASSERT_TRUE(done.ok());
      EXPECT_EQ(*done, at + piece >= bytes.size());
    }
    EXPECT_EQ(reader.kind(), ReplyKind::kAnalysis);
    EXPECT_EQ(reader.result(), "{\"a\":1}");
    EXPECT_EQ(reader.attachment(), "<svg/>");
    EXPECT_EQ(reader.excerpts(), excerpts);
  }
}

TEST(ReplyReader, RefusesWhatIsNoReplyBeforeItReservesAnything) {
  ReplyHeader magic, kind, result, attachment, excerpts, part_of_a_float;
  magic.magic = 7;
  kind.kind = static_cast<ReplyKind>(4);
  result.result_bytes = kMaxResultBytes + 1;
  attachment.attachment_bytes = kMaxAttachmentBytes + 1;
  excerpts.excerpt_bytes = kMaxExcerptBytes + 4;
  part_of_a_float.excerpt_bytes = 3;
  for (const ReplyHeader& header : {magic, kind, result, attachment, excerpts, part_of_a_float}) {
    ReplyReader reader;
    EXPECT_EQ(reader.add(reply_bytes(header, "")).error().code, ErrorCode::kCorrupt);
  }
}

TEST(ReplyReader, RefusesMoreThanOneReplyAndTheEndOfTheStream) {
  ReplyReader reader;
  EXPECT_EQ(reader.add(reply_bytes({}, "x")).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(ReplyReader().add({}).error().code, ErrorCode::kIo);
}

TEST(ReplyReader, NoExcerptsAreNone) {
  ReplyReader reader;
  EXPECT_TRUE(*reader.add(reply_bytes({}, "")));
  EXPECT_TRUE(reader.excerpts().empty());
  EXPECT_TRUE(reader.result().empty());
}

}  // namespace
}  // namespace mla::analysis
