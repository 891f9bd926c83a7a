"""A Debian machine with a real systemd, booted by systemd-nspawn from a copy of a cached root; its network is its own
loopback and nothing else. Commands run in it through its namespaces, or over its real sshd."""

import fcntl
import os
import pathlib
import pty
import select
import shutil
import signal
import struct
import subprocess
import termios
import time

DEBIAN, MIRROR = "bookworm", "http://deb.debian.org/debian"
PACKAGES = "systemd,systemd-sysv,dbus,libpam-systemd,openssh-server,openssh-client,sudo"
# What a machine in daily use sees: the container's name service, its users, its journal.
KEYS = "/etc/test-keys"
# Seconds, on a busy machine.
BOOT, PATIENCE = 120, 120


class Failure(Exception):
    """Something is not as it must be."""


def host(*command, **options):
    return subprocess.run(command, check=True, text=True, **options)


def until(what, question, seconds=PATIENCE):
    """Asks until the answer is not false; returns it."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(0.2)


def cached_root(cache):
    """A Debian root made once; what an interrupted run left half made is made again."""
    root = cache / f"debian-{DEBIAN}"
    if not root.exists():
        half = root.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        host("debootstrap", "--variant=minbase", f"--include={PACKAGES}", DEBIAN, str(half), MIRROR)
        half.rename(root)
    return root


class Machine:
    """See the module. Used as a context; powered off at its end."""

    def __init__(self, cache, work):
        self.root = work / "machine"
        self.log = work / "machine.log"
        if self.root.exists():
            shutil.rmtree(self.root)
        host("cp", "--archive", "--reflink=auto", str(cached_root(cache)), str(self.root))

    def __enter__(self):
        command = ["systemd-nspawn", "--register=no", "--keep-unit", "--boot", "--quiet", "--private-network"]
        command += ["--console=pipe", "--machine=trueconfig-test", f"--directory={self.root}"]
        self.nspawn = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log.open("w"), stderr=subprocess.STDOUT)
        try:
            self.leader = until("systemd-nspawn starts init", self.child, BOOT)
            until("the machine boots", self.is_running, BOOT)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # SIGTERM asks for an orderly end of the machine.
        self.nspawn.terminate()
        try:
            self.nspawn.wait(30)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()
            self.nspawn.wait()

    def child(self):
        if self.nspawn.poll() is not None:
            raise Failure(f"systemd-nspawn ended: {self.log.read_text()}")
        found = subprocess.run(["pgrep", "--parent", str(self.nspawn.pid)], capture_output=True, text=True)
        return int(found.stdout.split()[0]) if found.stdout.split() else None

    def is_running(self):
        state = self.run("systemctl is-system-running", check=False).stdout.strip()
        if state == "degraded":
            raise Failure(self.run("systemctl --failed --no-pager").stdout)
        return state == "running"

    def enter(self):
        namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
        return ["nsenter", f"--target={self.leader}", *namespaces, "--"]

    def run(self, command, check=True, stdin="", expect=0):
        """A line of shell as root, outside any session."""
        ran = subprocess.run(
            [*self.enter(), "env", "-i", "PATH=/usr/sbin:/usr/bin", "LC_ALL=C.UTF-8", "sh", "-c", command],
            input=stdin, capture_output=True, text=True)
        if check and ran.returncode != expect:
            raise Failure(f"{command}\nexit code {ran.returncode}, not {expect}\n{ran.stdout}{ran.stderr}")
        return ran

    def write(self, path, text, mode=0o644, owner="root:root"):
        file = pathlib.Path(f"{self.root}{path}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        self.run(f"chown {owner} {path}")

    def add_user(self, name, *groups):
        """A user who logs in with a key."""
        for group in groups:
            self.run(f"getent group {group} || groupadd {group}")
        self.run(f"useradd --create-home --shell /bin/bash --groups '{','.join(groups)}' {name}")
        self.run(f"mkdir -p {KEYS} && ssh-keygen -q -t ed25519 -N '' -f {KEYS}/{name}")
        self.run(f"install -D -o {name} -m 600 {KEYS}/{name}.pub $(getent passwd {name} | cut -d: -f6)/.ssh/authorized_keys")

    def ssh_command(self, user, *options):
        strict = "-oStrictHostKeyChecking=accept-new -oUserKnownHostsFile=/run/known-hosts -oLogLevel=ERROR"
        return [*self.enter(), "ssh", *strict.split(), "-i", f"{KEYS}/{user}", *options, f"{user}@127.0.0.1"]

    def ssh(self, user, command, expect=0):
        """A command of a user over SSH; its output."""
        ran = subprocess.run(
            [*self.ssh_command(user), command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if ran.returncode != expect:
            raise Failure(
                f"{user}: {command}\nexit code {ran.returncode}, not {expect}\n{ran.stdout}{ran.stderr}")
        return ran.stdout + ran.stderr

    def terminal(self, user, command):
        return Terminal(self.ssh_command(user, "-tt") + [command])


class Terminal:
    """A command of a user over SSH in a terminal of 100 by 30."""

    def __init__(self, command):
        self.shown = b""
        pid, self.screen = pty.fork()
        if pid == 0:
            os.environ["TERM"] = "xterm-256color"
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
            os.execvp(command[0], command)
        self.pid = pid
        self.status = None

    def wait_for(self, text, seconds=PATIENCE):
        """Waits until the text was shown, or with no text until the other side closed."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if text is not None and text.encode() in self.shown:
                return
            if select.select([self.screen], [], [], 0.2)[0]:
                try:
                    self.shown += os.read(self.screen, 65536)
                except OSError:
                    if text is None:
                        return
                    break
        raise Failure(f"{text!r} was not shown; this was:\n{self.shown.decode(errors='replace')[-3000:]}")

    def type(self, keys):
        os.write(self.screen, keys.encode())

    def end(self):
        """Waits until the connection ended; returns all that was shown."""
        self.wait_for(None)
        os.waitpid(self.pid, 0)
        os.close(self.screen)
        return self.shown.decode(errors="replace")

    def cut(self):
        """Cuts the connection as a lost network does: no goodbye."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.screen)
