#pragma once

// The four services of the record, together.
//
// Thread safety: as gRPC callback services. Ownership: borrows environment and backend; outlives
// the runner's serving.

#include "services/common/server/server_runner.h"
#include "services/evidence/api/change_api.h"
#include "services/evidence/api/ledger_api.h"
#include "services/evidence/api/record_api.h"
#include "services/evidence/api/registry_api.h"

namespace assay::evidence {

class Services {
 public:
  // Both outlive it.
  Services(const server::CallEnvironment* calls, const Backend* backend)
      : registry_(calls, backend),
        records_(calls, backend),
        changes_(calls, backend),
        ledger_(calls, backend) {}

  void AddTo(server::ServerRunner& runner) {
    runner.AddService(&registry_, v1::RegistryService::service_full_name());
    runner.AddService(&records_, v1::RecordService::service_full_name());
    runner.AddService(&changes_, v1::ChangeService::service_full_name(), ChangeApi::RawMethods());
    runner.AddService(&ledger_, v1::LedgerService::service_full_name());
  }

 private:
  RegistryApi registry_;
  RecordApi records_;
  ChangeApi changes_;
  LedgerApi ledger_;
};

}  // namespace assay::evidence
