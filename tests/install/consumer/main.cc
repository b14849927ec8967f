// Another team's program: asks for a rating where nobody listens, and says what it got.
#include <chrono>
#include <iostream>

#include <grpcpp/grpcpp.h>

#include "assay/scoring/v1/rating_service.grpc.pb.h"

int main() {
  const auto stub = assay::scoring::v1::RatingService::NewStub(
      grpc::CreateChannel("unix:/nonexistent/assay.sock", grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
  assay::scoring::v1::GetRatingRequest request;
  request.set_name("locations/1-102/rating");
  assay::scoring::v1::Rating rating;
  const grpc::Status status = stub->GetRating(&context, request, &rating);
  std::cout << "GetRating: " << status.error_code() << " " << status.error_message() << "\n";
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ? 0 : 1;
}
