#!/usr/bin/python3
"""Reads a location's rating, then watches the ratings of an area, through the public contract alone.

usage: watch_area.py ADDRESS LOCATION AREA [CHANGES]
       watch_area.py 127.0.0.1:7303 1-102 icb.QHL
Ends after CHANGES changes; without them, on Ctrl-C.
"""

import sys

import grpc

from assay.scoring.v1 import rating_service_pb2, rating_service_pb2_grpc


def words(rated):
    """The words of a result: an outcome's, or why there is none."""
    if rated.WhichOneof("result") == "outcome":
        return rated.outcome.label
    return f"unrated ({rated.unrated.reason})"


def print_rating(rating):
    print(f"{rating.subject} {rating.display_name}: {words(rating)}", flush=True)


def read(stub, location):
    """Prints a rating and those of its key questions."""
    request = rating_service_pb2.GetRatingRequest(name=f"locations/{location}/rating")
    rating = stub.GetRating(request, timeout=5)
    print_rating(rating)
    for group in rating.groups:
        percent = f", {group.percent} %" if group.HasField("points") else ""
        print(f"  {group.group}: {words(group)}{percent}")


def watch(stub, area, changes):
    """Prints every change of an area's ratings. The present ratings come first and are only counted."""
    request = rating_service_pb2.WatchRatingsRequest(names=[f"areas/{area}"], send_initial=True)
    stream = stub.WatchRatings(request)  # without a deadline: it goes on as long as both sides live
    caught_up, present = False, 0
    for message in stream:
        event = message.WhichOneof("event")
        if event == "caught_up" and not caught_up:
            caught_up = True
            print(f"watching areas/{area}: {present} locations", flush=True)
        elif event == "rating" and not caught_up:
            present += 1
        elif event in ("rating", "left"):
            if event == "rating":
                print_rating(message.rating)
            else:
                print(f"{message.left} left the area", flush=True)
            changes -= 1
            if changes == 0:
                stream.cancel()
                return


def main(arguments):
    if len(arguments) not in (3, 4):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    address, location, area = arguments[:3]
    changes = int(arguments[3]) if len(arguments) == 4 else -1
    # Plain text, as on one machine; elsewhere grpc.secure_channel with the authority's certificate.
    with grpc.insecure_channel(address) as channel:
        stub = rating_service_pb2_grpc.RatingServiceStub(channel)
        try:
            read(stub, location)
            watch(stub, area, changes)
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
