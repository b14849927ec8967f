"""Makes the table of tests/bench/run from what its programs printed: medians, and ratios round by round."""

import csv
import json
import os
import statistics
import sys


def rounds(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def ratio(runs, limits, key):
    return statistics.median(run[key] / limit[key] for run, limit in zip(runs, limits))


def row(what, runs, limit_name, limits):
    return (
        f"| {what} | {median(runs, 'calls_per_second'):,.0f} | {median(runs, 'ratings_per_second'):,.0f} "
        f"| {median(runs, 'p50_us'):,.0f} / {median(runs, 'p99_us'):,.0f} us "
        f"| {median(runs, 'server_cpu_us_per_call'):.1f} us | {limit_name} "
        f"| {ratio(runs, limits, 'calls_per_second'):.2f} | {ratio(runs, limits, 'server_cpu_us_per_call'):.2f} |"
    )


def main(folder, locations):
    echo, batch_echo = rounds(folder, "echo"), rounds(folder, "echo_batch")
    print(f"{locations} locations, {os.cpu_count()} cores shared by load, servers and Redis; medians of {len(echo)} rounds.")
    print()
    print("| what | calls/s | ratings/s | p50 / p99 | server CPU a call | limit | throughput / limit | CPU / limit |")
    print("|---|---|---|---|---|---|---|---|")
    print(row("bare gRPC echo of a rating's bytes", echo, "itself", echo))
    print(row("GetRating from memory", rounds(folder, "l1"), "echo", echo))
    print(row("GetRating from Redis, memory and book off", rounds(folder, "redis"), "echo", echo))
    print(row("bare gRPC echo of 100 ratings' bytes", batch_echo, "itself", batch_echo))
    print(row("BatchGetRatings of 100 from memory", rounds(folder, "batch"), "echo of 100", batch_echo))
    print(row("BatchGetRatings of 100 from Redis", rounds(folder, "redis_batch"), "echo of 100", batch_echo))
    with open(os.path.join(folder, "redis_alone"), encoding="utf-8") as lines:
        alone = [float(line[1]) for line in csv.reader(lines)]
    from_redis = rounds(folder, "redis")
    shares = [run["calls_per_second"] / gets for run, gets in zip(from_redis, alone)]
    print()
    print(
        f"redis-benchmark alone: {statistics.median(alone):,.0f} GETs/s of the same size; "
        f"GetRating from Redis is {statistics.median(shares):.2f} of it."
    )
    with open(os.path.join(folder, "visible"), encoding="utf-8") as file:
        visible = json.load(file)
    print(
        f"From the acknowledged write of a judgement to the watcher's message: p50 {visible['p50_us'] / 1000:.2f} ms, "
        f"p99 {visible['p99_us'] / 1000:.2f} ms over {visible['changes']} changes."
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
