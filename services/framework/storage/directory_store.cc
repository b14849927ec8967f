#include "services/framework/storage/directory_store.h"

#include <utility>

#include "services/common/catalogue/catalogue_directory.h"

namespace assay::framework {

StoredVersions DirectoryStore::ReadAll() const {
  catalogue::CatalogueFiles files = catalogue::ReadCatalogueDirectory(directory_);
  return StoredVersions{std::move(files.sources), std::move(files.problems)};
}

}  // namespace assay::framework
