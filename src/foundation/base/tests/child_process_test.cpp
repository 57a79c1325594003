#include "foundation/base/child_process.h"

#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mla::base {
namespace {

using testing::HasSubstr;

ChildProcess shell(const std::string& script, ChildOptions options = {}) {
  options.command = {"/bin/sh", "-c", script};
  return ChildProcess::start(options).value();
}

// All that the child says until it closes the channel.
std::string said(const ChildProcess& child) {
  std::string text;
  char buffer[256];
  for (ssize_t got = 0; (got = ::read(child.channel(), buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  return text;
}

TEST(ChildProcess, SpeaksOverItsChannelAndIsHeardToTheEnd) {
  ChildProcess child = shell("read line <&3; echo got $line >&3; exit 7");
  EXPECT_TRUE(child.alive());
  ASSERT_EQ(::write(child.channel(), "word\n", 5), 5);
  EXPECT_EQ(said(child), "got word\n");
  const int status = child.wait();
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_FALSE(child.alive());
  EXPECT_EQ(child.id(), -1);
}

TEST(ChildProcess, HoldsNoOtherDescriptorOfOurs) {
  const Descriptor open(::fcntl(STDERR_FILENO, F_DUPFD, 20));  // without close-on-exec
  ChildProcess child = shell("test ! -e /proc/self/fd/" + std::to_string(open.get()) + " && echo none >&3");
  ASSERT_GE(open.get(), 20);
  EXPECT_EQ(said(child), "none\n");
  child.wait();
}

TEST(ChildProcess, HasTheEnvironmentThatItIsGivenOrOurs) {
  ::setenv("MLA_CHILD_TEST", "ours", 1);
  ChildProcess with_ours = shell("echo $MLA_CHILD_TEST >&3");
  EXPECT_EQ(said(with_ours), "ours\n");
  ChildProcess with_its_own = shell("echo $MLA_CHILD_TEST$OTHER >&3", {.environment = {{"OTHER=given"}}});
  EXPECT_EQ(said(with_its_own), "given\n");
}

TEST(ChildProcess, SignalsThatWeIgnoreActOnIt) {
  const auto before = ::signal(SIGTERM, SIG_IGN);
  ChildProcess child = shell("echo ready >&3; exec sleep 1000");
  ::signal(SIGTERM, before);
  char ready[6];
  ASSERT_EQ(::read(child.channel(), ready, sizeof ready), 6);
  child.signal(SIGTERM);
  const int status = child.wait();
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

TEST(ChildProcess, AGroupOfItsOwnIsNotOurs) {
  ChildProcess child = shell("exec sleep 1000", {.own_group = true});
  EXPECT_EQ(::getpgid(child.id()), child.id());
  ChildProcess same = shell("exec sleep 1000");
  EXPECT_EQ(::getpgid(same.id()), ::getpgrp());
}

TEST(ChildProcess, ALimitHoldsAndDoesNotExceedTheHardOne) {
  ChildProcess child = shell("read line <&3; ulimit -S -n >&3");
  ASSERT_TRUE(child.limit(RLIMIT_NOFILE, 50));
  ASSERT_EQ(::write(child.channel(), "go\n", 3), 3);
  EXPECT_EQ(said(child), "50\n");
  ChildProcess other = shell("ulimit -n 60; echo ready >&3; read line <&3; ulimit -S -n >&3");
  char ready[6];
  ASSERT_EQ(::read(other.channel(), ready, sizeof ready), 6);
  ASSERT_TRUE(other.limit(RLIMIT_NOFILE, 70));
  ASSERT_EQ(::write(other.channel(), "go\n", 3), 3);
  EXPECT_EQ(said(other), "60\n");
}

TEST(ChildProcess, EndsWithTheObject) {
  int id = -1;
  {
    ChildProcess first = shell("exec sleep 1000");
    id = first.id();
    ChildProcess moved = std::move(first);
    EXPECT_EQ(moved.id(), id);
    EXPECT_EQ(::kill(id, 0), 0);
  }
  EXPECT_EQ(::kill(id, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(ChildProcess, AProgramThatIsNotThereIsNamed) {
  const auto child = ChildProcess::start({.command = {"/no/such/program"}});
  ASSERT_FALSE(child.ok());
  EXPECT_THAT(child.error().message, HasSubstr("/no/such/program"));
}

}  // namespace
}  // namespace mla::base
