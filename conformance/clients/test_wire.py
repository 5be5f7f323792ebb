"""botocore sends what the wire's vectors say, and reads Gatekey's answers as they were meant."""

import importlib.util
import pathlib

import pytest

pytest.importorskip("botocore")
PATH = pathlib.Path(__file__).parent.parent / "wire" / "oracle.py"
SPEC = importlib.util.spec_from_file_location("oracle", PATH)
oracle = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(oracle)


@pytest.mark.parametrize("service", list(oracle.SERVICES))
def test_botocore_agrees_with_every_vector(service):
    assert list(oracle.problems(service)) == []
