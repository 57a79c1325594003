// Writes a YAML document as JSON into a C++ source: embed_openapi IN.yaml OUT.cpp. Runs when the program is built.
#include <charconv>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

#include <boost/json.hpp>
#include <yaml-cpp/yaml.h>

namespace {

namespace json = boost::json;

// YAML 1.2's core schema; what is quoted is text.
json::value scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return json::value(text);
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  if (text == "true") return true;
  if (text == "false") return false;
  const char* const end = text.data() + text.size();
  std::int64_t integer = 0;
  if (const auto read = std::from_chars(text.data(), end, integer); read.ec == std::errc() && read.ptr == end)
    return integer;
  double number = 0;
  if (const auto read = std::from_chars(text.data(), end, number); read.ec == std::errc() && read.ptr == end)
    return number;
  return json::value(text);
}

json::value to_json(const YAML::Node& node) {
  if (node.IsSequence()) {
    json::array list;
    for (const YAML::Node& one : node) list.push_back(to_json(one));
    return list;
  }
  if (!node.IsMap()) return node.IsScalar() ? scalar(node) : json::value(nullptr);
  json::object object;
  for (const auto& member : node) {
    if (!object.emplace(member.first.Scalar(), to_json(member.second)).second)
      throw std::runtime_error("'" + member.first.Scalar() + "' comes twice in one object");
  }
  return object;
}

// A number a byte: a string literal of this size is beyond what the standard asks compilers to take.
void write_source(const std::string& text, std::ostream& out) {
  out << "#include \"front/http/impl/openapi.h\"\n\nnamespace mla::http {\n\nnamespace {\n"
      << "constexpr char kOpenApi[] = {";
  for (std::size_t i = 0; i < text.size(); ++i) out << (i % 32 == 0 ? "\n" : "") << int{text[i]} << ',';
  out << "\n};\n}  // namespace\n\nstd::string_view openapi_json() { return {kOpenApi, sizeof kOpenApi}; }\n\n"
      << "}  // namespace mla::http\n";
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "usage: embed_openapi IN.yaml OUT.cpp\n";
    return 2;
  }
  try {
    std::ofstream out(words[2]);
    write_source(json::serialize(to_json(YAML::LoadFile(words[1]))), out);
    out.close();
    if (out.fail()) throw std::runtime_error(std::string("cannot write ") + words[2]);
  } catch (const std::exception& error) {
    std::cerr << "embed_openapi: " << words[1] << ": " << error.what() << '\n';
    return 1;
  }
  return 0;
}
