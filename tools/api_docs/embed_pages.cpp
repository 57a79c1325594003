// Packs the files of the pages /docs and /redoc into a C++ source: embed_pages PAGES NODE_MODULES OUT.cpp. PAGES is
// web/api-docs; without NODE_MODULES both pages say how to get them. Runs when the program is built.
#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <xxhash.h>

#include "front/http/impl/gzip.h"

namespace {

enum class From : std::uint8_t { kPages, kNpm };

struct Source {
  const char* path;  // what it is asked for as
  const char* type;
  From from;
  const char* file;
};

constexpr const char* kHtml = "text/html; charset=utf-8";
constexpr const char* kScript = "text/javascript; charset=utf-8";
constexpr const char* kStyle = "text/css; charset=utf-8";
constexpr const char* kText = "text/plain; charset=utf-8";

// What a page names stands before the page.
constexpr Source kSources[] = {
    {"/docs/docs.css", kStyle, From::kPages, "docs.css"},
    {"/docs/docs.js", kScript, From::kPages, "docs.js"},
    {"/docs/favicon-32x32.png", "image/png", From::kNpm, "swagger-ui-dist/favicon-32x32.png"},
    {"/docs/swagger-ui.css", kStyle, From::kNpm, "swagger-ui-dist/swagger-ui.css"},
    {"/docs/swagger-ui-bundle.js", kScript, From::kNpm, "swagger-ui-dist/swagger-ui-bundle.js"},
    {"/docs/swagger-ui-bundle.js.LICENSE.txt", kText, From::kNpm, "swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt"},
    {"/docs/oauth2-redirect", kHtml, From::kNpm, "swagger-ui-dist/oauth2-redirect.html"},
    {"/docs/oauth2-redirect.js", kScript, From::kNpm, "swagger-ui-dist/oauth2-redirect.js"},
    {"/docs", kHtml, From::kPages, "docs.html"},
    {"/redoc/redoc.css", kStyle, From::kPages, "redoc.css"},
    {"/redoc/redoc.js", kScript, From::kPages, "redoc.js"},
    {"/redoc/redoc.standalone.js", kScript, From::kNpm, "redoc/bundles/redoc.standalone.js"},
    {"/redoc/redoc.standalone.js.LICENSE.txt", kText, From::kNpm, "redoc/bundles/redoc.standalone.js.LICENSE.txt"},
    {"/redoc", kHtml, From::kPages, "redoc.html"},
};

constexpr Source kInstead[] = {
    {"/docs", kHtml, From::kPages, "missing.html"},
    {"/redoc", kHtml, From::kPages, "missing.html"},
};

struct File {
  Source source;
  std::string version;
  std::string gzip;
  std::size_t size;
};

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || text.empty()) throw std::runtime_error("cannot read " + path.string());
  return text;
}

// A page names a file with `{path}` in the place of its version.
void fill_versions(std::string& text, const std::vector<File>& files) {
  for (const File& file : files) {
    const std::string mark = "{" + std::string(file.source.path) + "}";
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark))
      text.replace(at, mark.size(), file.version);
  }
  if (text.find("?v={") != std::string::npos) throw std::runtime_error("a page names a file that is not there");
}

template <std::size_t N>
std::vector<File> pack(const Source (&sources)[N], const std::filesystem::path& pages,
                       const std::filesystem::path& modules) {
  std::vector<File> files;
  for (const Source& source : sources) {
    std::string text = read((source.from == From::kNpm ? modules : pages) / source.file);
    if (source.from == From::kPages && source.type == kHtml) fill_versions(text, files);
    files.push_back(
        {source, fmt::format("{:016x}", XXH3_64bits(text.data(), text.size())), mla::http::gzip(text, 9), text.size()});
  }
  return files;
}

// A number a byte, as embed_openapi.
void write_source(const std::vector<File>& files, std::ostream& out) {
  out << "#include \"front/http/impl/handlers/pages.h\"\n\nnamespace mla::http {\nnamespace {\n\n";
  for (std::size_t i = 0; i < files.size(); ++i) {
    fmt::print(out, "constexpr unsigned char kFile{}[] = {{", i);
    for (std::size_t k = 0; k < files[i].gzip.size(); ++k) {
      out << (k % 32 == 0 ? "\n" : "") << int{static_cast<unsigned char>(files[i].gzip[k])} << ',';
    }
    out << "\n};\n";
  }
  fmt::print(out, "\nconstexpr PageFile kFiles[] = {{\n");
  for (std::size_t i = 0; i < files.size(); ++i) {
    fmt::print(out, "    {{\"{}\", \"{}\", \"{}\", kFile{}, {}}},\n", files[i].source.path, files[i].source.type,
               files[i].version, i, files[i].size);
  }
  out << "};\n\n}  // namespace\n\nstd::span<const PageFile> page_files() { return kFiles; }\n\n}  // namespace "
         "mla::http\n";
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::cerr << "usage: embed_pages PAGES NODE_MODULES OUT.cpp\n";
    return 2;
  }
  try {
    const std::filesystem::path pages(words[1]);
    const std::filesystem::path modules(words[2]);
    const bool all = std::filesystem::is_directory(modules);
    const std::vector<File> files = all ? pack(kSources, pages, modules) : pack(kInstead, pages, modules);
    std::ofstream out(words[3]);
    write_source(files, out);
    out.close();
    if (out.fail()) throw std::runtime_error(std::string("cannot write ") + words[3]);
  } catch (const std::exception& error) {
    std::cerr << "embed_pages: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
