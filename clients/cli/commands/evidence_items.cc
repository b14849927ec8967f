// assay evidence add, list, show, attach, fetch, erase

#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

#include "CLI/CLI.hpp"
#include "assay/evidence/v1/record_service.grpc.pb.h"
#include "clients/cli/arguments/arguments.h"
#include "clients/cli/commands/attachment_files.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/commands/finding_options.h"
#include "clients/cli/net/service.h"
#include "clients/cli/output/json.h"
#include "clients/cli/output/table.h"
#include "clients/cli/output/words.h"
#include "services/common/digest/digest.h"
#include "services/common/errors/errors.h"
#include "services/common/errors/violations.h"
#include "services/common/names/names.h"
#include "services/common/text/utf8.h"

namespace assay::cli {
namespace {

using evidence::v1::EvidenceItem;

constexpr char kAddHelpEnd[] = R"(Examples:
  assay evidence add 1-102 --kind complaint --received 2025-03-04 --sensitivity confidential \
                     --framework cqc-saf@2024-12 --item safe.learning-culture \
                     --text "Fell twice in a week" --attach letter.pdf
                                  a complaint with its letter
  assay evidence add 1-102 ... --source-system ulysses --source-reference INC-17
                                  recorded once, however often the same is sent

Names of evidence items go into a judgement as what was cited.)";

constexpr char kListHelpEnd[] = R"(Examples:
  assay evidence list 1-102 --item safe.learning-culture --from 2025-01-01
  assay evidence list 1-102 --kind complaint --standing --json
  assay evidence list la.E08000025 --from 2025-01-01
                                  of a local authority)";

constexpr char kShowHelpEnd[] = R"(Examples:
  assay evidence show locations/1-102/evidence/0190a5b8-...
                                  the id is in assay evidence list 1-102)";

constexpr char kAttachHelpEnd[] = R"(Examples:
  assay evidence attach 1-102 letter.pdf

The digest that it prints is what assay evidence fetch wants. An attachment belongs to a record only
where one names it: assay evidence add --attach does both.)";

constexpr char kFetchHelpEnd[] = R"(Examples:
  assay evidence fetch 1-102 25940369... --out letter.pdf
                                  all 64 digits, as assay evidence show prints them)";

constexpr char kEraseHelpEnd[] = R"(Examples:
  assay evidence erase locations/1-102/evidence/0190a5b8-... --reason DPR-2025-17

The text, what would let it be guessed, and attachments that no other record names are destroyed.
The record, its digest and the fact of the erasure stay, and the log still verifies. Backups keep
what they hold until they are thrown away.)";

// The words of an enum's values: EVIDENCE_KIND_PARTNER_REPORT as `partner-report`.
std::string WordOf(absl::string_view name, absl::string_view prefix) {
  name.remove_prefix(prefix.size());
  return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", "-"}});
}

constexpr char kKindPrefix[] = "EVIDENCE_KIND_";
constexpr char kSensitivityPrefix[] = "SENSITIVITY_";

std::string KindWord(evidence::v1::EvidenceKind kind) {
  return WordOf(evidence::v1::EvidenceKind_Name(kind), kKindPrefix);
}

std::string SensitivityWord(evidence::v1::Sensitivity sensitivity) {
  return WordOf(evidence::v1::Sensitivity_Name(sensitivity), kSensitivityPrefix);
}

std::vector<std::string> KindWords() {
  std::vector<std::string> words;
  for (int kind = 1; kind <= evidence::v1::EvidenceKind_MAX; ++kind) {
    words.push_back(KindWord(static_cast<evidence::v1::EvidenceKind>(kind)));
  }
  return words;
}

std::vector<std::string> SensitivityWords() {
  std::vector<std::string> words;
  for (int one = 1; one <= evidence::v1::Sensitivity_MAX; ++one) {
    words.push_back(SensitivityWord(static_cast<evidence::v1::Sensitivity>(one)));
  }
  return words;
}

// One of the words, which the parser has checked; 0 where none is given.
template <class Enum>
Enum ValueOf(const std::vector<std::string>& words, const std::string& word) {
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (words[at] == word) return static_cast<Enum>(at + 1);
  }
  return static_cast<Enum>(0);
}

// What collects violations of several arguments.
class Problems {
 public:
  template <class Value>
  Value Take(absl::StatusOr<Value> value) {
    if (value.ok()) return *std::move(value);
    for (const errors::Violation& each : errors::FieldViolations(value.status())) {
      bad_.AddText(each.field, each.description);
    }
    return Value();
  }
  // A date that may be left out.
  void TakeDate(const char* option, const std::string& text, type::v1::Date* date) {
    if (!text.empty()) *date = Take(DateFrom(option, text));
  }
  errors::Violations& bad() { return bad_; }

 private:
  errors::Violations bad_;
};

absl::StatusOr<std::string> SubjectNameFrom(const std::string& text) {
  const absl::StatusOr<names::Subject> subject = SubjectFrom(text);
  if (!subject.ok()) return subject.status();
  return subject->name();
}

// The subject that holds attachments: of a service its location.
absl::StatusOr<std::string> RootNameFrom(const std::string& text) {
  const absl::StatusOr<names::Subject> subject = SubjectFrom(text);
  if (!subject.ok()) return subject.status();
  return subject->Root().name();
}

struct AddOptions {
  std::string subject;
  std::string kind;
  std::string sensitivity;
  std::string received;
  std::string happened;
  std::string framework;
  std::vector<std::string> items;
  std::string category;
  std::string service_id;
  std::string text;
  std::string text_file;
  std::string source_system;
  std::string source_reference;
  std::string source_standing;
  std::vector<std::string> tags;
  std::vector<std::string> files;
  std::string request_id;
  bool json = false;
  ServiceOptions service;
};

void ReadText(const AddOptions& options, EvidenceItem& item, errors::Violations& bad) {
  item.set_text(options.text);
  if (options.text_file.empty()) return;
  std::ifstream file(options.text_file, std::ios::binary);
  if (!file) {
    bad.Add("--text-file", options.text_file, "a file that can be read");
    return;
  }
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!text::IsValidUtf8(text)) {
    bad.Add("--text-file", options.text_file, "a file of UTF-8 text");
    return;
  }
  item.set_text(std::move(text));
}

absl::StatusOr<evidence::v1::CreateEvidenceItemRequest> RequestFrom(const AddOptions& options) {
  evidence::v1::CreateEvidenceItemRequest request;
  EvidenceItem& item = *request.mutable_evidence_item();
  Problems problems;
  request.set_parent(problems.Take(SubjectNameFrom(options.subject)));
  if (!options.framework.empty()) {
    item.set_framework_version(problems.Take(VersionNameFrom(options.framework)));
  }
  problems.TakeDate("--received", options.received, item.mutable_received());
  if (!options.happened.empty()) {
    problems.TakeDate("--happened", options.happened, item.mutable_happened());
  }
  ReadText(options, item, problems.bad());
  if (!problems.bad().empty()) return problems.bad().ToStatus();
  request.set_request_id(options.request_id);
  item.set_kind(ValueOf<evidence::v1::EvidenceKind>(KindWords(), options.kind));
  item.set_sensitivity(ValueOf<evidence::v1::Sensitivity>(SensitivityWords(), options.sensitivity));
  for (const std::string& id : options.items) item.add_items(id);
  item.set_category(options.category);
  item.set_service(options.service_id);
  item.mutable_source()->set_system(options.source_system);
  item.mutable_source()->set_reference(options.source_reference);
  item.set_source_standing(options.source_standing);
  for (const std::string& tag : options.tags) item.add_tags(tag);
  return request;
}

std::string AttachmentLine(const EvidenceItem::Attachment& one) {
  return absl::StrCat(digest::HexEncode(one.digest()), "  ", one.size(), " bytes  ",
                      Shown(one.file_name()));
}

// The whole of an item for people.
std::string ItemText(const EvidenceItem& item) {
  std::string text = absl::StrCat(item.name(), "\n", KindWord(item.kind()), "  received ",
                                  DateText(item.received()));
  if (item.has_happened()) absl::StrAppend(&text, "  happened ", DateText(item.happened()));
  absl::StrAppend(&text, "  ", SensitivityWord(item.sensitivity()), "\n");
  const std::pair<const char*, std::string> lines[] = {
      {"items", absl::StrJoin(item.items(), ", ")},
      {"category", item.category()},
      {"service", item.service()},
      {"tags", absl::StrJoin(item.tags(), ", ")},
      {"source", absl::StrCat(item.source().system(), item.source().reference().empty() ? "" : " ",
                              item.source().reference())},
      {"standing", item.source_standing()},
      {"supersedes", item.supersedes()},
  };
  for (const auto& [word, value] : lines) {
    if (!value.empty()) absl::StrAppend(&text, word, " ", Shown(value), "\n");
  }
  for (const EvidenceItem::Attachment& one : item.attachments()) {
    absl::StrAppend(&text, "attachment ", AttachmentLine(one), "\n");
  }
  if (item.has_erased_time()) absl::StrAppend(&text, "its text and attachments were erased\n");
  return text;
}

// Tells the answer of a call that gave an item.
ExitCode Tell(const Session& session, const EvidenceItem& item, bool json, bool with_text) {
  if (json) {
    *session.console.out << ToJson(item, JsonLayout::kIndented);
    return ExitCode::kDone;
  }
  *session.console.out << ItemText(item);
  if (with_text && !item.text().empty()) {
    std::vector<std::string> lines = absl::StrSplit(item.text(), '\n');
    for (std::string& line : lines) line = Shown(line);
    *session.console.out << "\n" << absl::StrJoin(lines, "\n") << "\n";
  }
  *session.console.out << "revision " << absl::Base64Escape(item.revision().token()) << "\n";
  return ExitCode::kDone;
}

ExitCode Add(const Session& session, const AddOptions& options) {
  absl::StatusOr<evidence::v1::CreateEvidenceItemRequest> request = RequestFrom(options);
  if (!request.ok()) return session.Fail(request.status());
  const absl::StatusOr<std::string> root = RootNameFrom(options.subject);
  if (!root.ok()) return session.Fail(root.status());
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = evidence::v1::RecordService::NewStub(service->channel());
  for (const std::string& path : options.files) {
    const absl::StatusOr<Attached> attached = UploadFile(*service, stub.get(), *root, path);
    if (!attached.ok()) return session.Fail(attached.status(), service->HintFor(attached.status()));
    EvidenceItem::Attachment& one = *request->mutable_evidence_item()->add_attachments();
    one.set_digest(attached->digest);
    one.set_file_name(attached->file_name);
  }
  EvidenceItem item;
  const absl::Status status = service->Call([&](grpc::ClientContext* context) {
    return stub->CreateEvidenceItem(context, *request, &item);
  });
  if (!status.ok()) return session.Fail(status, service->HintFor(status));
  return Tell(session, item, options.json, false);
}

struct ListOptions {
  std::string subject;
  std::string kind;
  std::string item;
  std::string category;
  std::string service_id;
  std::string tag;
  std::string from;
  std::string before;
  bool standing = false;
  std::int64_t limit = 100;
  bool json = false;
  ServiceOptions service;
};

absl::StatusOr<evidence::v1::ListEvidenceItemsRequest> RequestFrom(const ListOptions& options) {
  evidence::v1::ListEvidenceItemsRequest request;
  auto& filter = *request.mutable_filter();
  Problems problems;
  request.set_parent(problems.Take(SubjectNameFrom(options.subject)));
  if (!options.from.empty()) {
    problems.TakeDate("--from", options.from, filter.mutable_received_from());
  }
  if (!options.before.empty()) {
    problems.TakeDate("--before", options.before, filter.mutable_received_before());
  }
  if (!problems.bad().empty()) return problems.bad().ToStatus();
  filter.set_kind(ValueOf<evidence::v1::EvidenceKind>(KindWords(), options.kind));
  filter.set_item(options.item);
  filter.set_category(options.category);
  filter.set_service(options.service_id);
  filter.set_tag(options.tag);
  filter.set_standing(options.standing);
  return request;
}

// The first line of a text, short enough for a table.
std::string Beginning(const EvidenceItem& item) {
  if (item.has_erased_time()) return "(erased)";
  constexpr std::size_t kShown = 60;
  std::string line = item.text().substr(0, item.text().find('\n'));
  if (line.size() > kShown) line = absl::StrCat(line.substr(0, kShown), "...");
  return line;
}

ExitCode List(const Session& session, const ListOptions& options) {
  absl::StatusOr<evidence::v1::ListEvidenceItemsRequest> request = RequestFrom(options);
  if (!request.ok()) return session.Fail(request.status());
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = evidence::v1::RecordService::NewStub(service->channel());
  Table table({{"received"}, {"kind"}, {"items"}, {"text"}, {"id"}});
  std::int64_t left = options.limit;
  do {
    request->set_page_size(static_cast<std::int32_t>(left));
    evidence::v1::ListEvidenceItemsResponse page;
    const absl::Status status = service->Call([&](grpc::ClientContext* context) {
      return stub->ListEvidenceItems(context, *request, &page);
    });
    if (!status.ok()) return session.Fail(status, service->HintFor(status));
    for (const EvidenceItem& item : page.evidence_items()) {
      if (options.json) *session.console.out << ToJson(item, JsonLayout::kLine);
      table.AddRow({DateText(item.received()), KindWord(item.kind()),
                    absl::StrJoin(item.items(), " "), Beginning(item),
                    item.name().substr(item.name().rfind('/') + 1)});
    }
    left -= page.evidence_items_size();
    request->set_page_token(page.next_page_token());
  } while (left > 0 && !request->page_token().empty());
  if (options.json) return ExitCode::kDone;
  if (table.empty()) {
    *session.console.out << "no evidence\n";
  } else {
    *session.console.out << table.Render(session.console.out_style);
  }
  if (!request->page_token().empty()) *session.console.err << "assay: there is more: --limit\n";
  return ExitCode::kDone;
}

struct NamedOptions {
  std::string name;
  std::string reason;
  std::string request_id;
  bool json = false;
  ServiceOptions service;
};

ExitCode Show(const Session& session, const NamedOptions& options) {
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = evidence::v1::RecordService::NewStub(service->channel());
  evidence::v1::GetEvidenceItemRequest request;
  request.set_name(options.name);
  EvidenceItem item;
  const absl::Status status = service->Call(
      [&](grpc::ClientContext* context) { return stub->GetEvidenceItem(context, request, &item); });
  if (!status.ok()) return session.Fail(status, service->HintFor(status));
  return Tell(session, item, options.json, true);
}

ExitCode Erase(const Session& session, const NamedOptions& options) {
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = evidence::v1::RecordService::NewStub(service->channel());
  evidence::v1::EraseRequest request;
  request.set_name(options.name);
  request.set_reason(options.reason);
  request.set_request_id(options.request_id);
  evidence::v1::EraseResponse response;
  const absl::Status status = service->Call(
      [&](grpc::ClientContext* context) { return stub->Erase(context, request, &response); });
  if (!status.ok()) return session.Fail(status, service->HintFor(status));
  if (options.json) {
    *session.console.out << ToJson(response, JsonLayout::kIndented);
  } else {
    *session.console.out << "erased " << response.erasure().record() << "\nrevision "
                         << absl::Base64Escape(response.revision().token()) << "\n";
  }
  return ExitCode::kDone;
}

struct FileOptions {
  std::string subject;
  std::string file;
  std::string digest;
  std::string out;
  ServiceOptions service;
};

ExitCode Attach(const Session& session, const FileOptions& options) {
  const absl::StatusOr<std::string> parent = RootNameFrom(options.subject);
  if (!parent.ok()) return session.Fail(parent.status());
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = evidence::v1::RecordService::NewStub(service->channel());
  const absl::StatusOr<Attached> attached = UploadFile(*service, stub.get(), *parent, options.file);
  if (!attached.ok()) return session.Fail(attached.status(), service->HintFor(attached.status()));
  *session.console.out << digest::HexEncode(attached->digest) << "  " << attached->size
                       << " bytes  " << Shown(attached->file_name)
                       << (attached->existed ? "  there already\n" : "\n");
  return ExitCode::kDone;
}

ExitCode Fetch(const Session& session, const FileOptions& options) {
  Problems problems;
  const std::string parent = problems.Take(RootNameFrom(options.subject));
  const absl::StatusOr<digest::Digest> digest =
      digest::Digest::FromHex(absl::AsciiStrToLower(options.digest));
  if (!digest.ok()) problems.bad().Add("digest", options.digest, "64 hexadecimal digits");
  if (!problems.bad().empty()) return session.Fail(problems.bad().ToStatus());
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = evidence::v1::RecordService::NewStub(service->channel());
  const absl::Status status =
      DownloadFile(*service, stub.get(), parent, std::string(digest->bytes()), options.out);
  if (!status.ok()) return session.Fail(status, service->HintFor(status));
  return ExitCode::kDone;
}

void AddSubject(CLI::App* command, std::string* subject) {
  command
      ->add_option("subject", *subject,
                   "What it is about: 1-102, 1-102/services/homecare, providers/1-101, icb.QHL")
      ->type_name("SUBJECT")
      ->required();
}

void AddText(CLI::App* command, const char* flag, std::string* value, const char* type,
             const char* help) {
  command->add_option(flag, *value, help)->type_name(type);
}

void AddAdd(CLI::App* group, Session* session) {
  CLI::App* add = group->add_subcommand("add", "Record one piece of evidence about a subject.");
  add->footer(kAddHelpEnd);
  const auto options = std::make_shared<AddOptions>();
  options->service.kind = kEvidenceService;
  AddSubject(add, &options->subject);
  AddChoice(add, "--kind", &options->kind, KindWords(), "What it is")->required();
  AddChoice(add, "--sensitivity", &options->sensitivity, SensitivityWords(), "Who may see it")
      ->required();
  add->add_option("--received", options->received, "The day it was received")
      ->type_name("DATE")
      ->required();
  AddText(add, "--happened", &options->happened, "DATE", "The day it happened; none: unknown");
  AddText(add, "--framework", &options->framework, "NAME",
          "Framework version of the items and the category, as cqc-saf@2024-12");
  add->add_option("--item", options->items, "Statement that it bears on; may be repeated")
      ->type_name("ID");
  AddText(add, "--category", &options->category, "ID", "Evidence category");
  AddText(add, "--service", &options->service_id, "ID",
          "Service within the location, registered before; none: the whole");
  CLI::Option* text = add->add_option("--text", options->text, "The text; at most 1 MiB");
  text->type_name("TEXT");
  add->add_option("--text-file", options->text_file, "A file that holds the text")
      ->type_name("FILE")
      ->excludes(text);
  AddText(add, "--source-system", &options->source_system, "TEXT", "System that it came from");
  AddText(add, "--source-reference", &options->source_reference, "TEXT",
          "Reference there: the same reference and content are recorded once");
  AddText(add, "--source-standing", &options->source_standing, "TEXT", "Standing of the source");
  add->add_option("--tag", options->tags, "Tag; may be repeated")->type_name("TEXT");
  add->add_option("--attach", options->files, "File to attach; may be repeated")->type_name("FILE");
  AddRequestIdOption(add, &options->request_id);
  AddJsonOption(add, &options->json);
  AddServiceOptions(add, &options->service);
  OnRun(add, session, [session, options] { return Add(*session, *options); });
}

void AddList(CLI::App* group, Session* session) {
  constexpr std::int64_t kMost = 1000000;
  CLI::App* list = group->add_subcommand("list", "List the evidence about a subject.");
  list->footer(kListHelpEnd);
  const auto options = std::make_shared<ListOptions>();
  options->service.kind = kEvidenceService;
  AddSubject(list, &options->subject);
  AddChoice(list, "--kind", &options->kind, KindWords(), "Of one kind");
  AddText(list, "--item", &options->item, "ID", "Bearing on one statement");
  AddText(list, "--category", &options->category, "ID", "Of one evidence category");
  AddText(list, "--service", &options->service_id, "ID", "Of one service");
  AddText(list, "--tag", &options->tag, "TEXT", "With a tag");
  AddText(list, "--from", &options->from, "DATE", "Received on this day or later");
  AddText(list, "--before", &options->before, "DATE", "Received before this day");
  list->add_flag("--standing", options->standing, "Leave out what is superseded or retracted");
  list->add_option("--limit", options->limit, "At most so many; default 100")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMost).description(""));
  AddJsonOption(list, &options->json);
  AddServiceOptions(list, &options->service);
  OnRun(list, session, [session, options] { return List(*session, *options); });
}

void AddNamed(CLI::App* command, Session* session, const std::shared_ptr<NamedOptions>& options,
              ExitCode (*run)(const Session&, const NamedOptions&)) {
  options->service.kind = kEvidenceService;
  command->add_option("name", options->name, "The record: locations/1-102/evidence/...")
      ->type_name("NAME")
      ->required();
  AddJsonOption(command, &options->json);
  AddServiceOptions(command, &options->service);
  OnRun(command, session, [session, options, run] { return run(*session, *options); });
}

void AddFiles(CLI::App* group, Session* session) {
  CLI::App* attach =
      group->add_subcommand("attach", "Upload a file to a subject and print its digest.");
  attach->footer(kAttachHelpEnd);
  const auto up = std::make_shared<FileOptions>();
  up->service.kind = kEvidenceService;
  AddSubject(attach, &up->subject);
  attach->add_option("file", up->file, "The file; at most 256 MiB")->type_name("FILE")->required();
  AddServiceOptions(attach, &up->service);
  OnRun(attach, session, [session, up] { return Attach(*session, *up); });

  CLI::App* fetch =
      group->add_subcommand("fetch", "Download an attachment, checked against its digest.");
  fetch->footer(kFetchHelpEnd);
  const auto down = std::make_shared<FileOptions>();
  down->service.kind = kEvidenceService;
  AddSubject(fetch, &down->subject);
  fetch->add_option("digest", down->digest, "SHA-256 of its bytes, 64 hexadecimal digits")
      ->type_name("HEX")
      ->required();
  fetch->add_option("--out", down->out, "Where to; - is standard output")
      ->type_name("FILE")
      ->required();
  AddServiceOptions(fetch, &down->service);
  OnRun(fetch, session, [session, down] { return Fetch(*session, *down); });
}

}  // namespace

void AddEvidenceItemCommands(CLI::App* group, Session* session) {
  AddAdd(group, session);
  AddList(group, session);
  CLI::App* show = group->add_subcommand("show", "Show one piece of evidence with its text.");
  show->footer(kShowHelpEnd);
  AddNamed(show, session, std::make_shared<NamedOptions>(), &Show);
  AddFiles(group, session);
  CLI::App* erase = group->add_subcommand("erase", "Destroy the personal text of a record.");
  erase->footer(kEraseHelpEnd);
  const auto options = std::make_shared<NamedOptions>();
  erase->add_option("--reason", options->reason, "Why, as the reference of the request")
      ->type_name("TEXT")
      ->required();
  AddRequestIdOption(erase, &options->request_id);
  AddNamed(erase, session, options, &Erase);
}

}  // namespace assay::cli
