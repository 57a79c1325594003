#include "operations/pipelines/library/tag_writer.h"

#include <exception>

#include <fileref.h>
#include <fmt/format.h>
#include <id3v2header.h>
#include <id3v2tag.h>
#include <mpegfile.h>
#include <textidentificationframe.h>
#include <tpropertymap.h>

#include "operations/pipelines/library/audio_payload.h"
#include "operations/pipelines/library/impl/bounded_stream.h"
#include "operations/pipelines/library/impl/file_copy.h"

namespace mla::pipelines {
namespace {

namespace fs = std::filesystem;

base::Error unknown_format(const fs::path& path) {
  return {base::ErrorCode::kInvalidArgument, fmt::format("'{}': tags of this format cannot be written", path.string())};
}

TagFields fields_of(const TagLib::PropertyMap& properties, const std::vector<std::string>& names) {
  TagFields fields;
  for (const std::string& name : names) {
    std::vector<std::string>& values = fields[name];
    const auto found = properties.find(name);
    if (found == properties.end()) continue;
    for (const TagLib::String& value : found->second) values.push_back(value.to8Bit(true));
  }
  return fields;
}

// ID3v2.3 has no frame for a mood; TagLib would leave it out. Other programs keep it as a frame of the user's.
void keep_mood(TagLib::ID3v2::Tag& tag) {
  const TagLib::ID3v2::FrameList moods = tag.frameList("TMOO");
  if (moods.isEmpty()) return;
  const TagLib::StringList values = dynamic_cast<TagLib::ID3v2::TextIdentificationFrame&>(*moods.front()).fieldList();
  tag.removeFrames("TMOO");
  auto* frame = TagLib::ID3v2::UserTextIdentificationFrame::find(&tag, "MOOD");
  if (frame == nullptr) {
    frame = new TagLib::ID3v2::UserTextIdentificationFrame(TagLib::String::UTF16);  // the tag owns it
    frame->setDescription("MOOD");
    tag.addFrame(frame);
  }
  frame->setText(values);
}

// False if TagLib could not write. Leaves the version of ID3v2 as it is: old players read 2.3 alone.
bool save(TagLib::File& file) {
  auto* mpeg = dynamic_cast<TagLib::MPEG::File*>(&file);
  if (mpeg == nullptr) return file.save();
  TagLib::ID3v2::Tag* tag = mpeg->ID3v2Tag();
  const bool old = tag != nullptr && tag->header()->tagSize() > 0 && tag->header()->majorVersion() == 3;
  if (old) keep_mood(*tag);
  return mpeg->save(TagLib::MPEG::File::AllTags, TagLib::File::StripNone, old ? TagLib::ID3v2::v3 : TagLib::ID3v2::v4,
                    TagLib::File::DoNotDuplicate);
}

base::Status change(const fs::path& path, const fs::path& original, const TagFields& fields) {
  try {
    TagLib::FileRef file(path.c_str(), false);
    if (file.isNull() || !file.file()->isValid() || file.file()->readOnly()) return unknown_format(original);
    TagLib::PropertyMap properties = file.file()->properties();
    for (const auto& [name, values] : fields) {
      TagLib::StringList list;
      for (const std::string& value : values) list.append(TagLib::String(value, TagLib::String::UTF8));
      if (list.isEmpty()) {
        properties.erase(name);
      } else {
        properties.replace(name, list);
      }
    }
    const TagLib::PropertyMap refused = file.file()->setProperties(properties);
    for (const auto& [name, values] : fields) {
      if (!values.empty() && refused.contains(name)) return unknown_format(original);
    }
    if (!save(*file.file())) {
      return base::Error{base::ErrorCode::kIo,
                         fmt::format("tags of '{}' cannot be written; it is as it was", original.string())};
    }
    return {};
  } catch (const std::exception& error) {
    return base::Error{base::ErrorCode::kCorrupt,
                       fmt::format("tags of '{}' cannot be written: {}", original.string(), error.what())};
  }
}

std::vector<std::string> names_of(const TagFields& fields) {
  std::vector<std::string> names;
  for (const auto& [name, values] : fields) names.push_back(name);
  return names;
}

}  // namespace

base::Result<TagFields> read_fields(const fs::path& path, const std::vector<std::string>& names) {
  MLA_ASSIGN(BoundedStream stream, BoundedStream::open(path));
  try {
    const TagLib::FileRef file(&stream, false);
    if (file.isNull() || !file.file()->isValid()) return unknown_format(path);
    return fields_of(file.file()->properties(), names);
  } catch (const std::exception& error) {
    return base::Error{base::ErrorCode::kCorrupt,
                       fmt::format("tags of '{}' cannot be read: {}", path.string(), error.what())};
  }
}

base::Status write_fields(const fs::path& path, const TagFields& fields, bool keep_time) {
  MLA_ASSIGN(const std::string sound, payload_digest(path));
  MLA_ASSIGN(FileCopy copy, FileCopy::make(path));
  MLA_CHECK(change(copy.path(), path, fields));
  MLA_ASSIGN(const std::string sound_now, payload_digest(copy.path()));
  MLA_ASSIGN(const TagFields fields_now, read_fields(copy.path(), names_of(fields)));
  if (fields_now != fields || sound_now != sound) {
    return base::Error{base::ErrorCode::kCorrupt,
                       fmt::format("'{}' would not hold what was to be written; it is as it was", path.string())};
  }
  return copy.replace_original(keep_time);
}

}  // namespace mla::pipelines
