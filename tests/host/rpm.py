"""The .rpm in a root of its own: files, owners, modes, what it needs, and what its scriptlets do."""

import subprocess

from machine import Failure, host

UNITS = ("trueconfigd.service", "trueconfigd.socket")


def rpm(root, *arguments):
    ran = subprocess.run(["rpm", f"--root={root}", *arguments], capture_output=True, text=True)
    if ran.returncode != 0:
        raise Failure(f"rpm {' '.join(arguments)}\n{ran.stdout}{ran.stderr}")
    return ran.stdout + ran.stderr


def query(package, *what):
    return host("rpm", "--query", "--package", *what, str(package), capture_output=True).stdout


def install_rpm(old, new, debian, root):
    """Installs, upgrades and erases; dependencies aside, for the root is a Debian one and has no rpm database."""
    host("cp", "--archive", "--reflink=auto", str(debian), str(root))
    needs = query(new, "--requires").splitlines()
    for need in ("systemd >= 250", "glibc >= 2.34", "libc.so.6(GLIBC_2.34)(64bit)"):
        if need not in needs:
            raise Failure(f"the rpm does not need {need}: {needs}")
    # As in any installation: scriptlets of systemd want /proc.
    host("mount", "-t", "proc", "proc", str(root / "proc"))
    try:
        install_upgrade_erase(old, new, root)
    finally:
        host("umount", str(root / "proc"))


def install_upgrade_erase(old, new, root):
    rpm(root, "--initdb")
    rpm(root, "--install", "--nodeps", str(old))
    expect_files(root)
    log = root / "var/lib/trueconfig/contoso/journal"
    log.mkdir(parents=True)
    rpm(root, "--upgrade", "--nodeps", str(new))
    expect_files(root)
    rpm(root, "--verify", "--nodeps", "trueconfig")
    told = rpm(root, "--erase", "trueconfig")
    if "/var/lib/trueconfig" not in told or not log.exists():
        raise Failure(f"the audit log is not kept, or not said to be: {told}")
    if (root / "usr/bin/trueconfig").exists():
        raise Failure("files are left")


def expect_files(root):
    listed = rpm(root, "--query", "--list", "--verbose", "trueconfig").splitlines()
    if not all(line.split()[2:4] == ["root", "root"] for line in listed):
        raise Failure(f"not all files are root's: {listed}")
    for path in ("usr/bin/trueconfig", "usr/sbin/trueconfigd", "usr/share/doc/trueconfig/sbom.cdx.json"):
        if not (root / path).exists():
            raise Failure(f"/{path} is missing")
    enabled = {link.name for link in (root / "etc/systemd/system").glob("*.wants/*")}
    for unit in UNITS:
        if unit not in enabled or not (root / "usr/lib/systemd/system" / unit).exists():
            raise Failure(f"{unit} is not there or not enabled")
    passwd = (root / "etc/passwd").read_text()
    if "trueconfig:" not in passwd:
        raise Failure("there is no user trueconfig")
    if (root / "var/lib/trueconfig").stat().st_mode & 0o777 != 0o700:
        raise Failure("others can read the store")
