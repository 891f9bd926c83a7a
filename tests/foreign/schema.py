"""Judges recorded traffic: every answer and every body of a request against Microsoft's schema, every path and
query option against Microsoft's list. What either lacks is named, and nothing else may go unjudged."""

import collections
import json
import pathlib
import re
import sys
import urllib.parse

from graph import Graph

# What the list of paths or the schema lacks, by a part of the path.
LACKING = {
    "the beta version": re.compile(r"^/beta/", re.I),
    "devices": re.compile(r"^/(devices|directory/deletedItems/(microsoft\.)?graph\.device)\b", re.I),
    "activityBasedTimeoutPolicy": re.compile(r"^/policies/activityBasedTimeoutPolicies\b", re.I),
    "messageRules": re.compile(r"/messageRules\b", re.I),
    "privilegedAccess/group": re.compile(r"^/identityGovernance/privilegedAccess/group/", re.I),
    "admin/sharepoint": re.compile(r"^/admin/sharepoint/", re.I),
    "device registration policy": re.compile(r"^/policies/deviceRegistrationPolicy$", re.I),
}
# The door and the envelope: neither is part of Graph's types. What is inside a batch is judged item by item.
OUTSIDE = re.compile(r"^/(v1\.0/\$batch|common/discovery/instance|[^/]+/v2\.0/\.well-known/)")
# The documentation has another method than the list of paths.
DOCUMENTED = {("PUT", "/policies/adminConsentRequestPolicy"): "PATCH"}
# Options that come out of links the service gave, so that no list has them.
GIVEN = {"$skiptoken", "$deltatoken"}
MAX_SHOWN = 40


class Judge:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.faults: dict[str, int] = collections.Counter()
        self.counts: dict[str, int] = collections.Counter()
        self.types: dict[str, int] = collections.Counter()
        self.lacking: dict[str, int] = collections.Counter()
        self.untyped: dict[str, int] = collections.Counter()

    def exchange(self, line: dict) -> None:
        if OUTSIDE.match(line["path"]) or line["status"] == 0:
            self.counts["outside or unanswered"] += 1
            return
        self.counts["exchanges"] += 1
        if line["status"] >= 400:
            return self.refused(line)
        path = re.sub("/+", "/", line["path"]).removeprefix("/v1.0").rstrip("/")
        operation = self.graph.operation(path)
        template = operation.template if operation else path
        where = f"{line['method']} {template}"
        line["method"] = DOCUMENTED.get((line["method"], template), line["method"])
        lacking = next((name for name, parts in LACKING.items() if parts.search(path)), None)
        if operation is None or line["method"] not in operation.operations:
            if lacking is None:
                self.fault(where, "is not in the list of paths")
            else:
                self.lacking[lacking] += 1
            return
        self.options(line, operation, where)
        self.body(line, operation, where, lacking)
        self.answer(line, operation, where, lacking)

    def fault(self, where: str, what: str) -> None:
        self.faults[f"{where}: {what}"] += 1

    def refused(self, line: dict) -> None:
        self.counts["refusals"] += 1
        body = line["response"]
        fault = self.graph.fault("odata.error", body) if body else "has no body"
        if fault:
            self.fault(f"{line['method']} {line['path']} ({line['status']})", fault)

    def options(self, line: dict, operation, where: str) -> None:
        names = {name for name, _ in urllib.parse.parse_qsl(line["query"], keep_blank_values=True)}
        names = {name.lower() for name in names if name.startswith("$")} - GIVEN
        unknown = names - {option.lower() for option in operation.options}
        if unknown:
            self.fault(where, f"does not take {sorted(unknown)}")

    def body(self, line: dict, operation, where: str, lacking: str | None) -> None:
        if line["body"] is not None:
            self.counts["bodies of requests"] += 1
            self.value(operation.type_of(line["method"], "body"), line["body"], f"{where}, request", lacking)

    def answer(self, line: dict, operation, where: str, lacking: str | None) -> None:
        whole = operation
        if operation.template.endswith("/delta()"):
            # What changed in a collection is of its type.
            whole = self.graph.operation(operation.template.removesuffix("/delta()"))
        name, response = whole.type_of(line["method"], "returns"), line["response"]
        if not isinstance(response, dict):
            return
        rows = response["value"] if isinstance(response.get("value"), list) else [response]
        for row in rows:
            self.value(name, row, where, lacking)

    def value(self, name: str | None, value: object, where: str, lacking: str | None) -> None:
        if name is None:
            self.untyped[where] += 1
        elif name not in self.graph.types:
            if lacking is None:
                self.fault(where, f"has the type {name}, which the schema lacks")
            else:
                self.lacking[lacking] += 1
        else:
            self.types[name] += 1
            fault = self.graph.fault(name, value)
            if fault:
                self.fault(where, fault)

    def report(self) -> int:
        print(", ".join(f"{count} {name}" for name, count in sorted(self.counts.items())))
        print(f"{sum(self.types.values())} objects of {len(self.types)} types fit the schema" if not self.faults else "")
        print("not in Microsoft's files:", dict(sorted(self.lacking.items())) or "nothing")
        print("bodies of actions, which have no type:", dict(sorted(self.untyped.items())) or "none")
        for fault, count in self.faults.most_common(MAX_SHOWN):
            print(f"FAULT ({count} times) {fault}")
        if len(self.faults) > MAX_SHOWN:
            print(f"and {len(self.faults) - MAX_SHOWN} more")
        return 1 if self.faults or not self.types else 0


def main(oracle: pathlib.Path, folders: list[pathlib.Path]) -> int:
    judge = Judge(Graph(oracle))
    for folder in folders:
        files = sorted(folder.glob("*.jsonl"))
        assert files, f"no recording in {folder}"
        print(f"{folder.name}: {len(files)} recordings")
        for file in files:
            with file.open() as lines:
                for line in lines:
                    judge.exchange(json.loads(line))
    return judge.report()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), [pathlib.Path(folder) for folder in sys.argv[2:]]))
