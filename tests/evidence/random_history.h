#pragma once

// Random histories against a small model, on any engine: an engine's test instantiates
// RandomHistory with a way to make its harness, and lists random_history.cc among its sources.

#include <ostream>

#include "gtest/gtest.h"

#include "tests/evidence/storage/record_store_contract.h"

namespace assay::evidence {

// An engine, and how many histories it goes through: usually, and in the nightly set. ASSAY_SEEDS
// sets another number.
struct HistoryEngine {
  Engine engine;
  int usual = 0;
  int nightly = 0;

  friend void PrintTo(const HistoryEngine& one, std::ostream* out) { *out << one.engine.name; }
};

class RandomHistory : public testing::TestWithParam<HistoryEngine> {};

}  // namespace assay::evidence
