"""Runs the `gatekey` binary as a child, waits for it by polling what it says, and never leaves it behind."""

import configparser
import contextlib
import ctypes
import os
import pathlib
import queue
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
START_SECONDS = 30
STOP_SECONDS = 15
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def binary() -> pathlib.Path:
    """The program under test: GATEKEY_BIN, or what `cargo build` leaves."""
    named = os.environ.get("GATEKEY_BIN")
    if named:
        return pathlib.Path(named)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return target / "debug" / "gatekey"


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_parent() -> None:
    """Asks the kernel to end the child when the test run ends, however it ends."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass(frozen=True)
class Keys:
    """One pair of access keys; with a token where they are temporary."""

    access: str
    secret: str
    token: str | None = None


def read_credentials(path: pathlib.Path) -> dict[str, Keys]:
    """Parses an AWS shared-credentials file as an SDK would."""
    parsed = configparser.RawConfigParser()
    parsed.read_string(path.read_text())
    return {
        name: Keys(parsed[name]["aws_access_key_id"], parsed[name]["aws_secret_access_key"]) for name in parsed.sections()
    }


def clean_environment(**extra: str) -> dict[str, str]:
    """The caller's environment without anything that configures an AWS client or Gatekey."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "GATEKEY_"))}
    kept.update(extra)
    return kept


@dataclass
class Gatekey:
    """A running server: where it answers, whose keys it knows, and what it wrote."""

    process: subprocess.Popen
    endpoint: str
    credentials: pathlib.Path
    folder: pathlib.Path
    ca_bundle: pathlib.Path | None = None
    lines: "queue.Queue[str | None]" = field(default_factory=queue.Queue)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.endpoint.split("//")[1].split(":")
        return host, int(port)

    def keys(self, profile: str = "default") -> Keys:
        return read_credentials(self.credentials)[profile]

    def resident_kib(self) -> int:
        """Resident memory in KiB, as the kernel counts it."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])

    def log(self) -> str:
        return (self.folder / "stderr.log").read_text(errors="replace")

    def stop(self) -> int:
        """Asks it to drain and end; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        self.process.kill()
        self.process.wait()


def launch(arguments: list[str], endpoint: str, credentials: pathlib.Path, folder: pathlib.Path, **environment: str) -> Gatekey:
    """Starts the binary; its standard error goes to `folder/stderr.log`, its standard output to a queue of lines."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "stderr.log", "ab") as log:
        process = subprocess.Popen(
            [str(binary()), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=folder,
            env=clean_environment(**environment),
            preexec_fn=die_with_parent,
        )
    server = Gatekey(process, endpoint, credentials, folder)
    threading.Thread(target=pump, args=(process.stdout, server.lines), daemon=True).start()
    return server


def pump(stream, lines) -> None:
    """Moves a child's output into a queue, so that a full pipe never blocks it."""
    for line in stream:
        lines.put(line.rstrip("\n"))
    lines.put(None)


def wait_for_line(server: Gatekey, wanted: str) -> None:
    """Blocks until the server prints `wanted` on standard output, or fails with what it said instead."""
    deadline = time.monotonic() + START_SECONDS
    said = []
    while time.monotonic() < deadline:
        with contextlib.suppress(queue.Empty):
            line = server.lines.get(timeout=0.2)
            if line is None:
                break
            said.append(line)
            if line.strip() == wanted:
                return
    server.kill()
    raise AssertionError(f"no line {wanted!r}; stdout {said!r}; stderr:\n{server.log()}")


def wait_for_port(server: Gatekey) -> None:
    """Blocks until the server accepts connections, or fails with its own words if it ended."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise AssertionError(f"ended with {server.process.returncode}:\n{server.log()}")
        with contextlib.suppress(OSError), socket.create_connection(server.address, timeout=1):
            return
        time.sleep(0.01)
    server.kill()
    raise AssertionError(f"never listened:\n{server.log()}")


def dev(folder: pathlib.Path, accounts: list[str], region: str = "us-east-1", arguments: tuple[str, ...] = ()) -> Gatekey:
    """`gatekey dev`: a throw-away server; its temporary data stays under `folder/tmp` where tests can read it."""
    return launch_dev(folder, ["--accounts", ",".join(accounts), "--region", region, *arguments])


def launch_dev(folder: pathlib.Path, arguments: list[str]) -> Gatekey:
    """The same with these arguments; where it listens and writes its credentials is decided here."""
    (folder / "tmp").mkdir(parents=True)
    port = free_port()
    credentials = folder / "credentials"
    command = ["dev", "--listen", f"127.0.0.1:{port}", "--credentials", str(credentials), *arguments]
    server = launch(command, f"http://127.0.0.1:{port}", credentials, folder, TMPDIR=str(folder / "tmp"))
    wait_for_line(server, "ready")
    return server


def organized(folder: pathlib.Path, accounts: list[str]) -> Gatekey:
    """A throw-away server whose accounts are one organization, which the first manages. An organization is a server's own."""
    return dev(folder, accounts, arguments=("--management-account", accounts[0]))
