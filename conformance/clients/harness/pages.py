"""The commands that a page of the documentation tells its readers to run."""

import os
import pathlib
import re
import subprocess
import sys

from harness import process
from harness.cli import AWS, Aws

DOCS = pathlib.Path(__file__).parents[3] / "docs"


def commands(page: str) -> str:
    """Every shell block of a page, in order: a reader runs them one after the other in one shell."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", (DOCS / page).read_text(), flags=re.MULTILINE | re.DOTALL)
    assert blocks, page
    return "\n".join(blocks)


def environment(aws: Aws, folder: pathlib.Path) -> dict[str, str]:
    """The variables of a shell in a folder in which `aws` and `gatekey` are the real ones."""
    command = folder / "bin" / "aws"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{AWS}" "$@"\n')
    command.chmod(0o755)
    (folder / "bin" / "gatekey").symlink_to(process.binary())
    return aws.environment | {"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}


def run(page: str, aws: Aws, folder: pathlib.Path, after: str = "") -> str:
    """Runs a page's commands in a folder, then `after`, and gives what they print. The first that fails ends it."""
    script = f"set -euo pipefail\n{commands(page)}\n{after}"
    ended = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment(aws, folder), capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
