#include "knowledge/catalog/impl/key_table.h"

#include <cstring>

#include <xxhash.h>

namespace mla::catalog {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 16;

}  // namespace

std::string_view KeyTable::keep(std::string_view id) {
  if (block_left_ < id.size()) {
    blocks_.push_back(std::make_unique<char[]>(kBlockBytes));
    block_left_ = kBlockBytes;
  }
  char* bytes = blocks_.back().get() + (kBlockBytes - block_left_);
  std::memcpy(bytes, id.data(), id.size());
  block_left_ -= id.size();
  return {bytes, id.size()};
}

std::uint32_t KeyTable::add(std::string_view id) {
  const auto hash = static_cast<std::uint32_t>(XXH3_64bits(id.data(), id.size()));
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  for (; slots_[i].index != 0; i = (i + 1) & mask) {
    if (slots_[i].hash == hash && ids_[slots_[i].index - 1] == id) return slots_[i].index - 1;
  }
  ids_.push_back(keep(id));
  hashes_.push_back(hash);
  const auto count = static_cast<std::uint32_t>(ids_.size());
  slots_[i] = {hash, count};
  if (count * std::size_t{2} > slots_.size()) grow();
  return count - 1;
}

void KeyTable::grow() {
  slots_.assign(slots_.size() * 2, Slot{});
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t index = 0; index < ids_.size(); ++index) {
    std::size_t i = hashes_[index] & mask;
    while (slots_[i].index != 0) i = (i + 1) & mask;
    slots_[i] = {hashes_[index], index + 1};
  }
}

void KeyTable::clear() { *this = KeyTable(select_, insert_); }

base::Result<std::int64_t> KeyTable::resolve(store::Connection& connection) {
  MLA_ASSIGN(store::Statement * find, connection.prepare(select_));
  MLA_ASSIGN(store::Statement * make, connection.prepare(insert_));
  std::int64_t made = 0;
  keys_.reserve(ids_.size());
  for (std::size_t i = keys_.size(); i < ids_.size(); ++i) {
    find->bind(1, ids_[i]);
    MLA_ASSIGN(const bool known, find->step());
    const std::int64_t key = known ? find->integer(0) : 0;
    find->reset();
    keys_.push_back(key);
    if (known) continue;
    make->bind(1, ids_[i]);
    MLA_CHECK(make->step());
    keys_.back() = make->integer(0);
    make->reset();
    ++made;
  }
  return made;
}

}  // namespace mla::catalog
