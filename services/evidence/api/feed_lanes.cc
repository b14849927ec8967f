#include "services/evidence/api/feed_lanes.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "services/evidence/core/limits.h"

namespace assay::evidence {
namespace {

// A lane with so many messages that wait for the reader reads no further.
constexpr size_t kReadyEach = 2;
// Messages that one step of a lane makes at the most, where the reader has far to go.
constexpr size_t kAtOnce = 4;
// A reader who lacks fewer records than this is near the end: two full messages.
constexpr int64_t kFar = 2 * static_cast<int64_t>(kMaxFeedChanges);

}  // namespace

// Shared with the tasks, which may outlive the reader.
class FeedLanes::State : public std::enable_shared_from_this<State> {
 public:
  State(std::vector<FeedLane> lanes, ReadAhead ahead) : ahead_(std::move(ahead)) {
    for (FeedLane& lane : lanes) slots_.emplace_back(std::move(lane));
  }

  absl::Status Next(const std::vector<int64_t>& newest, FeedPiece& piece) {
    std::unique_lock<std::mutex> lock(mutex_);
    newest_ = newest;
    for (Slot& slot : slots_) {
      if (slot.doing != Doing::kReading) slot.left = slot.lane.Left(newest_);
    }
    while (true) {
      if (Slot* const slot = TakeTurn([](const Slot& one) { return !one.ready.empty(); })) {
        Ready first = std::move(slot->ready.front());
        slot->ready.pop_front();
        Spawn();
        piece = std::move(first.piece);
        return first.status;
      }
      // A task that was spawned and has not begun loses its lane to the reader, so that no thread
      // waits for a task that waits for a thread.
      absl::Status read = ReadHere(lock, piece);
      if (!read.ok() || !piece.reached.empty() || !SomebodyReads()) return read;
      changed_.wait(lock);
    }
  }

  void Stop() {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
  }

 private:
  enum class Doing { kNothing, kSpawned, kReading };

  struct Ready {
    FeedPiece piece;
    absl::Status status;
  };

  struct Slot {
    explicit Slot(FeedLane given) : lane(std::move(given)) {}
    FeedLane lane;
    Doing doing = Doing::kNothing;
    std::deque<Ready> ready;
    // Records that it has not looked at; while it is read, as it was before.
    int64_t left = 0;
  };

  // The next lane in turn that fits; null where none does.
  template <typename Fits>
  Slot* TakeTurn(const Fits& fits) {
    for (size_t turn = 0; turn < slots_.size(); ++turn) {
      const size_t index = (next_ + turn) % slots_.size();
      if (!fits(slots_[index])) continue;
      next_ = (index + 1) % slots_.size();
      return &slots_[index];
    }
    return nullptr;
  }

  bool SomebodyReads() const {
    return std::any_of(slots_.begin(), slots_.end(),
                       [](const Slot& one) { return one.doing == Doing::kReading; });
  }

  // Reads on the reader's own thread from lanes that nobody reads and that have nothing ready,
  // until the piece is full. What was read beyond it waits with its lane.
  absl::Status ReadHere(std::unique_lock<std::mutex>& lock, FeedPiece& piece) {
    Spawn();
    for (size_t turn = 0; turn < slots_.size() && !piece.full(); ++turn) {
      Slot* const slot = TakeTurn([](const Slot& one) {
        return one.doing != Doing::kReading && one.ready.empty() && one.left > 0;
      });
      if (slot == nullptr) break;
      std::vector<FeedPiece> pieces;
      pieces.push_back(std::move(piece));
      const absl::Status read = Fill(*slot, lock, pieces);
      if (!read.ok()) return read;
      piece = std::move(pieces.front());
      Keep(*slot, pieces, 1);
    }
    return absl::OkStatus();
  }

  // Has the pieces from `first` on wait for the reader.
  static void Keep(Slot& slot, std::vector<FeedPiece>& pieces, size_t first) {
    for (size_t at = first; at < pieces.size(); ++at) {
      slot.ready.push_back({std::move(pieces[at]), absl::OkStatus()});
    }
  }

  // Gives up the lock while it reads.
  absl::Status Fill(Slot& slot, std::unique_lock<std::mutex>& lock,
                    std::vector<FeedPiece>& pieces) {
    slot.doing = Doing::kReading;
    const size_t most = Far() ? kAtOnce : 1;
    const std::vector<int64_t> newest = newest_;
    lock.unlock();
    absl::Status filled = slot.lane.Fill(newest, most, pieces);
    lock.lock();
    slot.doing = Doing::kNothing;
    slot.left = slot.lane.Left(newest_);
    if (!filled.ok()) stopped_ = true;
    return filled;
  }

  bool Far() const {
    int64_t left = 0;
    for (const Slot& slot : slots_) left += slot.left;
    return ahead_.spawn && left >= kFar;
  }

  // Has lanes read ahead that may, where the reader has far to go.
  void Spawn() {
    if (stopped_ || !Far()) return;
    for (Slot& slot : slots_) {
      const bool may = slot.doing == Doing::kNothing && slot.ready.size() < kReadyEach;
      if (!may || slot.left == 0) continue;
      slot.doing = Doing::kSpawned;
      const bool spawned =
          ahead_.spawn([self = shared_from_this(), &slot] { self->ReadAheadIn(slot); });
      if (!spawned) slot.doing = Doing::kNothing;
    }
  }

  // One step, so that the thread's other work has its turn.
  void ReadAheadIn(Slot& slot) {
    std::unique_lock<std::mutex> lock(mutex_);
    if (stopped_ || slot.doing != Doing::kSpawned) return;
    std::vector<FeedPiece> pieces;
    const absl::Status read = Fill(slot, lock, pieces);
    if (read.ok()) {
      Keep(slot, pieces, 0);
    } else {
      slot.ready.push_back({{}, read});
    }
    changed_.notify_all();
    Spawn();
  }

  const ReadAhead ahead_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // All that follows under the lock, but for a lane that is being read.
  std::vector<Slot> slots_;
  std::vector<int64_t> newest_;
  size_t next_ = 0;
  // The reader is gone, or a read failed.
  bool stopped_ = false;
};

FeedLanes::FeedLanes(std::vector<FeedLane> lanes, ReadAhead ahead)
    : state_(std::make_shared<State>(std::move(lanes), std::move(ahead))) {}

FeedLanes::~FeedLanes() { state_->Stop(); }

absl::Status FeedLanes::Next(const std::vector<int64_t>& newest, FeedPiece& piece) {
  return state_->Next(newest, piece);
}

}  // namespace assay::evidence
