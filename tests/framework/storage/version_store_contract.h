#pragma once

// The suite that every engine passes. An engine's test instantiates VersionStoreContract with a way
// to make its harness, and lists version_store_contract.cc among its sources.

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"

#include "services/framework/storage/version_store.h"

namespace assay::framework {

// One store that can be opened again after it was closed.
class VersionEngineHarness {
 public:
  virtual ~VersionEngineHarness() = default;
  virtual absl::StatusOr<std::unique_ptr<VersionStore>> Open() = 0;
};

struct VersionEngine {
  std::string name;
  // Null, and the tests are skipped, where the engine's server is not there.
  std::function<std::unique_ptr<VersionEngineHarness>()> make;

  friend void PrintTo(const VersionEngine& engine, std::ostream* out) { *out << engine.name; }
};

class VersionStoreContract : public ::testing::TestWithParam<VersionEngine> {
 protected:
  void SetUp() override;
  // Closes the store and opens it again.
  void Reopen();
  // Writes, and must succeed.
  HeldVersion Put(const HeldVersion& next, const Request& request = {});

  std::unique_ptr<VersionEngineHarness> harness_;
  std::unique_ptr<VersionStore> store_;
};

}  // namespace assay::framework
