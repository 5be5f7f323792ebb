"""The real `aws` command line as a child process."""

import json
import pathlib
import subprocess
import sys
from dataclasses import dataclass

from harness.clients import REGION
from harness.process import Gatekey, Keys, binary, clean_environment

AWS = pathlib.Path(sys.executable).with_name("aws")


@dataclass
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> dict:
        assert self.code == 0, self.err
        return json.loads(self.out)

    def text(self) -> str:
        assert self.code == 0, self.err
        return self.out.removesuffix("\n")


class Aws:
    """Runs `aws` against one server with nothing but the three variables that the README tells users to export."""

    def __init__(self, server: Gatekey, folder: pathlib.Path, **extra: str):
        self.folder = folder
        self.environment = clean_environment(
            AWS_ENDPOINT_URL=server.endpoint,
            AWS_REGION=REGION,
            AWS_SHARED_CREDENTIALS_FILE=str(server.credentials),
            AWS_CONFIG_FILE=str(folder / "no-such-config"),
            AWS_MAX_ATTEMPTS="1",
            AWS_PAGER="",
            # The command line caches the credentials of roles in the home folder, and would find those of an earlier server.
            HOME=str(folder),
            **extra,
        )

    def profile(self, name: str, keys: Keys) -> str:
        """Adds credentials to the shared file, as a user keeps them; gives the name back."""
        path = pathlib.Path(self.environment["AWS_SHARED_CREDENTIALS_FILE"])
        lines = [f"[{name}]", f"region = {REGION}", f"aws_access_key_id = {keys.access}", f"aws_secret_access_key = {keys.secret}"]
        lines += [f"aws_session_token = {keys.token}"] if keys.token else []
        with path.open("a") as file:
            file.write("\n" + "\n".join(lines) + "\n")
        return name

    def configure(self, profile: str, **settings: str) -> str:
        """Adds a profile to a configuration file of its own in the folder; gives the name back."""
        path = self.folder / "config"
        self.environment["AWS_CONFIG_FILE"] = str(path)
        with path.open("a") as file:
            lines = [f"[profile {profile}]", f"region = {REGION}", *(f"{name} = {value}" for name, value in settings.items())]
            file.write("\n".join(lines) + "\n")
        return profile

    def write(self, name: str, document) -> str:
        """A file in the folder with a document or a text; how a command names it."""
        (self.folder / name).write_text(document if isinstance(document, str) else json.dumps(document))
        return f"file://{name}"

    def __call__(self, *arguments: str) -> Said:
        ended = subprocess.run(
            [sys.executable, str(AWS), *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Said(ended.returncode, ended.stdout, ended.stderr)


class Asking:
    """`gatekey` as a client of its server, in the environment of `aws`."""

    def __init__(self, aws: Aws):
        self.aws = aws

    def __call__(self, *arguments: str, **variables: str) -> Said:
        ended = subprocess.run(
            [str(binary()), *arguments],
            cwd=self.aws.folder,
            env=self.aws.environment | variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Said(ended.returncode, ended.stdout, ended.stderr)
