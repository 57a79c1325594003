#include <cmath>
#include <csignal>
#include <filesystem>
#include <new>
#include <numbers>

#include <boost/json/object.hpp>
#include <unistd.h>

#include "foundation/base/json.h"
#include "knowledge/audio/decode/source.h"
#include "serving/analysis/analysis.h"
#include "serving/analysis/impl/protocol.h"
#include "serving/analysis/impl/sandbox.h"
#include "serving/analysis/print.h"
#include "serving/analysis/worker.h"

namespace mla::analysis {
namespace {

using base::Error;
using base::ErrorCode;

struct Answer {
  ReplyKind kind = ReplyKind::kFailure;
  std::string result;
  std::string attachment;
  std::vector<float> excerpts = {};
};

Answer failure(const Error& error) {
  return {ReplyKind::kFailure,
          base::to_json_text(boost::json::object{{"code", base::to_string(error.code)}, {"message", error.message}}),
          {}};
}

template <class Print>
Answer answer_with(const base::Result<Print>& print) {
  if (!print.ok()) return failure(print.error());
  return {ReplyKind::kAnalysis, "{}", to_bytes(*print)};
}

Answer answer_for(base::Result<audio::Source> source, const AnalyzeOptions& options) {
  if (!source.ok()) return failure(source.error());
  if (options.wanted.task == Task::kIndexPrint) return answer_with(index_print(*source));
  if (options.wanted.task == Task::kQueryPrint) return answer_with(query_print(*source));
  auto analysis = analyze(*source, options);
  if (!analysis.ok()) return failure(analysis.error());
  return {ReplyKind::kAnalysis, base::to_json_text(to_json(*analysis)), std::move(analysis->plot),
          std::move(analysis->excerpts.values)};
}

template <class Open>
Answer guarded(const std::string& name, const Wanted& wanted, const Open& open) {
  try {
    return answer_for(open(), {.wanted = wanted, .title = std::filesystem::path(name).filename().string()});
  } catch (const std::bad_alloc&) {
    return failure({ErrorCode::kTooLarge, name + ": needs more memory than allowed"});
  } catch (const base::Failure& error) {
    return failure(error.error());
  } catch (const std::exception& error) {
    return failure({ErrorCode::kInternal, name + ": " + error.what()});
  }
}

// A second of a tone as WAV: analysed before the doors close, so that tables, kernels and lazily bound functions are in
// place.
std::string warm_up_file() {
  constexpr std::uint32_t kCount = 44100;
  std::string file("RIFF\x9c\x58\x01\0WAVEfmt \x10\0\0\0\1\0\1\0\x44\xac\0\0\x88\x58\1\0\2\0\x10\0data\x88\x58\1\0",
                   44);
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const int sample = static_cast<int>(8000 * std::sin(2 * std::numbers::pi * 440 * i / kCount));
    file += static_cast<char>(sample & 0xFF);
    file += static_cast<char>((sample >> 8) & 0xFF);
  }
  return file;
}

}  // namespace

int worker_main(int socket) {
  ::signal(SIGINT, SIG_IGN);  // Ctrl-C is for the parent, which ends us
  const std::string tone = warm_up_file();
  const Answer warm = guarded("warm-up", {.plot = true},
                              [&tone] { return audio::Source::open_bytes(std::as_bytes(std::span(tone)), "warm-up"); });
  if (warm.kind != ReplyKind::kAnalysis) {
    send_reply(socket, ReplyKind::kFailure, warm.result, {});
    return 1;
  }
  constexpr std::uint64_t kMemoryBytes = std::uint64_t{512} << 20;
  if (const auto confined = enter_sandbox(kMemoryBytes); !confined.ok()) {
    send_reply(socket, ReplyKind::kFailure, failure(confined.error()).result, {});
    return 1;
  }
  if (!send_reply(socket, ReplyKind::kReady, {}, {})) return 1;
  for (;;) {
    const auto request = receive_request(socket);
    if (!request.ok()) return request.error().code == ErrorCode::kNotFound ? 0 : 1;
    const Answer answer = guarded(request->name, request->wanted, [&request] {
      return audio::Source::open_descriptor(request->descriptor, request->name);
    });
    ::close(request->descriptor);
    const bool fits = answer.result.size() <= kMaxResultBytes && answer.attachment.size() <= kMaxAttachmentBytes;
    const Answer sent = fits ? answer : failure({ErrorCode::kTooLarge, request->name + ": its analysis is too large"});
    if (!send_reply(socket, sent.kind, sent.result, sent.attachment, sent.excerpts)) return 1;
  }
}

}  // namespace mla::analysis
