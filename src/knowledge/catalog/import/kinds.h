#pragma once

#include "knowledge/catalog/import/importer.h"

// The importers of this build; importer.cpp lists them.
namespace mla::catalog {

const Importer& events_csv();
const Importer& catalogue_csv();
const Importer& lastfm_hetrec();
const Importer& spotify_history();
const Importer& listenbrainz();
const Importer& lastfm_csv();
const Importer& apple_takeout();
const Importer& google_takeout();
const Importer& demo();

}  // namespace mla::catalog
