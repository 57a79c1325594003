#include "knowledge/catalog/impl/ordinals.h"

#include <algorithm>
#include <cstring>

namespace mla::catalog {
namespace {

constexpr std::size_t kFirstSlots = 64;
constexpr std::size_t kSketchRows = 4;
constexpr std::size_t kSketchColumns = std::size_t{1} << 22;  // 4 rows × 4 Mi × 4 bytes = 64 MiB

}  // namespace

OrdinalCounter::OrdinalCounter(std::size_t exact_limit) : exact_limit_(exact_limit), slots_(kFirstSlots) {}

std::size_t OrdinalCounter::memory_bytes() const {
  return slots_.capacity() * sizeof(Slot) + sketch_.capacity() * sizeof(std::uint32_t);
}

OrdinalCounter::Slot& OrdinalCounter::find(std::uint64_t key) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = key & mask;
  while (slots_[i].key != 0 && slots_[i].key != key) i = (i + 1) & mask;
  return slots_[i];
}

void OrdinalCounter::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.key != 0) find(slot.key) = slot;
  }
}

std::uint32_t OrdinalCounter::next(const Identity& content) {
  std::uint64_t key;
  std::uint64_t second;
  std::memcpy(&key, content.data(), sizeof key);
  std::memcpy(&second, content.data() + sizeof key, sizeof second);
  if (key == 0) key = 1;
  Slot* slot = &find(key);
  if (slot->key != 0) return slot->seen++;
  if (used_ >= exact_limit_) return next_in_sketch(key, second);
  if ((used_ + 1) * 4 > slots_.size() * 3) {
    grow();
    slot = &find(key);
  }
  ++used_;
  *slot = {key, 1};
  return 0;
}

std::uint32_t OrdinalCounter::next_in_sketch(std::uint64_t key, std::uint64_t second) {
  if (sketch_.empty()) sketch_.resize(kSketchRows * kSketchColumns);
  // Four cells from two hashes (Kirsch & Mitzenmacher 2006); only the smallest are raised, so that an estimate
  // is too high as rarely as possible and still grows with each call.
  std::uint32_t* cells[kSketchRows];
  std::uint32_t lowest = UINT32_MAX;
  for (std::size_t row = 0; row < kSketchRows; ++row) {
    const std::uint64_t hash = key + row * second;
    cells[row] = &sketch_[row * kSketchColumns + (hash ^ hash >> 32) % kSketchColumns];
    lowest = std::min(lowest, *cells[row]);
  }
  for (std::uint32_t* cell : cells) *cell = std::max(*cell, lowest + 1);
  return lowest;
}

}  // namespace mla::catalog
