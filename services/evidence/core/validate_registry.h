#pragma once

// What providers, locations and areas must be like. Each function notes all that is wrong, with
// paths below `prefix` ("location", "writes[3].location.location").
//
// Thread safety: pure. Cost: one pass over the message.

#include <string>

#include "assay/evidence/v1/registry.pb.h"
#include "services/common/errors/violations.h"

namespace assay::evidence {

void ValidateProvider(const v1::Provider& provider, const std::string& prefix,
                      errors::Violations& bad);
void ValidateLocation(const v1::Location& location, const std::string& prefix,
                      errors::Violations& bad);
void ValidateService(const v1::Service& service, const std::string& prefix,
                     errors::Violations& bad);
void ValidateArea(const v1::Area& area, const std::string& prefix, errors::Violations& bad);

}  // namespace assay::evidence
