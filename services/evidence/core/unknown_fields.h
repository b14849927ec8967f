#pragma once

// Takes out of a message what its type does not know.
//
// Thread safety: pure; what is known of a type is kept from its first message on, behind a lock.
// Cost: a look at each message that it holds, a tenth of what DiscardUnknownFields takes, which
// lists every field that is set.

#include "google/protobuf/message.h"

namespace assay::evidence {

// As message.DiscardUnknownFields(), quickly where there are none.
void DropUnknownFields(google::protobuf::Message& message);

}  // namespace assay::evidence
