#include "bench/recsys_data.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <zlib.h>

#include "foundation/base/parse.h"
#include "foundation/base/random.h"

namespace mla::bench {
namespace {

struct Row {
  std::int64_t user;
  std::int64_t item;
  float weight;
};

// Rows of whole numbers; the first line is a header.
std::vector<Row> read_rows(const std::filesystem::path& path, char separator) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) throw std::runtime_error(fmt::format("cannot open '{}'", path.string()));
  std::vector<Row> rows;
  char line[256];
  gzgets(file, line, sizeof line);
  while (gzgets(file, line, sizeof line) != nullptr) {
    std::string_view rest = base::trim(line);
    double fields[3] = {0, 0, 1};
    for (std::size_t f = 0; f < 3 && !rest.empty(); ++f) {
      const std::size_t end = std::min(rest.find(separator), rest.size());
      fields[f] = base::parse_double(rest.substr(0, end)).value();
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    rows.push_back(
        {static_cast<std::int64_t>(fields[0]), static_cast<std::int64_t>(fields[1]), static_cast<float>(fields[2])});
  }
  gzclose(file);
  return rows;
}

// Dense numbers in ascending order of the file's ids.
std::map<std::int64_t, std::int32_t> number(const std::vector<std::int64_t>& ids) {
  std::map<std::int64_t, std::int32_t> numbers;
  for (const std::int64_t id : ids) numbers.emplace(id, 0);
  std::int32_t next = 0;
  for (auto& [id, index] : numbers) index = next++;
  return numbers;
}

}  // namespace

Split hold_out(const models::TrainingData& data, double share, std::uint64_t seed) {
  Split split;
  split.test.resize(static_cast<std::size_t>(data.users()));
  const math::CsrView all = data.interactions.view();
  std::vector<math::Triplet> kept;
  for (std::int32_t user = 0; user < all.rows; ++user) {
    base::Random random = base::Random::stream(seed, static_cast<std::uint64_t>(user));
    std::vector<std::size_t> order(all.row_size(user));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    random.shuffle(order);
    const auto held = static_cast<std::size_t>(share * static_cast<double>(order.size()));
    auto& test = split.test[static_cast<std::size_t>(user)];
    for (std::size_t i = 0; i < order.size(); ++i) {
      const std::int32_t item = all.row_columns(user)[order[i]];
      if (i < held) {
        test.push_back(item);
      } else {
        kept.push_back({user, item, all.row_values(user)[order[i]]});
      }
    }
    std::sort(test.begin(), test.end());
  }
  split.train.interactions = math::make_csr(data.users(), data.items(), kept);
  return split;
}

Split load_split(const std::string& name, const std::filesystem::path& recsys, std::uint64_t seed) {
  const bool hetrec = name == "hetrec";
  std::vector<Row> rows = hetrec ? read_rows(recsys / "hetrec-lastfm" / "user_artists.dat.gz", '\t')
                                 : read_rows(recsys / name / "train.csv.gz", ',');
  const std::vector<Row> test = hetrec ? std::vector<Row>() : read_rows(recsys / name / "test.csv.gz", ',');
  std::vector<std::int64_t> user_ids;
  std::vector<std::int64_t> item_ids;
  for (const std::vector<Row>* part : {&std::as_const(rows), &test}) {
    for (const Row& row : *part) {
      user_ids.push_back(row.user);
      item_ids.push_back(row.item);
    }
  }
  const auto users = number(user_ids);
  const auto items = number(item_ids);
  std::vector<math::Triplet> triplets;
  for (const Row& row : rows) triplets.push_back({users.at(row.user), items.at(row.item), row.weight});
  Split split;
  split.train.interactions =
      math::make_csr(static_cast<std::int32_t>(users.size()), static_cast<std::int32_t>(items.size()), triplets);
  if (hetrec) return hold_out(split.train, 0.2, seed);
  split.test.resize(users.size());
  for (const Row& row : test) split.test[static_cast<std::size_t>(users.at(row.user))].push_back(items.at(row.item));
  for (auto& list : split.test) std::sort(list.begin(), list.end());
  return split;
}

}  // namespace mla::bench
