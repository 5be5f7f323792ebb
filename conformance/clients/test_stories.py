"""The documents of docs/stories: what they tell their readers to run prints what they say, and gives nothing away."""

import base64

import pytest

from harness import pages, stories

STORIES = pages.DOCS / "stories"
# What each story encrypts, or is handed: none of it may be in what its server wrote, in any usual spelling.
PLAINTEXTS = {
    "s0": [b"the grades of 2026"],
    "s1": [b"correct-horse-battery"],
    "s2": [b"the price list"],
    "s3": [],
    "s4": [b"a letter", b"opening-night-1913"],
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


def test_every_story_is_played():
    assert {path.stem for path in STORIES.glob("s*.md")} == PLAINTEXTS.keys()


def handed_out(stage: stories.Stage) -> list[bytes]:
    """The shares that custodians were dealt, and the plaintexts of data keys, which a story keeps in files that say so."""
    shares = [path.read_text().splitlines()[1].encode() for path in stage.folder.glob("shares/*")]
    assert all(share.startswith(b"GKRS1-") for share in shares)
    return shares + [base64.b64decode(path.read_text()) for path in stage.folder.glob("*.secret")]


def spellings(secret: bytes) -> list[bytes]:
    """A secret as it is, in hexadecimal, and in base64 wherever in a longer text it begins."""
    told = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    for before in range(3):
        # What neither the bytes before it nor those after it have a part in.
        told.append(base64.b64encode(b"\0" * before + secret)[(before * 8 + 5) // 6 : (before + len(secret)) * 8 // 6])
    return told


@pytest.mark.parametrize("before", range(6))
def test_a_secret_is_found_however_it_is_spelt(before):
    secret = b"opening-night-1913"
    text = b"x" * before + secret + b"yz"
    for wrote in (text, text.hex().encode(), text.hex().upper().encode(), base64.b64encode(text)):
        assert any(spelling in wrote for spelling in spellings(secret)), wrote
