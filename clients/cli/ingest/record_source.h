// Where records come from that are to be written: a generator, files, documents of a regulator.
//
// Thread safety: none; pulled by one thread. Ownership: the puller owns the source.
#pragma once

#include <vector>

#include "absl/status/statusor.h"

#include "assay/evidence/v1/record_service.pb.h"

namespace assay::ingest {

class RecordSource {
 public:
  virtual ~RecordSource() = default;

  // Appends the next records to `writes`, some thousands at most, each with a request id that is
  // the same on every run. False: there are no more, and none were appended. An error ends the
  // source.
  virtual absl::StatusOr<bool> Next(std::vector<evidence::v1::RecordWrite>* writes) = 0;

  // How much of the whole is behind us, 0 to 1; of what was pulled last, about.
  virtual double Share() const = 0;
};

}  // namespace assay::ingest
