#pragma once

// Which server holds which key. The one place that knows how Redis is deployed: a single server
// here; Sentinel is a directory of one node whose endpoint follows the master, Cluster one of
// several nodes that sends a key to the owner of its hash slot (the partition is the key's hash
// tag).

#include <utility>

#include "absl/strings/string_view.h"

#include "services/scoring/cache/redis/endpoint.h"

namespace assay::scoring::redis {

// Thread safety: every method, from any thread; none blocks.
class NodeDirectory {
 public:
  virtual ~NodeDirectory() = default;

  // How many nodes there are, 1 or more; never changes.
  virtual int size() const = 0;

  // The node that holds a key (as CacheKey::ToString() writes it), 0 to size() - 1.
  virtual int NodeOf(absl::string_view key) const = 0;

  // Where a node listens now. Asked before each try to connect.
  virtual Endpoint EndpointOf(int node) const = 0;
};

// One server that never moves.
class SingleNode final : public NodeDirectory {
 public:
  explicit SingleNode(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}

  int size() const override { return 1; }
  int NodeOf(absl::string_view /*key*/) const override { return 0; }
  Endpoint EndpointOf(int /*node*/) const override { return endpoint_; }

 private:
  const Endpoint endpoint_;
};

}  // namespace assay::scoring::redis
