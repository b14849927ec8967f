#include "services/scoring/api/serving.h"

#include <algorithm>
#include <utility>

namespace assay::scoring {

void Serving::Await(const std::optional<revision::RevisionVector>& at_least, int partition,
                    absl::Time deadline, std::function<void(absl::Status)> done) const {
  if (!at_least) return done(absl::OkStatus());
  // Until the book answers, the record itself does, and it is never behind its own tokens.
  if (partition >= 0 && !book->ready()) {
    const std::optional<absl::Status> checked = gate->Check(*at_least, partition);
    return done(checked ? *checked : absl::OkStatus());
  }
  gate->Wait(*at_least, partition, std::min(deadline, today->clock().Now() + kLongestWait),
             std::move(done));
}

void Serving::TellRevision(server::CallContext& call, names::Partition partition) const {
  revision::RevisionVector reached(book->epoch());
  const auto counter = static_cast<std::uint64_t>(book->ReachedIn(partition));
  if (reached.Set(partition, counter).ok()) call.AddInitialMetadata(kRevisionKey, reached.Encode());
}

}  // namespace assay::scoring
