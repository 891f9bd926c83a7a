"""What a full scan costs (issue 4, "Speed and memory"): `trueconfigd scan --once` of a synthetic twin, level 3,
snapshot stored durably, against a bare loop of httpx and json that replays every request the scan made, `$batch`
included, over the same plain-HTTP address, and judges nothing. Then ten users are renamed, and a scan reads what
changed. Before all that, `trueconfigd evaluate` of a tenant file.

    python3 -m venv venv && venv/bin/pip install httpx
    cargo build --release -p trueconfig-daemon
    venv/bin/python tests/benches/scan.py [--large] [--rounds N] [NUMBERS]

Figures are printed, nothing is asserted: machines differ. `--large` adds the run of 1,000,000 users.
"""

import argparse
import json
import os
import pathlib
import resource
import subprocess
import tempfile
import time
import tomllib
import urllib.parse
import urllib.request

import httpx

MANY = "users=100000,apps=5000,sps=5000,policies=240,seed=7"
LARGE = "users=1000000,apps=20000,sps=110000,policies=240,seed=7"
DAEMON = pathlib.Path(__file__).parents[2] / "target/release/trueconfigd"


class Twin:
    """A twin with a configuration and a request log, in a folder of its own."""

    def __init__(self, numbers):
        self.folder = tempfile.TemporaryDirectory(prefix="scan-bench.")
        self.config = pathlib.Path(self.folder.name) / "twin.toml"
        self.log = pathlib.Path(self.folder.name) / "requests.jsonl"
        command = [DAEMON, "twin", "--synthetic", numbers, "--write-config", self.config, "--requests", self.log]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.http = self.process.stdout.readline().split()[0]
        self.read = 0

    def requests(self):
        """What was asked since the last call, what stands inside a batch left out."""
        with self.log.open() as log:
            log.seek(self.read)
            lines = [json.loads(line) for line in log]
            self.read = log.tell()
        return [line for line in lines if not line["batched"] and not line["path"].endswith("/token")]

    def token(self, role="reader"):
        tenant = tomllib.loads(self.config.read_text())["tenant"][0]
        client = tenant[role]
        form = {"grant_type": "client_credentials", "client_id": client["client_id"],
                "client_secret": pathlib.Path(client["client_secret_file"]).read_text().strip(),
                "scope": self.http + "/.default"}
        url = f"{self.http}/{tenant['tenant_id']}/oauth2/v2.0/token"
        with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode()) as answer:
            return json.load(answer)["access_token"]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


def scan(twin, *arguments):
    """One scan: its summary, wall seconds, CPU seconds and peak MiB."""
    began = time.monotonic()
    child = subprocess.Popen([DAEMON, "scan", "--once", *arguments, "--config", twin.config],
                             stdout=subprocess.PIPE, text=True)
    summary = json.loads(child.stdout.read())
    _, _, usage = os.wait4(child.pid, 0)
    return summary, time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def replay(twin, lines):
    """Every request again, one after the other, its answer parsed."""
    headers = {"Authorization": "Bearer " + twin.token(), "Accept": "application/json"}
    with httpx.Client(base_url=twin.http, headers=headers, timeout=60) as client:
        usage, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
        for line in lines:
            url = line["path"] + ("?" + line["query"] if line["query"] else "")
            answer = client.get(url) if line["method"] == "GET" else client.post(url, json=line["body"])
            json.loads(answer.content)
        wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF)
    return wall, after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime


def change(twin, count):
    """Renames so many users."""
    headers = {"Authorization": "Bearer " + twin.token("writer")}
    with httpx.Client(base_url=twin.http, headers=headers, timeout=60) as client:
        users = client.get("/v1.0/users?$select=id,onPremisesSyncEnabled&$top=999").json()["value"]
        # What is mastered on-premises cannot be changed here.
        users = [user for user in users if not user.get("onPremisesSyncEnabled")]
        for number, user in enumerate(users[:count]):
            client.patch("/v1.0/users/" + user["id"], json={"displayName": f"Renamed {number}"}).raise_for_status()


def incremental(twin, full):
    """A scan of ten changes against the full one."""
    change(twin, 10)
    summary, wall, cpu, peak = scan(twin, "--incremental")
    print(f"  after 10 changes: {wall:.2f} s wall, {cpu:.2f} s CPU, {peak:.0f} MiB, {summary['requests']} requests: "
          f"{summary['requests'] / full[0]['requests']:.1%} of the requests, {cpu / full[2]:.1%} of the CPU")
    print("  phases: " + ", ".join(f"{name} {took:.2f}" for name, took in summary["seconds"].items()))


def evaluate():
    """`evaluate` of the tenant of 300 users, from the start of the process to its end."""
    tenant = pathlib.Path(__file__).parents[2] / "daemon/twin/tenants/contoso.json"
    took = []
    for _ in range(20):
        began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([DAEMON, "evaluate", tenant, "--json"], stdout=subprocess.DEVNULL)
        wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append((wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    wall, cpu = min(took)
    print(f"evaluate of 300 users: {wall * 1e3:.0f} ms wall, {cpu * 1e3:.0f} ms CPU, load {os.getloadavg()[0]:.1f}")


def measured(numbers, arguments):
    twin = Twin(numbers)
    try:
        print(f"{numbers}, load {os.getloadavg()[0]:.1f}")
        scan(twin)
        best, lines = None, []
        for _ in range(arguments.rounds):
            twin.requests()
            found = scan(twin)
            lines = twin.requests()
            if best is None or found[1] < best[1]:
                best = found
        summary, wall, cpu, peak = best
        objects = sum(summary["objects"].values())
        print(f"  scan: {wall:.2f} s wall, {cpu:.2f} s CPU, {peak:.0f} MiB, {summary['requests']} requests, "
              f"{objects} objects, {wall / objects * 1e6:.1f} us per object")
        print("  phases: " + ", ".join(f"{name} {took:.2f}" for name, took in summary["seconds"].items()))
        python = min(replay(twin, lines) for _ in range(arguments.rounds))
        print(f"  Python: {python[0]:.2f} s wall, {python[1]:.2f} s CPU, {len(lines)} requests")
        print(f"  ratio of wall times: {wall / python[0]:.2f}")
        incremental(twin, best)
        return wall / objects
    finally:
        twin.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("numbers", nargs="?", default=MANY)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    evaluate()
    each = measured(arguments.numbers, arguments)
    if arguments.large:
        arguments.rounds = 1
        print(f"  time per object against the smaller run: {measured(LARGE, arguments) / each:.2f}")


if __name__ == "__main__":
    main()
