#include "knowledge/catalog/impl/key_table.h"

#include <xxhash.h>

namespace mla::catalog {

std::uint32_t KeyTable::add(std::string_view id) {
  const auto hash = static_cast<std::uint32_t>(XXH3_64bits(id.data(), id.size()));
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  for (; slots_[i].index != 0; i = (i + 1) & mask) {
    if (slots_[i].hash == hash && ids_[slots_[i].index - 1] == id) return slots_[i].index - 1;
  }
  ids_.push_back(id);
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

base::Status KeyTable::resolve(store::Connection& connection, std::string_view select, std::string_view insert) {
  MLA_ASSIGN(store::Statement * find, connection.prepare(select));
  MLA_ASSIGN(store::Statement * make, connection.prepare(insert));
  keys_.resize(ids_.size());
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    find->bind(1, ids_[i]);
    MLA_ASSIGN(const bool known, find->step());
    if (known) keys_[i] = find->integer(0);
    find->reset();
    if (known) continue;
    make->bind(1, ids_[i]);
    MLA_CHECK(make->step());
    keys_[i] = make->integer(0);
    make->reset();
    ++created_;
  }
  return {};
}

}  // namespace mla::catalog
