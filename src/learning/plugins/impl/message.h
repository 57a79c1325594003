#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

// What travels between a program and the process of a plugin over a Unix stream socket: one request, then any number of
// events and one answer, and so on. Host byte order: both ends are the same build. The program trusts nothing that
// comes from the process.
namespace mla::plugins {

inline constexpr std::uint32_t kMagic = 0x50414C4D;

enum class Ask : std::uint32_t {
  kOpen = 1,  // the bytes of the library → its Description
  kCreate,    // values of its parameters →
  kFit,       // training data → (events while it learns)
  kSave,      // → the state
  kLoad,      // items, state →
  kScore,     // history → floats: a score for each item
  kExplain,   // item, history → floats: for each item of the history
};

enum class Told : std::uint32_t { kDone = 101, kFailed, kLog, kMetric, kProgress };

struct Header {
  std::uint32_t magic = kMagic;
  std::uint32_t kind = 0;  // Ask or Told
  std::uint64_t bytes = 0;
};

// Sends a header and all bytes. False if the other end is gone, or does not read for as long as the socket's
// SO_SNDTIMEO.
bool send_message(int socket, std::uint32_t kind, std::string_view bytes);

// Values one after the other, each at a multiple of eight bytes.
class Packer {
 public:
  template <class T>
  void value(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    array(std::span<const T>(&value, 1));
  }
  template <class T>
  void array(std::span<const T> values) {
    const std::uint64_t count = values.size();
    bytes_.append(reinterpret_cast<const char*>(&count), sizeof count);
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
  }
  void text(std::string_view text) { array(std::span(text.data(), text.size())); }

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Reads what a Packer wrote; anything else makes it not ok and yields zeros and empty spans. Spans point into the
// bytes.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  T value() {
    const std::span<const T> one = array<T>();
    if (one.size() == 1) return one[0];
    ok_ = false;
    return T{};
  }
  template <class T>
  std::span<const T> array() {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 8);
    std::uint64_t count = 0;
    if (!ok_ || bytes_.size() < sizeof count) return fail<T>();
    std::memcpy(&count, bytes_.data(), sizeof count);
    bytes_.remove_prefix(sizeof count);
    if (count > bytes_.size() / sizeof(T)) return fail<T>();
    const std::uint64_t padded = (count * sizeof(T) + 7) / 8 * 8;
    if (padded > bytes_.size()) return fail<T>();
    const std::span<const T> values(reinterpret_cast<const T*>(bytes_.data()), count);
    bytes_.remove_prefix(padded);
    return values;
  }
  std::string_view text() {
    const std::span<const char> chars = array<char>();
    return {chars.data(), chars.size()};
  }
  // True if all was read, and was as it should be.
  bool done() const { return ok_ && bytes_.empty(); }

 private:
  template <class T>
  std::span<const T> fail() {
    ok_ = false;
    return {};
  }

  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace mla::plugins
