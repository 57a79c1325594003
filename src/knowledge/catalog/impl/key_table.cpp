#include "knowledge/catalog/impl/key_table.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

#include <fmt/format.h>
#include <xxhash.h>

#include "knowledge/catalog/impl/batches.h"

namespace mla::catalog {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 16;
constexpr std::int64_t kNoKey = std::numeric_limits<std::int64_t>::min();

std::uint32_t hash_of(std::string_view id) { return static_cast<std::uint32_t>(XXH3_64bits(id.data(), id.size())); }

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
  const std::uint32_t hash = hash_of(id);
  const std::size_t i = slot_of(id, hash);
  if (slots_[i].index != 0) return slots_[i].index - 1;
  ids_.push_back(keep(id));
  hashes_.push_back(hash);
  const auto count = static_cast<std::uint32_t>(ids_.size());
  slots_[i] = {hash, count};
  if (count * std::size_t{2} > slots_.size()) grow();
  return count - 1;
}

std::size_t KeyTable::slot_of(std::string_view id, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  while (slots_[i].index != 0 && (slots_[i].hash != hash || ids_[slots_[i].index - 1] != id)) i = (i + 1) & mask;
  return i;
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

void KeyTable::clear() { *this = KeyTable(table_); }

base::Status KeyTable::take_keys(store::Connection& connection, const std::string& sql,
                                 std::span<const std::uint32_t> indices, std::size_t width) {
  MLA_ASSIGN(store::Statement * query, connection.prepare(sql));
  for (std::size_t i = 0; i < width; ++i) {
    query->bind(static_cast<int>(i) + 1, ids_[indices[std::min(i, indices.size() - 1)]]);
  }
  for (;;) {
    MLA_ASSIGN(const bool more, query->step());
    if (!more) break;
    const std::string_view id = query->text(0);
    const Slot& slot = slots_[slot_of(id, hash_of(id))];
    if (slot.index != 0) keys_[slot.index - 1] = query->integer(1);
  }
  query->reset();
  return {};
}

base::Result<std::int64_t> KeyTable::resolve(store::Connection& connection) {
  std::vector<std::uint32_t> wanted(ids_.size() - keys_.size());
  std::iota(wanted.begin(), wanted.end(), static_cast<std::uint32_t>(keys_.size()));
  keys_.resize(ids_.size(), kNoKey);
  const std::span<const std::uint32_t> all = wanted;
  MLA_CHECK(in_batches(all.size(), [&](std::size_t first, std::size_t count, std::size_t width) {
    return take_keys(connection, fmt::format("SELECT id, key FROM {} WHERE id IN ({})", table_, repeated("?", width)),
                     all.subspan(first, count), width);
  }));
  std::erase_if(wanted, [this](std::uint32_t index) { return keys_[index] != kNoKey; });
  const std::span<const std::uint32_t> fresh = wanted;
  MLA_CHECK(in_batches(fresh.size(), [&](std::size_t first, std::size_t count, std::size_t width) {
    return take_keys(connection,
                     fmt::format("INSERT INTO {} (id) VALUES {} ON CONFLICT DO NOTHING RETURNING id, key", table_,
                                 repeated("(?)", width)),
                     fresh.subspan(first, count), width);
  }));
  for (const std::uint32_t index : fresh) {
    if (keys_[index] != kNoKey) continue;
    return base::Error{base::ErrorCode::kInternal, fmt::format("table {} gave '{}' no key", table_, ids_[index])};
  }
  return static_cast<std::int64_t>(fresh.size());
}

}  // namespace mla::catalog
