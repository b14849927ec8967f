// The lists of RecordService.
#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/evidence/api/listing.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/record_kinds.h"
#include "services/evidence/core/resource.h"

namespace assay::evidence {
namespace {

using errors::Violations;

// Evidence read at once: each may hold a mebibyte.
constexpr size_t kEvidenceAtOnce = 16;

// What a list keeps, checked already.
template <typename Message>
struct ListQuery {
  names::Subject subject;
  Page page;
  std::function<bool(const Message&)> fits;
  // Leave out what is superseded or retracted.
  bool standing = false;
};

// Collects one page, and where the next begins: the counter of the last record looked at.
template <typename Message>
class PageBuilder {
 public:
  PageBuilder(const Backend& backend, const ListQuery<Message>& query)
      : backend_(backend), query_(query) {}

  absl::StatusOr<std::vector<Message>> Build(std::string* next) {
    const v1::RecordKind kind = InfoOf(Message()).kind;
    SubjectQuery ask;
    ask.kinds = {kind};
    ask.limit = query_.page.size + 1;
    if (kind == v1::RECORD_KIND_EVIDENCE_ITEM) ask.limit = std::min(ask.limit, kEvidenceAtOnce);
    if (!query_.page.cursor.empty() && !absl::SimpleAtoi(query_.page.cursor, &ask.after)) {
      return errors::MalformedToken("page_token");
    }
    while (true) {
      const absl::StatusOr<SubjectRecords> read = backend_.store().ReadSubject(query_.subject, ask);
      if (!read.ok()) return read.status();
      if (read->subject_counter == 0) {
        return errors::NotFound(TypeOfSubject(query_.subject.kind()), query_.subject.name());
      }
      for (const StoredRecord& stored : read->records) {
        const absl::StatusOr<bool> taken = Take(stored);
        if (!taken.ok()) return taken.status();
        if (!*taken) return Finish(ask.after, next);
        ask.after = stored.position.counter;
      }
      if (read->records.size() < ask.limit) return std::move(entries_);
    }
  }

 private:
  // False where the record belongs on the next page.
  absl::StatusOr<bool> Take(const StoredRecord& stored) {
    if (query_.standing && stored.superseded_by > 0) return true;
    absl::StatusOr<v1::Record> record = backend_.Answer(stored);
    if (!record.ok()) return record.status();
    Message& message = MutableIn<Message>(*record);
    if (!query_.fits(message)) return true;
    const size_t bytes = message.ByteSizeLong();
    const bool full = entries_.size() == query_.page.size ||
                      (!entries_.empty() && bytes_ + bytes > kMaxPageBytes);
    if (full) return false;
    bytes_ += bytes;
    entries_.push_back(std::move(message));
    return true;
  }

  absl::StatusOr<std::vector<Message>> Finish(int64_t after, std::string* next) {
    absl::StatusOr<std::string> token =
        paging::EncodePageToken(query_.page.query, absl::StrCat(after));
    if (!token.ok()) return errors::Internal("page token", token.status().message());
    *next = *std::move(token);
    return std::move(entries_);
  }

  const Backend& backend_;
  const ListQuery<Message>& query_;
  std::vector<Message> entries_;
  size_t bytes_ = 0;
};

// The whole of a list method, once its filter was checked into `bad`.
template <typename Message, typename Request, typename Response, typename Add>
absl::StatusOr<Response> ListPage(const Backend& backend, absl::string_view method,
                                  const Request& request, Violations& bad,
                                  std::function<bool(const Message&)> fits, const Add& add) {
  const absl::optional<names::Subject> subject = CheckSubject("parent", request.parent(), bad);
  absl::StatusOr<Page> page = PageOf(absl::StrCat("RecordService.", method), request, bad);
  if (!page.ok()) return page.status();
  if (!bad.empty()) return bad.ToStatus();
  const ListQuery<Message> query = {*subject, *std::move(page), std::move(fits),
                                    request.filter().standing()};
  Response response;
  absl::StatusOr<std::vector<Message>> entries =
      PageBuilder<Message>(backend, query).Build(response.mutable_next_page_token());
  if (!entries.ok()) return entries.status();
  for (Message& entry : *entries) *add(response) = std::move(entry);
  return response;
}

bool TextFits(const std::string& wanted, const std::string& has) {
  return wanted.empty() || wanted == has;
}

// Whether a stored node fits a filter: a part that is empty fits all.
bool NodeFits(const type::v1::Node& filter, const type::v1::Node& node) {
  return TextFits(filter.stage(), node.stage()) && TextFits(filter.service(), node.service()) &&
         TextFits(filter.group(), node.group()) && TextFits(filter.item(), node.item()) &&
         TextFits(filter.category(), node.category()) &&
         TextFits(filter.location(), node.location());
}

int32_t OrderOf(const type::v1::Date& date) {
  return (date.year() * 12 + date.month()) * 31 + date.day();
}

// Days from <= day < before; unset bounds are open.
struct DayRange {
  absl::optional<clock::Day> from;
  absl::optional<clock::Day> before;
  int32_t from_order = 0;
  int32_t before_order = 0;

  bool Fits(const type::v1::Date& date) const {
    const int32_t order = OrderOf(date);
    return (!from.has_value() || from_order <= order) &&
           (!before.has_value() || order < before_order);
  }
};

DayRange CheckRange(absl::string_view from_field, const type::v1::Date& from,
                    absl::string_view before_field, const type::v1::Date& before, Violations& bad) {
  DayRange range;
  range.from = CheckDay(absl::StrCat("filter.", from_field), from, bad);
  range.before = CheckDay(absl::StrCat("filter.", before_field), before, bad);
  range.from_order = OrderOf(from);
  range.before_order = OrderOf(before);
  return range;
}

void CheckKind(const std::string& field, int kind, bool valid, Violations& bad) {
  if (!valid) bad.Add(field, kind, "a known value");
}

bool OpenOn(const v1::RegulatoryAction& action, int32_t day) {
  if (day < OrderOf(action.opened())) return false;
  return !action.has_closed() || day < OrderOf(action.closed());
}

bool ActionFits(const v1::ListRegulatoryActionsRequest::Filter& filter,
                const absl::optional<clock::Day>& open_on, const v1::RegulatoryAction& action) {
  if (filter.kind() != 0 && filter.kind() != action.kind()) return false;
  if (open_on.has_value() && !OpenOn(action, OrderOf(filter.open_on()))) return false;
  return TextFits(filter.regulation(), action.regulation()) &&
         TextFits(filter.service(), action.service());
}

template <typename List>
bool Holds(const List& list, const std::string& wanted) {
  return wanted.empty() || std::find(list.begin(), list.end(), wanted) != list.end();
}

bool EvidenceFits(const v1::ListEvidenceItemsRequest::Filter& filter, const DayRange& received,
                  const v1::EvidenceItem& item) {
  if (filter.kind() != 0 && filter.kind() != item.kind()) return false;
  if (filter.most_sensitive() != 0 && item.sensitivity() > filter.most_sensitive()) return false;
  return Holds(item.items(), filter.item()) && Holds(item.tags(), filter.tag()) &&
         TextFits(filter.category(), item.category()) &&
         TextFits(filter.service(), item.service()) &&
         TextFits(filter.source_system(), item.source().system()) && received.Fits(item.received());
}

}  // namespace

absl::StatusOr<v1::ListJudgementsResponse> ListJudgements(
    const Backend& backend, const v1::ListJudgementsRequest& request) {
  Violations bad;
  const v1::ListJudgementsRequest::Filter& filter = request.filter();
  const DayRange effective = CheckRange("effective_from", filter.effective_from(),
                                        "effective_before", filter.effective_before(), bad);
  return ListPage<v1::Judgement, v1::ListJudgementsRequest, v1::ListJudgementsResponse>(
      backend, "ListJudgements", request, bad,
      [&](const v1::Judgement& one) {
        return effective.Fits(one.effective_date()) && NodeFits(filter.node(), one.node()) &&
               TextFits(filter.framework_version(), one.framework_version());
      },
      [](v1::ListJudgementsResponse& response) { return response.add_judgements(); });
}

absl::StatusOr<v1::ListRegulatoryActionsResponse> ListRegulatoryActions(
    const Backend& backend, const v1::ListRegulatoryActionsRequest& request) {
  Violations bad;
  const v1::ListRegulatoryActionsRequest::Filter& filter = request.filter();
  CheckKind("filter.kind", filter.kind(), v1::RegulatoryActionKind_IsValid(filter.kind()), bad);
  const absl::optional<clock::Day> open_on = CheckDay("filter.open_on", filter.open_on(), bad);
  return ListPage<v1::RegulatoryAction, v1::ListRegulatoryActionsRequest,
                  v1::ListRegulatoryActionsResponse>(
      backend, "ListRegulatoryActions", request, bad,
      [&](const v1::RegulatoryAction& one) { return ActionFits(filter, open_on, one); },
      [](v1::ListRegulatoryActionsResponse& response) { return response.add_actions(); });
}

absl::StatusOr<v1::ListOverridesResponse> ListOverrides(const Backend& backend,
                                                        const v1::ListOverridesRequest& request) {
  Violations bad;
  const v1::ListOverridesRequest::Filter& filter = request.filter();
  const DayRange effective = CheckRange("effective_from", filter.effective_from(),
                                        "effective_before", filter.effective_before(), bad);
  return ListPage<v1::Override, v1::ListOverridesRequest, v1::ListOverridesResponse>(
      backend, "ListOverrides", request, bad,
      [&](const v1::Override& one) {
        return effective.Fits(one.effective_date()) && NodeFits(filter.node(), one.node()) &&
               TextFits(filter.framework_version(), one.framework_version());
      },
      [](v1::ListOverridesResponse& response) { return response.add_overrides(); });
}

absl::StatusOr<v1::ListPublicationsResponse> ListPublications(
    const Backend& backend, const v1::ListPublicationsRequest& request) {
  Violations bad;
  const v1::ListPublicationsRequest::Filter& filter = request.filter();
  const DayRange published = CheckRange("published_from", filter.published_from(),
                                        "published_before", filter.published_before(), bad);
  return ListPage<v1::Publication, v1::ListPublicationsRequest, v1::ListPublicationsResponse>(
      backend, "ListPublications", request, bad,
      [&](const v1::Publication& one) {
        return published.Fits(one.publication_date()) && NodeFits(filter.node(), one.node()) &&
               TextFits(filter.framework_version(), one.framework_version());
      },
      [](v1::ListPublicationsResponse& response) { return response.add_publications(); });
}

absl::StatusOr<v1::ListEvidenceItemsResponse> ListEvidenceItems(
    const Backend& backend, const v1::ListEvidenceItemsRequest& request) {
  Violations bad;
  const v1::ListEvidenceItemsRequest::Filter& filter = request.filter();
  CheckKind("filter.kind", filter.kind(), v1::EvidenceKind_IsValid(filter.kind()), bad);
  CheckKind("filter.most_sensitive", filter.most_sensitive(),
            v1::Sensitivity_IsValid(filter.most_sensitive()), bad);
  const DayRange received = CheckRange("received_from", filter.received_from(), "received_before",
                                       filter.received_before(), bad);
  return ListPage<v1::EvidenceItem, v1::ListEvidenceItemsRequest, v1::ListEvidenceItemsResponse>(
      backend, "ListEvidenceItems", request, bad,
      [&](const v1::EvidenceItem& one) { return EvidenceFits(filter, received, one); },
      [](v1::ListEvidenceItemsResponse& response) { return response.add_evidence_items(); });
}

}  // namespace assay::evidence
