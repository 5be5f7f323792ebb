"""Documents that are told in commands: what each block prints is in the document, and is compared with what it does print.

A document has parts. A part begins with a `console` block that has `$ gatekey dev ...` in it: the server for what follows. Its `sh` blocks
are run one after the other in one shell. A `text` block right after one is what that prints, on standard output and standard error: `…`
stands for anything within a line, and a line of `…` alone for any lines. A block without it must succeed, every command of it.
"""

import difflib
import pathlib
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field

from harness import pages, process
from harness.cli import Aws

ANY = "…"
SECONDS = 300
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


@dataclass
class Block:
    """Commands, the line of the document where they begin, and what they are to print if the document says so."""

    line: int
    commands: str
    expected: str | None = None


@dataclass
class Part:
    """The server that a part of a document asks for, and its blocks."""

    dev: list[str]
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Stage:
    """Where a part was played: its server, which is stopped by now, and the folder of its shell."""

    server: process.Gatekey
    folder: pathlib.Path


def parts(text: str) -> list[Part]:
    """A document's parts, in order."""
    told: list[Part] = []
    end, last = 0, None
    for fence in FENCE.finditer(text):
        kind, content = fence.groups()
        adjacent = not text[end : fence.start()].strip()
        if kind == "console":
            told.append(Part(dev_arguments(content)))
        elif kind == "sh":
            assert told, "commands before any server"
            told[-1].blocks.append(Block(text.count("\n", 0, fence.start()) + 2, content))
        elif kind == "text" and last == "sh" and adjacent:
            told[-1].blocks[-1].expected = content
        else:
            raise AssertionError(f"line {text.count(chr(10), 0, fence.start()) + 1}: {kind!r} blocks have no meaning here")
        end, last = fence.end(), kind
    assert told and all(part.blocks for part in told), "no part, or one without commands"
    return told


def dev_arguments(console: str) -> list[str]:
    """What follows `gatekey dev` in a console block; where the credentials are written is the test's to say."""
    command = shlex.split(next(line for line in console.splitlines() if line.startswith("$ gatekey dev ")))[3:]
    at = command.index("--credentials")
    return command[:at] + command[at + 2 :]


def difference(expected: str, printed: str) -> str | None:
    """None if a block printed what was expected, or else the lines that differ."""
    wanted, got = lines_of(expected), lines_of(printed)
    if follows(wanted, got):
        return None
    seen = [next((line for line in wanted if line != ANY and fits(line, actual)), actual) for actual in got]
    return "\n".join(difflib.unified_diff(wanted, seen, "the document", "what was printed", lineterm="", n=2))


def lines_of(text: str) -> list[str]:
    """Lines that are not blank, with gaps in tables made equal: `aws` begins errors with a blank line, and ids make columns wide."""
    return [re.sub(r"(?<=\S) {2,}", "  ", line.rstrip()) for line in text.split("\n") if line.strip()]


def follows(wanted: list[str], got: list[str]) -> bool:
    """Whether lines are those wanted, each `…` among which may be any number of them."""
    if not wanted:
        return not got
    if wanted[0] == ANY:
        return any(follows(wanted[1:], got[skipped:]) for skipped in range(len(got) + 1))
    return bool(got) and fits(wanted[0], got[0]) and follows(wanted[1:], got[1:])


def fits(wanted: str, line: str) -> bool:
    """Whether a line is the one wanted, in which each `…` may be anything."""
    return re.fullmatch(".*".join(map(re.escape, wanted.split(ANY))), line) is not None


def play(document: pathlib.Path, folder: pathlib.Path) -> list[Stage]:
    """Plays every part of a document against a server of its own; fails at the first block that does not do what it says."""
    stages = []
    for number, part in enumerate(parts(document.read_text())):
        server = process.launch_dev(folder / f"server-{number}", part.dev)
        try:
            stage = Stage(server, folder / f"shell-{number}")
            stage.folder.mkdir()
            shutil.copy(document.with_name("people.sh"), stage.folder)
            run(document.name, part.blocks, Aws(server, stage.folder))
            stages.append(stage)
        finally:
            server.kill()
    return stages


def run(name: str, blocks: list[Block], aws: Aws) -> None:
    """Runs blocks in one shell, whose output goes to a file for each."""
    said = aws.folder / "said"
    said.mkdir()
    script = "".join(framed(block, said / str(number)) for number, block in enumerate(blocks))
    environment = pages.environment(aws, aws.folder)
    ended = subprocess.run(["bash", "-c", script], cwd=aws.folder, env=environment, timeout=SECONDS, check=False)
    for number, block in enumerate(blocks):
        output = said / str(number)
        assert output.exists(), f"{name}: the shell ended before line {block.line}"
        printed = output.read_text()
        last = ended.returncode != 0 and not (said / str(number + 1)).exists()
        judge(f"{name}:{block.line}", block, printed, ended.returncode if last else 0)


def framed(block: Block, output: pathlib.Path) -> str:
    """A block's part of the script. Where the document says what is printed, that is compared, and a command may fail."""
    errexit = "-e" if block.expected is None else "+e"
    return f"set {errexit} -uo pipefail; exec > {shlex.quote(str(output))} 2>&1\n{block.commands}"


def judge(where: str, block: Block, printed: str, code: int) -> None:
    """Fails where a block did not do what the document says."""
    if block.expected is None:
        assert code == 0, f"{where}: a command failed, and the document does not say so:\n{block.commands}{printed}"
        return
    differs = difference(block.expected, printed)
    assert differs is None, f"{where}: not what the document says:\n{block.commands}{differs}\n\nall that was printed:\n{printed}"
