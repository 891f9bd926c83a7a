"""What is done to the machine, in order; each act says what must hold, and fails with what was seen instead."""

import json
import re
import tomllib

from machine import Failure, until

SOCKET, SERVICE = "trueconfigd.socket", "trueconfigd.service"
STORE = "/var/lib/trueconfig/contoso"
# Highest exposure of the running unit: what systemd 252 gives with everything set that can be.
EXPOSURE = 1.4

CONFIG = """
[signing]
name = "contoso.example/audit"
key_credential = "audit-key"

[roles]
viewer = ["@auditors"]
admin = ["@operations"]
security_admin = ["@security"]

[[tenant]]
name = "contoso"
tenant_id = "{tenant_id}"
graph_url = "{https}"
login_url = "{https}"
ca_file = "/etc/trueconfig/twin.pem"
limits = "unlimited"
break_glass = {break_glass}
approval = {{ solo = true }}
own_principals = ["{reader}", "{writer}"]
verification = {{ deadline_s = 60, interval_ms = 200 }}

[tenant.reader]
client_id = "{reader}"
client_secret_credential = "contoso-reader"

[tenant.writer]
client_id = "{writer}"
client_secret_credential = "contoso-writer"
"""

# One secret as systemd keeps it encrypted, one as a plain file that only root can read.
DROP_IN = """[Service]
LoadCredentialEncrypted=contoso-reader:/etc/credstore.encrypted/contoso-reader
LoadCredentialEncrypted=audit-key:/etc/credstore.encrypted/audit-key
LoadCredential=contoso-writer:/etc/credstore/contoso-writer
"""


def expect(condition, what):
    if not condition:
        raise Failure(what)


def show(one, unit, *properties):
    shown = one.run(f"systemctl show {unit} --property={','.join(properties)}").stdout
    return dict(line.split("=", 1) for line in shown.splitlines())


def state(one, unit):
    return show(one, unit, "ActiveState")["ActiveState"]


def status(one, user="sam"):
    return json.loads(one.ssh(user, "trueconfig status --json"))


def main_pid(one):
    return int(show(one, SERVICE, "MainPID")["MainPID"])


def records(one):
    text = one.run(f"trueconfigd export --dir {STORE} --digests").stdout
    return [json.loads(line) for line in text.splitlines()]


def verify(one, program="trueconfigd"):
    """The chain and its signatures, with the public key that was kept elsewhere."""
    report = json.loads(one.run(f"{program} verify --dir {STORE} --key '{one.public_key}' --json").stdout)
    expect(not report["damage"], f"the chain is damaged: {report}")
    return report


def installed(one):
    """Installed but not configured: user, folders and units are there, nothing runs, nothing failed"""
    told = one.run(f"apt-get install --yes --no-install-recommends {one.old}").stdout
    expect("/usr/share/doc/trueconfig/examples" in told, f"the package does not say how to go on: {told}")
    expect(one.run("stat -c '%U:%G %a' /var/lib/trueconfig").stdout.strip() == "trueconfig:trueconfig 700", "store")
    expect(one.run("stat -c '%U:%G %a' /etc/trueconfig").stdout.strip() == "root:trueconfig 750", "configuration")
    for unit in (SOCKET, SERVICE):
        expect(one.run(f"systemctl is-enabled {unit}").stdout.strip() == "enabled", f"{unit} is not enabled")
        expect(state(one, unit) == "inactive", f"{unit} is {state(one, unit)}")
    expect(one.is_running(), "a unit failed")
    pages = one.run("find /usr/share/man -name 'trueconfig*'").stdout
    expect("man1/trueconfig.1.gz" in pages and "man8/trueconfigd.8.gz" in pages, pages)
    one.run("for file in LICENSE-MIT LICENSE-APACHE THIRD-PARTY.txt sbom.cdx.json copyright; do "
            "test -s /usr/share/doc/trueconfig/$file || exit 1; done")
    one.run("cd / && md5sum --quiet --check /var/lib/dpkg/info/trueconfig.md5sums")


def twin_runs(one):
    """A tenant answers on loopback, over TLS"""
    one.write("/srv/contoso.json", one.tenant.read_text())
    one.run("useradd --system twin && install -d -o twin -m 755 /srv/twin && systemd-run --quiet --unit=twin "
            "--uid=twin --property=StandardOutput=file:/srv/twin/addresses --working-directory=/srv/twin "
            "trueconfigd twin --tenant /srv/contoso.json --write-ca ca.pem --write-config twin.toml")
    addresses = until("the twin answers", lambda: one.run("cat /srv/twin/addresses", check=False).stdout.split())
    one.https = addresses[1]


def configured(one):
    """Configured by an administrator: secrets encrypted and plain, and checked before anything starts"""
    tenant = tomllib.loads(one.run("cat /srv/twin/twin.toml").stdout)["tenant"][0]
    config = CONFIG.format(
        tenant_id=tenant["tenant_id"], https=one.https, break_glass=json.dumps(tenant["break_glass"]),
        reader=tenant["reader"]["client_id"], writer=tenant["writer"]["client_id"])
    one.write("/etc/trueconfig/config.toml", config, 0o640, "root:trueconfig")
    one.run("install -m 644 /srv/twin/ca.pem /etc/trueconfig/twin.pem")
    one.run("mkdir -p -m 700 /etc/credstore /etc/credstore.encrypted")
    one.run("install -m 600 /srv/twin/twin.writer.secret /etc/credstore/contoso-writer")
    encrypt = "systemd-creds encrypt --with-key=host --name={0} {1} /etc/credstore.encrypted/{0}"
    one.run(encrypt.format("contoso-reader", "/srv/twin/twin.reader.secret"))
    told = one.run("trueconfigd key new /run/audit.key --name contoso.example/audit").stdout
    one.public_key = told.strip()
    one.run(encrypt.format("audit-key", "/run/audit.key") + " && rm /run/audit.key")
    one.write(f"/etc/systemd/system/{SERVICE}.d/credentials.conf", DROP_IN)
    one.run("systemctl daemon-reload")
    told = one.run("trueconfigd config check").stdout
    expect("contoso-reader" in told and "is right" in told, f"the check does not name what only systemd has: {told}")


def people(one):
    """People of several groups, some of whom may not even connect"""
    one.add_user("vera", "trueconfig", "auditors")
    one.add_user("otto", "trueconfig", "operations")
    one.add_user("sam", "trueconfig", "security")
    one.add_user("nina", "trueconfig")
    one.add_user("zoe", "security")


def started_by_its_socket(one):
    """The first client starts the daemon through the socket"""
    one.run(f"systemctl start {SOCKET}")
    expect(state(one, SERVICE) == "inactive", "the service started before anybody came")
    one.run("stat -c '%U:%G %a' /run/trueconfig/socket | grep -q '^root:trueconfig 660$'")
    seen = status(one, "vera")
    expect(state(one, SERVICE) == "active", "the service is not active")
    expect(seen["you"]["role"] == "viewer", seen)
    shown = show(one, SERVICE, "User", "StatusText", "NRestarts", "NotifyAccess", "WatchdogUSec")
    expect(shown["User"] == "trueconfig" and "serves" in shown["StatusText"], shown)


def roles_hold(one):
    """Each may do what the role allows and nothing else"""
    one.ssh("nina", "trueconfig status", expect=4)
    one.ssh("zoe", "trueconfig status", expect=4)
    for verb in ("scan", "plan PA-01", "settings enable --reason no", "mode PA-01 manual --reason no", "kill --reason no"):
        one.ssh("vera", f"trueconfig {verb}", expect=4)
    one.run("trueconfig status", expect=4)  # uid 0 has no role unless it is listed
    one.ssh("otto", "trueconfig scan", expect=1)
    one.ssh("otto", "trueconfig settings enable --reason 'the change of 3 June'")
    one.ssh("otto", "trueconfig mode PA-01 manual --reason 'the change of 3 June'")
    seen = status(one)
    expect(seen["auto_remediation_enabled"] and seen["last_scan"]["error"] == "", seen)


def pending(one, control):
    one.ssh("sam", f"trueconfig plan {control}")
    shown = json.loads(one.ssh("sam", "trueconfig history --json"))
    rows = [row for row in shown["rows"] if row["control"] == control and row["state"] == "pending_approval"]
    expect(len(rows) == 1, shown)
    return rows[0]["id"]


def approval(one, id):
    """The words of an approval of what is shown now, each failing gate acknowledged."""
    detail = json.loads(one.ssh("sam", f"trueconfig show {id} --json"))
    failing = [gate["gate"] for gate in detail["gates"] if gate["outcome"] != "pass"]
    gates = " ".join(f"--acknowledge {gate}" for gate in failing)
    return f"trueconfig approve {id} {agreed(detail)} --note 'read by two' {gates}"


def agreed(detail):
    return f"--yes --digest {detail['digest']}"


def fixed(one):
    """A fix is approved, carried out, verified and taken back; the record names the person"""
    id = pending(one, "PA-01")
    one.ssh("otto", approval(one, id), expect=4)
    one.ssh("sam", approval(one, id))
    detail = json.loads(one.ssh("sam", f"trueconfig show {id} --json"))
    one.ssh("sam", f"trueconfig rollback {id} {agreed(detail)} --note 'only a rehearsal'")
    approvals = [record for record in records(one) if record["kind"].startswith("approv")]
    uid = int(one.run("id -u sam").stdout)
    expect(approvals and all(f'"uid":{uid}' in json.dumps(one, separators=(",", ":")) for one in approvals),
           f"not approved by uid {uid}: {approvals}")
    verify(one)


def sudo_is_seen(one):
    """Who acts as somebody else is recorded by the account of the login"""
    one.write("/etc/sudoers.d/sam", "otto ALL=(sam) NOPASSWD: ALL\n", 0o440)
    one.ssh("otto", "sudo -u sam trueconfig breakglass record --note 'both keys'")
    actor = [record for record in records(one) if record["kind"] == "emergency_access_verified"][-1]["actor"]
    uid, login = (int(one.run(f"id -u {name}").stdout) for name in ("sam", "otto"))
    expect((actor["uid"], actor["login_uid"]) == (uid, login), actor)


def hardened(one):
    """The running unit's exposure, the kernel's word on what it may do, and no call refused"""
    told = one.run(f"systemd-analyze security --no-pager {SERVICE}").stdout
    exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", told).group(1))
    expect(exposure <= EXPOSURE, f"exposure {exposure}, not {EXPOSURE} at most\n{told}")
    proc = one.run(f"cat /proc/{main_pid(one)}/status").stdout
    expect(re.search(r"^CapBnd:\s+0+$", proc, re.M) and re.search(r"^NoNewPrivs:\s+1$", proc, re.M), proc)
    expect(re.search(r"^Seccomp:\s+2$", proc, re.M), proc)
    log = one.run(f"journalctl --unit={SERVICE} --output=cat").stdout
    bad = [line for line in log.splitlines() if re.search(r"not permitted|denied|panicked|ERROR", line)]
    expect(not bad, "the daemon met refusals:\n" + "\n".join(bad))
    print(f"    exposure {exposure}")


def terminals(one):
    """The screens over SSH: left in order, when the session is ended, and when the network is cut"""
    gone = lambda user: (lambda: not one.run(f"pgrep -u {user} -x trueconfig", check=False).stdout)
    leave = "\x1b[?1049l"
    screen = one.terminal("vera", "trueconfig")
    screen.wait_for("Controls")
    screen.type("q")
    expect(leave in screen.end(), "the terminal is not given back")

    screen = one.terminal("vera", "trueconfig")
    screen.wait_for("Controls")
    one.run("pkill -TERM -u vera -x trueconfig")
    shown = screen.end()
    expect(leave in shown and "\x1b[?25h" in shown, "the terminal is not given back when the session is ended")

    screen = one.terminal("vera", "trueconfig")
    screen.wait_for("Controls")
    screen.cut()
    until("the client of a lost session ends", gone("vera"))
    expect(state(one, SERVICE) == "active", "a lost session ended the daemon")


def restarted(one):
    """A restart keeps the state, and the socket keeps those who come meanwhile waiting"""
    before = status(one)
    one.run(f"systemctl restart {SERVICE}")
    after = status(one)
    expect(after["journal"]["records"] >= before["journal"]["records"], (before, after))
    expect(show(one, SERVICE, "Result")["Result"] == "success", "it did not stop in order")


def upgraded(one):
    """An upgrade in the midst of a remediation: the tenant does not answer, the daemon is replaced, nothing is lost"""
    one.ssh("sam", "trueconfig scan", expect=1)
    id = pending(one, "PA-01")
    words = approval(one, id)
    one.run("systemctl kill --signal=STOP twin.service")
    one.ssh("sam", f"{words} --no-wait")
    started = until("the fix begins", lambda: [r for r in records(one) if r["kind"] == "execution_started"], 30)
    old = main_pid(one)
    expect(started, "nothing was under way")
    one.run(f"apt-get install --yes --no-install-recommends {one.new}")
    expect(main_pid(one) not in (0, old), "the upgrade did not restart the daemon")
    expect("0.1.0" in one.run("dpkg-query --show trueconfig").stdout, "not upgraded")
    one.run("systemctl kill --signal=CONT twin.service")
    ended = lambda: json.loads(one.ssh("sam", f"trueconfig show {id} --json"))["row"]["state"]
    until("the fix is verified", lambda: ended() == "verified")
    verify(one)


def hanging(one):
    """A daemon that hangs is killed by the watchdog and started again"""
    one.write(f"/etc/systemd/system/{SERVICE}.d/watchdog.conf", "[Service]\nWatchdogSec=6\nRestartSec=100ms\n")
    one.run(f"systemctl daemon-reload && systemctl restart {SERVICE}")
    old = main_pid(one)
    one.run(f"kill -STOP {old}")
    until("systemd starts it again", lambda: main_pid(one) not in (0, old) and state(one, SERVICE) == "active")
    expect("watchdog" in one.run(f"journalctl --unit={SERVICE} --output=cat").stdout.lower(), "not by the watchdog")
    expect(status(one)["journal"].get("damage") is None, "the journal was damaged")
    one.run(f"rm /etc/systemd/system/{SERVICE}.d/watchdog.conf && systemctl daemon-reload && systemctl restart {SERVICE}")
    verify(one)


def purged(one):
    """Purged, the audit log is still there, whole, and the package said where"""
    one.run("cp /usr/libexec/trueconfig/trueconfigd /srv/verifier")
    before = verify(one, "/srv/verifier")["last"]["seq"]
    told = one.run("apt-get purge --yes trueconfig").stdout
    expect("/var/lib/trueconfig" in told, f"the package does not say where the log stays: {told}")
    expect(verify(one, "/srv/verifier")["last"]["seq"] > before, "the daemon's stop is not in the log")
    one.run("test ! -e /run/trueconfig && test ! -e /usr/libexec/trueconfig")
    expect("trueconfig" not in one.run("systemctl list-unit-files --no-pager").stdout, "units are left")
    expect(one.is_running(), "a unit failed")


ACTS = [
    installed, twin_runs, configured, people, started_by_its_socket, roles_hold, fixed, sudo_is_seen, hardened, terminals, restarted,
    upgraded, hanging, purged,
]
