"""`gatekey serve` on a data folder that lasts, as an operator runs it."""

import pathlib
import subprocess
from dataclasses import dataclass

from harness import process
from harness.clients import connect
from harness.process import Gatekey, Keys


@dataclass
class Installation:
    """A data folder, and the servers that are started on it one after another."""

    folder: pathlib.Path
    data: pathlib.Path
    tls: bool = False
    running: Gatekey | None = None

    @property
    def credentials(self) -> pathlib.Path:
        return self.data / "credentials"

    def start(self) -> Gatekey:
        """Starts `gatekey serve` and waits until it accepts connections."""
        server = self.launch(process.free_port())
        self.running = server
        process.wait_for_port(server)
        return server

    def launch(self, port: int) -> Gatekey:
        scheme = "https" if self.tls else "http"
        server = process.launch(
            ["serve"],
            f"{scheme}://127.0.0.1:{port}",
            self.credentials,
            self.folder,
            GATEKEY_DATA=str(self.data),
            GATEKEY_LISTEN=f"127.0.0.1:{port}",
            GATEKEY_TLS_MODE="always" if self.tls else "auto",
        )
        if self.tls:
            server.ca_bundle = self.data / "ca.pem"
        return server

    def client(self, region: str = "us-east-1", profile: str = "default"):
        """A client of the server that runs now."""
        server = self.running
        verify = str(server.ca_bundle) if server.ca_bundle else None
        return connect(server, self.keys(profile), region=region, verify=verify)

    def keys(self, profile: str = "default") -> Keys:
        return process.read_credentials(self.credentials)[profile]

    def command(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs another `gatekey` command against the data folder."""
        return subprocess.run(
            [str(process.binary()), *arguments],
            cwd=self.folder,
            env=process.clean_environment(GATEKEY_DATA=str(self.data)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def end(self) -> None:
        if self.running is not None:
            self.running.kill()
