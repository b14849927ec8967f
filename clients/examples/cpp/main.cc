// Reads a location's rating, then watches the ratings of an area, through the public contract
// alone.
//
// usage: assay-example-watch ADDRESS LOCATION AREA [CHANGES]
//        assay-example-watch 127.0.0.1:7303 1-102 icb.QHL
// Ends after CHANGES changes; without them, on Ctrl-C.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <string>

#include <grpcpp/grpcpp.h>

#include "assay/scoring/v1/rating_service.grpc.pb.h"

namespace scoring = assay::scoring::v1;

namespace {

// The words of a result: an outcome's, or why there is none.
template <class Rated>
std::string Words(const Rated& rated) {
  return rated.has_outcome() ? rated.outcome().label()
                             : "unrated (" + rated.unrated().reason() + ")";
}

void PrintRating(const scoring::Rating& rating) {
  std::cout << rating.subject() << " " << rating.display_name() << ": " << Words(rating) << "\n";
}

int Fail(const grpc::Status& status) {
  std::cerr << "code " << status.error_code() << ": " << status.error_message() << "\n";
  return 1;
}

// Prints a rating and those of its key questions.
grpc::Status Read(scoring::RatingService::Stub& stub, const std::string& location) {
  scoring::GetRatingRequest request;
  request.set_name("locations/" + location + "/rating");
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
  scoring::Rating rating;
  const grpc::Status status = stub.GetRating(&context, request, &rating);
  if (!status.ok()) return status;
  PrintRating(rating);
  for (const scoring::GroupRating& group : rating.groups()) {
    std::cout << "  " << group.group() << ": " << Words(group);
    if (group.has_points()) std::cout << ", " << group.percent() << " %";
    std::cout << "\n";
  }
  return status;
}

// Prints every change of an area's ratings. The present ratings come first and are only counted.
grpc::Status Watch(scoring::RatingService::Stub& stub, const std::string& area, int changes) {
  scoring::WatchRatingsRequest request;
  request.add_names("areas/" + area);
  request.set_send_initial(true);
  grpc::ClientContext context;  // without a deadline: the stream goes on as long as both sides live
  const auto reader = stub.WatchRatings(&context, request);
  scoring::WatchRatingsResponse event;
  bool caught_up = false;
  int present = 0;
  while (changes > 0 && reader->Read(&event)) {
    if (event.has_caught_up() && !caught_up) {
      caught_up = true;
      std::cout << "watching areas/" << area << ": " << present << " locations" << std::endl;
    } else if (event.has_rating() && !caught_up) {
      ++present;
    } else if (event.has_rating()) {
      PrintRating(event.rating());
      --changes;
    } else if (event.event_case() == scoring::WatchRatingsResponse::kLeft) {
      std::cout << event.left() << " left the area\n";
      --changes;
    }
  }
  if (changes > 0) return reader->Finish();  // the stream ended before we had enough
  context.TryCancel();
  reader->Finish();
  return grpc::Status::OK;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || argc > 5) {
    std::cerr << "usage: " << argv[0] << " ADDRESS LOCATION AREA [CHANGES]\n";
    return 2;
  }
  const int changes = argc == 5 ? std::atoi(argv[4]) : std::numeric_limits<int>::max();
  // Plain text, as on one machine; elsewhere grpc::SslCredentials with the authority's certificate.
  const auto channel = grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials());
  const auto stub = scoring::RatingService::NewStub(channel);
  if (const grpc::Status status = Read(*stub, argv[2]); !status.ok()) return Fail(status);
  if (const grpc::Status status = Watch(*stub, argv[3], changes); !status.ok()) return Fail(status);
  return 0;
}
