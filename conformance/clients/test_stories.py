"""The documents of docs/stories: what they tell their readers to run prints what they say, and gives nothing away."""

import base64
import re

import pytest

from harness import pages, stories

STORIES = pages.DOCS / "stories"
# What each story encrypts, or is handed: none of it may be in what its server wrote, in any usual spelling.
PLAINTEXTS = {
    "s0": ["the grades of 2026"],
    "s1": ["correct-horse-battery"],
}


@pytest.mark.parametrize("name", sorted(PLAINTEXTS))
def test_a_story_goes_as_it_is_told_and_nothing_leaves_its_seal(name, tmp_path):
    stages = stories.play(STORIES / f"{name}.md", tmp_path)
    for stage in stages:
        wrote = b"".join(path.read_bytes() for path in stage.server.folder.rglob("*") if path.is_file())
        assert b'"eventName":"PutKeyPolicy"' in wrote, "the trail can be read, or what follows says nothing"
        assert "panicked" not in stage.server.log()
        for secret in PLAINTEXTS[name] + handed_out(stage):
            for spelling in spellings(secret):
                assert spelling not in wrote, f"{secret!r} as {spelling!r}"


def handed_out(stage: stories.Stage) -> list[str]:
    """The recovery shares that custodians were dealt, and the codes of whoever asked to be let in."""
    shares = [path.read_text().splitlines()[1] for path in stage.folder.glob("shares/*")]
    assert all(share.startswith("GKRS1-") for share in shares)
    return shares


def spellings(secret: str) -> list[bytes]:
    """A secret as it is, in base64 wherever it begins, and in hexadecimal."""
    raw = secret.encode()
    told = [raw, raw.hex().encode(), raw.hex().upper().encode()]
    for shift in range(3):
        within = base64.b64encode(b"\0" * shift + raw)[-(-shift * 8 // 6) :]
        told.append(re.sub(rb".{0,2}=*$", b"", within))
    return told
