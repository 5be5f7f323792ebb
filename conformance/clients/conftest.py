"""One server a session (and a worker, when several run), fresh keys a test."""

import pytest

from harness import cli, process, wire
from harness.clients import ACCOUNT, OTHER_ACCOUNT, connect
from harness.identities import Root


def pytest_collection_modifyitems(items):
    """Terraform's few tests and the stories take longest: they come first, a file for each worker."""
    items.sort(key=lambda item: not item.path.name.startswith(("test_terraform", "test_stories")))


def pytest_collection_finish(session):
    """A suite without its server is one clear failure, not a thousand."""
    if not session.config.option.collectonly and not process.binary().exists():
        pytest.exit(f"{process.binary()} is not there: run `cargo build -p gatekey`, or set GATEKEY_BIN", returncode=1)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = process.dev(tmp_path_factory.mktemp("dev"), [ACCOUNT, OTHER_ACCOUNT])
    yield running
    try:
        ends_well(running)
    finally:
        if running.process.poll() is None:
            running.kill()


def ends_well(server):
    """What must be true after all the tests that a server has served: no panic and no secret in its log, a clean end."""
    log = server.log()
    assert "panicked" not in log
    for profile in ("default", f"root-{ACCOUNT}", f"root-{OTHER_ACCOUNT}"):
        assert server.keys(profile).secret not in log
    assert server.stop() == 0
    assert list((server.folder / "tmp").iterdir()) == [], "it leaves no data behind"


@pytest.fixture(scope="session")
def kms(server):
    """The first account's root user."""
    return connect(server, server.keys(f"root-{ACCOUNT}"))


@pytest.fixture(scope="session")
def other_kms(server):
    """The second account's root user."""
    return connect(server, server.keys(f"root-{OTHER_ACCOUNT}"))


@pytest.fixture(scope="session")
def root(server):
    """The first account's root user, who makes users and roles."""
    return Root(server)


@pytest.fixture(scope="session")
def other_root(server):
    """The second account's root user."""
    return Root(server, OTHER_ACCOUNT)


@pytest.fixture
def raw(server):
    """Hand-made requests of the first account's root user."""
    connection = wire.Wire(server, server.keys(f"root-{ACCOUNT}"))
    yield connection
    connection.close()


@pytest.fixture
def other_raw(server):
    connection = wire.Wire(server, server.keys(f"root-{OTHER_ACCOUNT}"))
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def aws(server, tmp_path_factory):
    return cli.Aws(server, tmp_path_factory.mktemp("aws"))


@pytest.fixture(scope="session")
def gatekey(aws):
    return cli.Asking(aws)


@pytest.fixture
def key(kms):
    """Metadata of a new symmetric key under the default policy."""
    return kms.create_key()["KeyMetadata"]
