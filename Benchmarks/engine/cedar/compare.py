#!/usr/bin/env python3
"""Asks Cedar's engine the questions that portvakt-engine-bench exported, and says where the two differ.

    compare.py QUESTIONS.json

Ends with status 1 when an answer differs. Cedar's time is what its engine states of itself for one authorization, with
policies and entities read beforehand; it states whole microseconds.
"""

import json
import pathlib
import statistics
import sys

import cedarpy

ROUNDS = 20


def main(path):
    exported = json.loads(pathlib.Path(path).read_text())
    policies = cedarpy.PolicySet.from_str(pathlib.Path(__file__).with_name("policies.cedar").read_text())
    entities = cedarpy.Entities.from_json_str(json.dumps(exported["entities"]))
    requests = [
        {key: request[key] for key in ("principal", "action", "resource", "context")}
        for request in exported["requests"]
    ]
    times = {}
    for _ in range(ROUNDS):
        results = cedarpy.is_authorized_batch(requests, policies, entities)
        for request, result in zip(exported["requests"], results):
            if request["allowed"] != (result.decision == cedarpy.Decision.Allow):
                sys.exit(f"{request['kind']}: we say {request['allowed']}, Cedar {result.decision}: {request}")
            times.setdefault(request["kind"], []).append(result.metrics["authz_duration_micros"])
    allowed = sum(request["allowed"] for request in exported["requests"])
    print(f"{len(requests)} questions, {allowed} of them allowed: both engines agree on every one\n")
    print(f"{'':28}{'ours, ns':>12}{'Cedar, ns':>12}{'ratio':>8}")
    for kind, found in times.items():
        ours, cedar = exported["nanoseconds"][kind], statistics.median(found) * 1000
        print(f"{kind:28}{ours:12.0f}{cedar:12.0f}{cedar / ours:8.1f}")


if __name__ == "__main__":
    main(sys.argv[1])
