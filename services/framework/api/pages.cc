#include "services/framework/api/pages.h"

#include <algorithm>
#include <string>
#include <utility>

namespace assay::framework {
namespace {

absl::StatusOr<std::size_t> BeginOf(const paging::QueryFingerprint& query, absl::string_view token,
                                    std::size_t count,
                                    absl::FunctionRef<std::string(std::size_t)> key_of) {
  if (token.empty()) return 0;
  const absl::StatusOr<std::string> last = paging::DecodePageToken(token, query);
  if (!last.ok()) return last.status();
  for (std::size_t i = 0; i < count; ++i) {
    if (key_of(i) == *last) return i + 1;
  }
  return errors::MalformedToken("page_token");
}

}  // namespace

absl::StatusOr<Page> PageOf(const paging::QueryFingerprint& query, absl::string_view token,
                            std::size_t page_size, std::size_t count,
                            absl::FunctionRef<std::string(std::size_t)> key_of) {
  const absl::StatusOr<std::size_t> begin = BeginOf(query, token, count, key_of);
  if (!begin.ok()) return begin.status();
  Page page;
  page.begin = *begin;
  page.end = std::min(count, page.begin + page_size);
  if (page.end < count) {
    absl::StatusOr<std::string> next = paging::EncodePageToken(query, key_of(page.end - 1));
    if (!next.ok()) return next.status();
    page.next_page_token = *std::move(next);
  }
  return page;
}

}  // namespace assay::framework
