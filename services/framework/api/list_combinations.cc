#include "services/framework/api/list_combinations.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"

#include "services/common/errors/errors.h"
#include "services/common/errors/violations.h"
#include "services/common/model/combinations.h"
#include "services/common/model/model.h"
#include "services/common/model/program.h"
#include "services/common/paging/page_token.h"
#include "services/framework/api/pages.h"
#include "services/framework/api/requests.h"

namespace assay::framework {
namespace {

std::string KeyOf(const model::Combination& one) {
  return absl::StrJoin(one.levels, ".",
                       [](std::string* out, model::Level level) { absl::StrAppend(out, level); });
}

void Copy(const model::Combination& one, v1::ListCombinationsResponse::Combination* out) {
  for (const model::Level level : one.levels) out->add_levels(level);
  out->set_vectors(one.vectors);
  out->set_cap(one.cap);
}

}  // namespace

absl::Status ListCombinations(const Catalogue& catalogue, CompiledVersions* compiled,
                              const v1::ListCombinationsRequest& request,
                              v1::ListCombinationsResponse* reply) {
  errors::Violations bad;
  CheckVersionName("parent", request.parent(), bad);
  const std::int32_t size = paging::ResolvePageSize(request.page_size(), kPageSizes, bad);
  if (!bad.empty()) return bad.ToStatus();
  const auto version = catalogue.GetVersion(request.parent());
  if (!version.ok()) return version.status();
  const auto kept = compiled->Of((*version)->message());
  if (!kept.ok()) return kept.status();
  const auto found = model::FindCombinations(
      **kept, {request.group(), request.level(), request.sector(), request.items()});
  if (!found.ok()) return found.status();
  const auto query = FingerprintOf("FrameworkService.ListCombinations", request);
  if (!query.ok()) return query.status();
  absl::StatusOr<Page> page =
      PageOf(*query, request.page_token(), static_cast<std::size_t>(size), found->all.size(),
             [&](std::size_t i) { return KeyOf(found->all[i]); });
  if (!page.ok()) return page.status();
  for (std::size_t i = page->begin; i < page->end; ++i) {
    Copy(found->all[i], reply->add_combinations());
  }
  reply->set_next_page_token(std::move(page->next_page_token));
  reply->set_multisets(found->multisets);
  reply->set_vectors(found->vectors);
  reply->set_multisets_without_caps(found->multisets_without_caps);
  reply->set_vectors_without_caps(found->vectors_without_caps);
  return absl::OkStatus();
}

}  // namespace assay::framework
