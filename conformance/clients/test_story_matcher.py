"""How a story's blocks are judged: whatever differs from the document fails, and says where."""

import pytest

from harness import cli, stories
from harness.stories import Block, difference

DENIED = "An error occurred (AccessDeniedException) when calling the Encrypt operation: User: … is not authorized\n"


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("one\ntwo\n", "one\ntwo\n"),
        ("one\ntwo\n", "\none  \n\ntwo\n"),
        ("ID  WHO\n…   ann\n", "ID      WHO\n0a1b2c  ann\n"),
        ("key/… is Enabled\n", "key/0a1b is Enabled\n"),
        ("…\n", ""),
        ("…\nlast\n", "one\ntwo\nlast\n"),
        ("first\n…\nlast\n", "first\nlast\n"),
        ("first\n…\n", "first\nand\nmore\n"),
        (DENIED, "An error occurred (AccessDeniedException) when calling the Encrypt operation: User: a is not authorized\n"),
        ("a.b*[c]\n", "a.b*[c]\n"),
    ],
)
def test_what_is_printed_as_told_is_no_difference(expected, printed):
    assert difference(expected, printed) is None


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("one\n", "two\n"),
        ("one\n", ""),
        ("one\ntwo\n", "one\n"),
        ("one\n", "one\ntwo\n"),
        ("one\ntwo\n", "two\none\n"),
        ("  one\n", "one\n"),
        ("one two\n", "one  two\n"),
        ("key/… is Enabled\n", "key/0a1b is Disabled\n"),
        ("a … b\n", "a\nb\n"),
        ("first\n…\nlast\n", "first\nlast\nafter\n"),
        (DENIED, "An error occurred (DisabledException) when calling the Encrypt operation: User: a is not authorized\n"),
        ("a.b\n", "axb\n"),
        ("", "something\n"),
    ],
)
def test_whatever_is_printed_otherwise_is_a_difference(expected, printed):
    assert difference(expected, printed)


def test_a_difference_shows_the_lines_that_differ_and_no_ids():
    told = difference("key/… is Enabled\nit has 2 tags\n", "key/0a1b is Enabled\nit has 3 tags\n")
    assert told.splitlines()[2:] == ["@@ -1,2 +1,2 @@", " key/… is Enabled", "-it has 2 tags", "+it has 3 tags"]


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        (Block(7, "echo one\n", "two\n"), "a.md:7: not what the document says"),
        (Block(7, "echo one; false\necho two\n"), "a.md:7: a command failed"),
        (Block(7, "false | true\n"), "a.md:7: a command failed"),
        (Block(7, "echo $unset\n"), "a.md:7: a command failed"),
        (Block(7, "exit 3\n", "…\n"), "a.md: the shell ended before line 9"),
    ],
)
def test_a_block_that_does_not_do_what_is_told_fails_at_its_line(server, tmp_path, block, complaint):
    with pytest.raises(AssertionError, match=complaint):
        stories.run("a.md", [Block(5, "true\n"), block, Block(9, "true\n")], cli.Aws(server, tmp_path))


def test_a_refusal_that_is_told_is_no_failure_and_the_shell_is_one(server, tmp_path):
    blocks = [Block(1, "word=said\n"), Block(2, "echo $word >&2; false\n", "said\n"), Block(3, "test $word = said\n")]
    stories.run("a.md", blocks, cli.Aws(server, tmp_path))


def test_a_document_has_parts_each_with_the_server_that_it_asks_for():
    text = """
```console
$ gatekey dev --accounts 1,2 --credentials ./credentials --set recovery.cool_down=3s
```
```sh
one
```
```text
said
```
Prose.
```console
$ gatekey dev --credentials ./credentials
```
```sh
two
```
"""
    first, second = stories.parts(text)
    assert first.dev == ["--accounts", "1,2", "--set", "recovery.cool_down=3s"] and second.dev == []
    assert first.blocks == [Block(6, "one\n", "said\n")] and second.blocks == [Block(16, "two\n")]


@pytest.mark.parametrize(
    "text",
    [
        "```sh\ntrue\n```\n",
        "```console\n$ gatekey dev --credentials c\n```\n```text\nsaid\n```\n",
        "```console\n$ gatekey dev --credentials c\n```\n```sh\ntrue\n```\nProse.\n```text\nsaid\n```\n",
        "```console\n$ gatekey dev --credentials c\n```\n```bash\ntrue\n```\n",
    ],
)
def test_a_block_that_would_not_be_checked_is_a_mistake(text):
    with pytest.raises(AssertionError):
        stories.parts(text)
