#pragma once

// Random histories against a small model, on any engine: an engine's test instantiates
// RandomHistory with a way to make its harness, and lists random_history.cc among its sources.

#include "gtest/gtest.h"

#include "tests/evidence/storage/record_store_contract.h"

namespace assay::evidence {

class RandomHistory : public testing::TestWithParam<Engine> {};

}  // namespace assay::evidence
