#pragma once

// Empties the log of writes (PATH-wal) after an erasure: what was destroyed is gone from the file's
// pages with the commit, and from the disk once the log has been moved into the file and cut. A
// reader at an older moment, of any process, holds that up; then it is tried again, and nobody
// waits for it.
//
// What is wanted needs no note in the store: the log is emptied each time that a store is opened,
// before it serves, so that it is done whatever ended the process before.
//
// Thread safety: none; it belongs to the writer thread, and the listener is called there.
// Ownership: the database outlives it. Cost: that of moving the log, up to 32 MiB; where a reader
// is in the way, up to kBusy each kRetry.

#include <chrono>
#include <functional>
#include <utility>

#include "absl/time/time.h"

#include "services/evidence/storage/sqlite/database.h"

namespace assay::evidence::sqlite {

class WalWiper {
 public:
  // Told true where a reader holds the wipe up, false once it is done. Must not block.
  using Listener = std::function<void(bool pending)>;
  using Clock = std::chrono::steady_clock;

  // How long one try waits for readers, and how long after one that failed the next comes.
  static constexpr absl::Duration kBusy = absl::Milliseconds(25);
  static constexpr absl::Duration kRetry = absl::Milliseconds(200);

  WalWiper(Database& database, Listener listener)
      : database_(database), listener_(std::move(listener)) {}

  // The log may hold what was destroyed.
  void Want() { wanted_ = true; }
  // Empties the log where that is wanted and the next try is due. Outside of transactions.
  void Try();

  bool wanted() const { return wanted_; }
  // When the next try is due.
  Clock::time_point due() const { return due_; }

 private:
  bool Empty();

  Database& database_;
  const Listener listener_;
  bool wanted_ = false;
  // What the listener was told.
  bool told_ = false;
  Clock::time_point due_;
};

}  // namespace assay::evidence::sqlite
