#include "foundation/config/impl/document.h"

#include <algorithm>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "foundation/base/parse.h"

namespace mla::config {
namespace {

constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxValues = 10'000;

// Turns parser events into entries and refuses what a settings file does not need. Aliases are never followed, so that
// a small file cannot unfold into a large one.
class Flattener final : public YAML::EventHandler {
 public:
  explicit Flattener(std::string_view name) : name_(name) {}

  std::vector<Entry> take() { return std::move(entries_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(mark, "aliases (*name) are not supported; write the value out");
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (in_list_) fail(mark, fmt::format("an element of '{}' has no value", path()));
    if (expects_key()) fail(mark, "a key is missing before ':'");
    if (maps_.empty()) return;  // an empty file
    entries_.push_back({.key = path(), .line = line(), .list = false, .null = true, .values = {}});
    leave_value();
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    if (maps_.empty()) fail(mark, "the file must be 'key: value' lines");
    if (!tag.empty() && tag != "?" && tag != "!") {
      fail(mark, "tags (!name) are not supported; write the plain value");
    }
    if (in_list_) {
      entries_.back().values.push_back({value, tag == "!"});
    } else if (expects_key()) {
      enter_key(mark, value);
      return;
    } else {
      entries_.push_back({path(), line(), false, false, {{value, tag == "!"}}});
      leave_value();
    }
    if (++values_ > kMaxValues) fail(mark, fmt::format("more than {} values", kMaxValues));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    if (maps_.empty()) fail(mark, "the file must be 'key: value' lines, not a list");
    if (in_list_ || expects_key()) fail(mark, "a list inside a list or as a key is not supported");
    entries_.push_back({path(), line(), true, false, {}});
    in_list_ = true;
  }

  void OnSequenceEnd() override {
    in_list_ = false;
    leave_value();
  }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    if (in_list_ || expects_key()) fail(mark, "a mapping inside a list or as a key is not supported");
    if (maps_.size() >= kMaxDepth) fail(mark, fmt::format("more than {} levels", kMaxDepth));
    maps_.emplace_back();
  }

  void OnMapEnd() override {
    const Map map = std::move(maps_.back());
    maps_.pop_back();
    if (maps_.empty()) return;
    // "section: {}" is kept like "section:", so that a misspelt one is seen.
    if (map.seen.empty()) {
      entries_.push_back({.key = path(), .line = line(), .list = false, .null = true, .values = {}});
    }
    leave_value();
  }

 private:
  struct Map {
    std::string key;  // empty: the next scalar is a key
    std::set<std::string> seen;
    int line = 0;  // of the key
  };

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& what) const {
    throw base::Failure({base::ErrorCode::kInvalidArgument, fmt::format("{}:{}: {}", name_, mark.line + 1, what)});
  }

  bool expects_key() const { return !maps_.empty() && maps_.back().key.empty(); }

  void enter_key(const YAML::Mark& mark, const std::string& key) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (key.empty() || key.size() > 200 || !base::is_utf8(key) || std::ranges::any_of(key, is_control)) {
      fail(mark, "a key must be 1 to 200 bytes of UTF-8 in one line");
    }
    maps_.back().key = key;
    maps_.back().line = mark.line + 1;
    if (!maps_.back().seen.insert(key).second) fail(mark, fmt::format("key '{}' is given twice", path()));
  }

  void leave_value() {
    if (!maps_.empty()) maps_.back().key.clear();
  }

  int line() const { return maps_.back().line; }

  std::string path() const {
    std::string joined;
    for (const Map& map : maps_) {
      if (!joined.empty()) joined += '.';
      joined += map.key;
    }
    return joined;
  }

  std::string name_;
  std::vector<Map> maps_;
  bool in_list_ = false;
  std::size_t values_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace

base::Result<std::vector<Entry>> parse_document(std::string_view yaml, std::string_view name) {
  const auto invalid = [&](std::string_view what) {
    return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("{}: {}", name, what)};
  };
  if (yaml.find('\0') != std::string_view::npos) return invalid("this is a binary file, not YAML");
  if (!base::is_utf8(yaml)) return invalid("this is not UTF-8 text; save the file as UTF-8");
  try {
    std::istringstream input{std::string(yaml)};
    YAML::Parser parser(input);
    Flattener flattener(name);
    if (parser.HandleNextDocument(flattener)) {
      Flattener rest(name);
      if (parser.HandleNextDocument(rest)) return invalid("more than one YAML document; keep the first and drop '---'");
    }
    return flattener.take();
  } catch (const base::Failure& failure) {
    return failure.error();
  } catch (const YAML::Exception& e) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("{}:{}: not valid YAML: {}", name, e.mark.line + 1, e.msg)};
  }
}

}  // namespace mla::config
