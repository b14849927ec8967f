#include "services/scoring/api/serving.h"

#include <algorithm>
#include <utility>

namespace assay::scoring {

void Serving::Await(const std::optional<revision::RevisionVector>& at_least, int partition,
                    absl::Time deadline, std::function<void(absl::Status)> done) const {
  if (!at_least) return done(absl::OkStatus());
  // Until the book has come that far the record itself answers (ReadQuery::at_least), and it is
  // never behind its own tokens.
  if (partition >= 0 && !book->ready()) {
    const std::optional<absl::Status> checked = gate->Check(*at_least, partition);
    return done(checked ? *checked : absl::OkStatus());
  }
  gate->Wait(*at_least, partition, std::min(deadline, today->clock().Now() + kLongestWait),
             std::move(done));
}

std::string Serving::RevisionNow(names::Partition partition) const {
  const std::uint64_t epoch = book->epoch();
  if (epoch == 0) return "";
  revision::RevisionVector reached(epoch);
  const auto counter = static_cast<std::uint64_t>(book->ReachedIn(partition));
  // A counter of a book that was renewed meanwhile would be told under the old epoch.
  if (!reached.Set(partition, counter).ok() || book->epoch() != epoch) return "";
  return reached.Encode();
}

}  // namespace assay::scoring
