#include "learning/plugins/impl/description.h"

#include <algorithm>

#include "foundation/base/parse.h"

namespace mla::plugins {
namespace {

constexpr std::size_t kMostLine = 500;  // bytes
constexpr std::uint32_t kMostParameters = 64;

}  // namespace

std::string plain_line(std::string_view text) {
  std::string line(text.substr(0, kMostLine));
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  if (base::is_utf8(line)) return line;
  for (std::size_t cut = 1; cut <= 3 && cut < line.size() && text.size() > kMostLine; ++cut) {  // within a letter
    if (base::is_utf8(line.substr(0, line.size() - cut))) return line.substr(0, line.size() - cut);
  }
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return line;
}

std::string describe(const mla_plugin& plugin) {
  Packer packer;
  packer.text(plugin.name);
  packer.text(plugin.version);
  packer.text(plugin.description);
  packer.value<std::uint32_t>(plugin.explain != nullptr ? 1 : 0);
  packer.value(plugin.parameter_count);
  for (std::uint32_t i = 0; i < plugin.parameter_count; ++i) {
    const mla_plugin_parameter& parameter = plugin.parameters[i];
    packer.text(parameter.name);
    packer.text(parameter.help);
    const double numbers[] = {parameter.fallback, parameter.least, parameter.most};
    packer.array(std::span<const double>(numbers));
    packer.value(parameter.integer);
  }
  return packer.bytes();
}

base::Result<Description> read_description(std::string_view bytes) {
  const base::Error garbage{base::ErrorCode::kCorrupt, "its process says something else than what it is"};
  Unpacker unpacker(bytes);
  Description description;
  description.name = plain_line(unpacker.text());
  description.version = plain_line(unpacker.text());
  description.text = plain_line(unpacker.text());
  description.explains = unpacker.value<std::uint32_t>() != 0;
  const auto count = unpacker.value<std::uint32_t>();
  if (count > kMostParameters) return garbage;
  for (std::uint32_t i = 0; i < count; ++i) {
    models::ParameterSpec spec;
    spec.name = plain_line(unpacker.text());
    spec.help = plain_line(unpacker.text());
    const auto numbers = unpacker.array<double>();
    if (numbers.size() != 3) return garbage;
    spec.fallback = numbers[0];
    spec.min = numbers[1];
    spec.max = numbers[2];
    spec.integer = unpacker.value<std::int32_t>() != 0;
    description.parameters.push_back(std::move(spec));
  }
  if (!unpacker.done()) return garbage;
  return description;
}

}  // namespace mla::plugins
