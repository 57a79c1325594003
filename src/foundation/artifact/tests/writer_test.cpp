#include <cstring>

#include <gtest/gtest.h>

#include "foundation/artifact/artifact.h"
#include "foundation/artifact/safetensors.h"

namespace mla::artifact {
namespace {

template <class T>
std::vector<T> values_of(const TensorInfo& tensor) {
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

TEST(Writer, NamesTypesAndShapesEachTensor) {
  const std::vector<float> weights{1, 2, 3, 4, 5, 6};
  const std::vector<std::int32_t> artists{-1, 4};
  const std::vector<std::int64_t> counts{9};
  const std::vector<std::uint8_t> flags{0, 1, 2};
  Writer writer;
  writer.add("weights", math::ConstMatrixView{weights.data(), 3, 2, 2});
  writer.add("artists", std::span(artists));
  writer.add("counts", std::span(counts));
  writer.add("flags", std::span(flags));

  const auto& tensors = writer.tensors();
  ASSERT_EQ(tensors.size(), 4u);
  EXPECT_EQ(tensors.at("weights").dtype, Dtype::kF32);
  EXPECT_EQ(tensors.at("weights").shape, (std::vector<std::int64_t>{3, 2}));
  EXPECT_EQ(values_of<float>(tensors.at("weights")), weights);
  EXPECT_EQ(tensors.at("artists").dtype, Dtype::kI32);
  EXPECT_EQ(values_of<std::int32_t>(tensors.at("artists")), artists);
  EXPECT_EQ(tensors.at("counts").dtype, Dtype::kI64);
  EXPECT_EQ(tensors.at("flags").shape, (std::vector<std::int64_t>{3}));
}

TEST(Writer, SparseMatricesAndTextsOutliveWhatTheyWereMadeOf) {
  const math::CsrMatrix matrix{2, 7, {0, 1, 3}, {6, 0, 2}, {1, 2, 3}};
  Writer writer;
  writer.add("tags", matrix.view());
  {
    const std::vector<std::string> names{"doom", "", "é"};
    writer.add("names", std::span(names));
  }
  const auto& tensors = writer.tensors();
  EXPECT_EQ(values_of<std::int64_t>(tensors.at("tags.shape")), (std::vector<std::int64_t>{2, 7}));
  EXPECT_EQ(values_of<std::int64_t>(tensors.at("tags.offsets")), matrix.offsets);
  EXPECT_EQ(values_of<std::int32_t>(tensors.at("tags.columns")), matrix.columns);
  EXPECT_EQ(values_of<float>(tensors.at("tags.values")), matrix.values);
  EXPECT_EQ(values_of<std::int64_t>(tensors.at("names.offsets")), (std::vector<std::int64_t>{0, 4, 4, 6}));
  EXPECT_EQ(tensors.at("names.bytes").bytes.size(), 6u);
}

TEST(Writer, ScopesWriteIntoTheSameModelUnderTheirOwnNames) {
  const std::vector<float> one{1};
  Writer writer;
  Writer part = writer.scope("model.").scope("ials.");
  part.add("gram", std::span(one), {1});
  part.set("factors", 64);
  writer.set("factors", 1);
  EXPECT_EQ(writer.tensors().count("model.ials.gram"), 1u);
  EXPECT_EQ(writer.attributes().at("model.ials.factors").as_int64(), 64);
  EXPECT_EQ(writer.attributes().at("factors").as_int64(), 1);
}

TEST(Writer, TheLatestOfANameStays) {
  const std::vector<float> first{1};
  const std::vector<float> second{2, 3};
  Writer writer;
  writer.add("a", std::span(first), {1});
  writer.add("a", std::span(second), {2});
  EXPECT_EQ(values_of<float>(writer.tensors().at("a")), second);
}

// What layout_safetensors lays out, parse_safetensors reads back: the two sides of the format agree.
TEST(Layout, IsReadBackAsItWasWritten) {
  const std::vector<float> weights{0.5F, -1};
  const std::vector<std::uint8_t> flags{7};
  const std::vector<std::int64_t> none;
  Writer writer;
  writer.add("flags", std::span(flags));  // one byte: what follows must still be aligned
  writer.add("none", std::span(none));
  writer.add("weights", std::span(weights), {2, 1});
  const SafetensorsLayout layout = layout_safetensors(writer.tensors());
  ASSERT_EQ(layout.order.size(), 3u);
  ASSERT_EQ(layout.header.size() % 8, 0u);

  std::vector<std::uint64_t> file((layout.header.size() + 64) / 8);
  auto* at = reinterpret_cast<std::byte*>(file.data());
  std::memcpy(at, layout.header.data(), layout.header.size());
  std::size_t size = layout.header.size();
  for (const std::string& name : layout.order) {
    const auto bytes = writer.tensors().at(name).bytes;
    if (!bytes.empty()) std::memcpy(at + size, bytes.data(), bytes.size());
    size += bytes.size();
  }
  const auto read = parse_safetensors(std::as_bytes(std::span(file)).first(size));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(values_of<float>(read->at("weights")), weights);
  EXPECT_EQ(read->at("weights").shape, (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(values_of<std::uint8_t>(read->at("flags")), flags);
  EXPECT_TRUE(read->at("none").bytes.empty());
}

}  // namespace
}  // namespace mla::artifact
