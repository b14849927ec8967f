#include "services/evidence/core/stamped_bytes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "services/evidence/core/etag.h"
#include "services/evidence/core/stored.h"
#include "services/evidence/core/wire.h"

namespace assay::evidence {
namespace {

// Where a kind keeps what the store knows, by field number.
struct Layout {
  // In Record.
  int content = 0;
  int revision = 0;
  int recorded_time = 0;
  // 0: it has none.
  int counter = 0;
  // Of registry states; 0: answered where one record is, not here.
  int etag = 0;
  // What StripTexts clears, as far as it may stand in a payload.
  std::vector<int> texts;
};

template <typename Message>
Layout StateLayout(int content) {
  return {content, Message::kRevisionFieldNumber, Message::kRecordedTimeFieldNumber,
          0,       Message::kEtagFieldNumber,     {}};
}

template <typename Message>
Layout CountedLayout(int content, std::vector<int> texts) {
  texts.push_back(Message::kCorrectionReasonFieldNumber);
  return {content,
          Message::kRevisionFieldNumber,
          Message::kRecordedTimeFieldNumber,
          Message::kCounterFieldNumber,
          0,
          std::move(texts)};
}

Layout MakeLayout(v1::RecordKind kind) {
  using R = v1::Record;
  switch (kind) {
    case v1::RECORD_KIND_PROVIDER:
      return StateLayout<v1::Provider>(R::kProviderFieldNumber);
    case v1::RECORD_KIND_LOCATION:
      return StateLayout<v1::Location>(R::kLocationFieldNumber);
    case v1::RECORD_KIND_SERVICE:
      return StateLayout<v1::Service>(R::kServiceFieldNumber);
    case v1::RECORD_KIND_AREA:
      return StateLayout<v1::Area>(R::kAreaFieldNumber);
    case v1::RECORD_KIND_JUDGEMENT:
      return CountedLayout<v1::Judgement>(
          R::kJudgementFieldNumber,
          {v1::Judgement::kRationaleFieldNumber, v1::Judgement::kAssessorFieldNumber});
    case v1::RECORD_KIND_REGULATORY_ACTION:
      return CountedLayout<v1::RegulatoryAction>(R::kActionFieldNumber,
                                                 {v1::RegulatoryAction::kRationaleFieldNumber});
    case v1::RECORD_KIND_OVERRIDE:
      return CountedLayout<v1::Override>(
          R::kOverrideFieldNumber,
          {v1::Override::kRationaleFieldNumber, v1::Override::kDecidedByFieldNumber,
           v1::Override::kQualityControlReferenceFieldNumber});
    case v1::RECORD_KIND_PUBLICATION:
      return CountedLayout<v1::Publication>(R::kPublicationFieldNumber, {});
    default:
      return {};
  }
}

// None for kinds that want parsing.
const Layout* LayoutOf(v1::RecordKind kind) {
  static const auto* const layouts = [] {
    auto* all = new std::vector<Layout>;
    for (int number = 0; number <= v1::RecordKind_MAX; ++number) {
      all->push_back(MakeLayout(static_cast<v1::RecordKind>(number)));
    }
    return all;
  }();
  const auto at = static_cast<size_t>(kind);
  return at < layouts->size() && (*layouts)[at].content != 0 ? &(*layouts)[at] : nullptr;
}

void AddStamp(const StoredRecord& stored, uint64_t epoch, const Layout& layout, std::string& out) {
  // Reused: a record has some hundred bytes, of which each allocation would be felt.
  thread_local std::string token, inner;
  token.clear();
  inner.clear();
  AppendToken(epoch, stored.position, token);
  wire::AddBytes(type::v1::Revision::kTokenFieldNumber, token, inner);
  wire::AddMessage(layout.revision, inner, out);
  inner.clear();
  const int64_t micros = absl::ToUnixMicros(stored.recorded);
  wire::AddNumber(google::protobuf::Timestamp::kSecondsFieldNumber, micros / 1000000, inner);
  wire::AddNumber(google::protobuf::Timestamp::kNanosFieldNumber, micros % 1000000 * 1000, inner);
  wire::AddMessage(layout.recorded_time, inner, out);
  if (layout.counter != 0) wire::AddNumber(layout.counter, stored.position.counter, out);
  if (layout.etag != 0) wire::AddBytes(layout.etag, EtagOf(epoch, stored.position), out);
}

bool AddContent(absl::string_view content, const Layout& layout, bool without_texts,
                std::string& out) {
  if (!without_texts || layout.texts.empty()) {
    out.append(content.data(), content.size());
    return true;
  }
  wire::Field field;
  while (!content.empty()) {
    if (!wire::ReadField(content, &field)) return false;
    if (std::find(layout.texts.begin(), layout.texts.end(), field.number) == layout.texts.end()) {
      out.append(field.whole.data(), field.whole.size());
    }
  }
  return true;
}

}  // namespace

bool AppendStampedBytes(const StoredRecord& stored, uint64_t epoch, bool without_texts,
                        std::string& out) {
  const Layout* const layout = LayoutOf(stored.kind);
  if (layout == nullptr || !stored.texts.empty() || stored.erased.has_value()) return false;
  const size_t before = out.size();
  absl::string_view left = stored.payload;
  wire::Field field;
  thread_local std::string content;
  bool found = false;
  bool good = true;
  while (good && !left.empty()) {
    good = wire::ReadField(left, &field);
    if (good && field.number == layout->content) {
      content.clear();
      good = !found && AddContent(field.content, *layout, without_texts, content);
      AddStamp(stored, epoch, *layout, content);
      wire::AddMessage(layout->content, content, out);
      found = true;
    } else if (good) {
      out.append(field.whole.data(), field.whole.size());
    }
  }
  // Whatever it is, parsing says what is wrong with it.
  if (!good || !found) out.resize(before);
  return good && found;
}

}  // namespace assay::evidence
