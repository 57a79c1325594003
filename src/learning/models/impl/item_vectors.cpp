#include "learning/models/impl/item_vectors.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "foundation/math/blas.h"
#include "learning/models/impl/attributes.h"

namespace mla::models::impl {
namespace {

// Items that the codes let through to their exact scores: so many, and so many times the items asked for.
constexpr std::size_t kLeastLookedAt = 500;
constexpr std::size_t kLookedAtFactor = 5;
constexpr std::size_t kListenersAChunk = 8;

}  // namespace

ItemVectors::ItemVectors(const Parameters& parameters, Walk walk)
    : as_halves_(parameters.text("vectors") == "float16"),
      with_codes_(parameters.text("scan") == "int8"),
      with_graph_(parameters.text("scan") == "hnsw"),
      size_decides_(parameters.text("scan") == "auto"),
      walk_(walk) {}

std::vector<ParameterSpec> ItemVectors::declare() {
  return {{"vectors",
           std::string("float32"),
           0,
           0,
           "how item vectors are kept: float16 takes half the memory and loses nothing that NDCG would show",
           {"float32", "float16"}},
          {"scan",
           std::string("auto"),
           0,
           0,
           "what is searched for the best items: all vectors; bytes first, then 500 exactly; a graph of neighbours, "
           "which may miss some (from 20,000 items on); auto: bytes first from 64 MB of vectors on",
           {"auto", "float32", "int8", "hnsw"}}};
}

std::vector<std::map<std::string, ParameterValue>> ItemVectors::lighter() {
  const ParameterValue halves = std::string("float16");
  return {{{"vectors", halves}},
          {{"vectors", halves}, {"scan", std::string("int8")}},
          {{"vectors", halves}, {"scan", std::string("hnsw")}}};
}

base::Status ItemVectors::assign(math::Matrix vectors, base::Work& work) {
  with_codes_ |= size_decides_ && vectors.values().size_bytes() > walk_.most_bytes;
  owned_codes_ = with_codes_ ? math::encode(std::as_const(vectors).view()) : math::Codes{};
  codes_ = owned_codes_.view();
  owned_graph_ = {};
  if (with_graph_ && vectors.rows() >= walk_.least_items) {
    MLA_ASSIGN(owned_graph_, math::make_neighbour_graph(std::as_const(vectors).view(), {.seed = work.seed}, work));
  }
  graph_ = owned_graph_.view();
  if (as_halves_) {
    owned_halves_ = math::to_halves(vectors.values());
    view_ = {owned_halves_, vectors.cols()};
    owned_ = {};
  } else {
    owned_ = std::move(vectors);
    view_ = std::as_const(owned_).view();
    owned_halves_ = {};
  }
  reader_.reset();
  return {};
}

void ItemVectors::answer_together(std::size_t most) {
  questions_ =
      most < 2 ? nullptr : std::make_unique<Questions>(std::max(1U, std::thread::hardware_concurrency()), most);
}

void ItemVectors::best(std::span<const float> query, std::span<const std::int32_t> excluded, std::size_t k,
                       std::vector<math::Scored>& best) const {
  // What is left out may be among the best: a graph is walked that much further, or not at all.
  const std::size_t in_sight = std::max(walk_.in_sight, 2 * k) + excluded.size();
  if (graph_.rows() > 0 && in_sight * graph_.width < graph_.rows()) {
    return math::top_k_products(graph_, view_, query, excluded, k, in_sight, best);
  }
  const math::Query mine{query, excluded, k, &best, std::max(kLeastLookedAt, kLookedAtFactor * k)};
  const auto look = [this](std::span<const math::Query> queries) {
    if (codes_.rows() > 0) {
      math::top_k_products(codes_, view_, queries);
    } else {
      math::top_k_products(view_, queries);
    }
  };
  if (questions_ == nullptr) return look(std::span(&mine, 1));
  questions_->ask(mine, [&](std::span<const math::Query* const> together) {
    std::vector<math::Query> queries;
    for (const math::Query* one : together) queries.push_back(*one);
    look(queries);
  });
}

void ItemVectors::products(math::ConstMatrixView queries, math::MatrixView scores, base::ThreadPool& pool) const {
  if (view_.halves == nullptr) {
    const math::ConstMatrixView floats{view_.floats, view_.rows, view_.cols, view_.stride};
    return math::multiply_transposed(1, queries, floats, 0, scores, pool);
  }
  pool.parallel_for(queries.rows, kListenersAChunk, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) math::products(view_, queries.row(i), scores.row(i));
  });
}

void ItemVectors::save(artifact::Writer& writer) const {
  writer.add_vectors("item_vectors", view_);
  if (codes_.rows() > 0) {
    writer.add("item_codes",
               std::span(reinterpret_cast<const std::uint8_t*>(codes_.codes.data()), codes_.codes.size()));
    writer.add("item_scales", codes_.scales, {static_cast<std::int64_t>(codes_.scales.size())});
  }
  if (graph_.rows() > 0) {
    writer.add("item_links", graph_.links);
    writer.add("item_entries", graph_.entries);
  }
}

base::Status ItemVectors::load(const artifact::Reader& reader) {
  MLA_ASSIGN(view_, reader.vectors("item_vectors"));
  MLA_CHECK(check_finite(view_, "item_vectors"));
  MLA_CHECK(load_codes(reader));
  MLA_CHECK(load_graph(reader));
  // What was found is what an update keeps.
  as_halves_ = view_.halves != nullptr;
  with_codes_ = reader.has("item_codes");
  with_graph_ = with_graph_ || reader.has("item_links");
  reader_ = reader;
  return {};
}

base::Status ItemVectors::load_codes(const artifact::Reader& reader) {
  codes_ = {};
  if (!reader.has("item_codes")) return {};
  MLA_ASSIGN(const auto codes, reader.bytes("item_codes"));
  MLA_ASSIGN(const auto scales, reader.floats("item_scales"));
  if (codes.size() != rows() * cols()) return wrong_shape("item_codes", "a byte an element of item_vectors");
  if (scales.size() != rows()) return wrong_shape("item_scales", "one value a row of item_vectors");
  MLA_CHECK(check_finite(scales, "item_scales"));
  codes_ = {{reinterpret_cast<const std::int8_t*>(codes.data()), codes.size()}, scales, cols()};
  return {};
}

base::Status ItemVectors::load_graph(const artifact::Reader& reader) {
  graph_ = {};
  if (!reader.has("item_links")) return {};
  MLA_ASSIGN(const auto links, reader.int32s("item_links"));
  MLA_ASSIGN(const auto entries, reader.int32s("item_entries"));
  const math::NeighbourGraphView graph{links, entries, rows() == 0 ? 0 : links.size() / rows()};
  MLA_CHECK(graph.check(rows()));
  graph_ = graph;
  return {};
}

}  // namespace mla::models::impl
