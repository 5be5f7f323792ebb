"""The real `terraform` with the real AWS provider as a child process."""

import datetime
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from harness.clients import REGION
from harness.process import Gatekey, clean_environment

CONFIGURATIONS = pathlib.Path(__file__).resolve().parents[1] / "terraform"
PROVIDER = "registry.terraform.io/hashicorp/aws"
SERVICES = ("iam", "kms", "organizations", "resourcegroupstaggingapi", "secretsmanager", "ssm", "sts")
APPLY_SECONDS = 300
SECOND_REGION = "eu-west-1"


def mirror() -> pathlib.Path:
    """A folder that holds the AWS provider, laid out as Terraform's filesystem mirrors are."""
    named = os.environ.get("TF_PLUGIN_MIRROR")
    candidates = [pathlib.Path(named)] if named else []
    candidates += [pathlib.Path("/opt/tf-plugins"), pathlib.Path.home() / ".terraform.d/plugins"]
    candidates += [pathlib.Path("/usr/local/share/terraform/plugins"), pathlib.Path("/usr/share/terraform/plugins")]
    for candidate in candidates:
        if (candidate / PROVIDER).is_dir():
            return candidate
    pytest.fail(f"the AWS provider is missing: put {PROVIDER} into ~/.terraform.d/plugins, or set TF_PLUGIN_MIRROR")


def program() -> str:
    found = shutil.which("terraform")
    if not found:
        pytest.fail("terraform is missing: install it (1.5 or newer) and put it on PATH")
    return found


def provider(keys, endpoints: str, *lines: str) -> str:
    """One configuration of the provider: Terraform has one for each Region."""
    settings = "\n  ".join([*lines, f'access_key = "{keys.access}"', f'secret_key = "{keys.secret}"', "max_retries = 2"])
    return f"""provider "aws" {{
  {settings}
  endpoints {{
{endpoints}
  }}
}}"""


def days_from_now(days: int) -> str:
    """A moment as the provider writes it."""
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Terraform:
    """One configuration in a folder of its own, against one server."""

    def __init__(self, server: Gatekey, name: str, folder: pathlib.Path, profile: str, **variables: str):
        self.folder = folder / name
        shutil.copytree(CONFIGURATIONS / name, self.folder)
        keys = server.keys(profile)
        endpoints = "\n".join(f'    {service} = "{server.endpoint}"' for service in SERVICES)
        (self.folder / "provider.tf").write_text(
            f"""
variable "stage" {{
  type = number
}}
terraform {{
  required_providers {{
    aws = {{ source = "hashicorp/aws" }}
  }}
}}
{provider(keys, endpoints, f'region = "{REGION}"')}
{provider(keys, endpoints, f'region = "{SECOND_REGION}"', 'alias = "second"')}
"""
        )
        configured = self.folder / "terraform.rc"
        configured.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror()}"\n  }}\n}}\n'
        )
        self.environment = clean_environment(
            TF_CLI_CONFIG_FILE=str(configured),
            TF_IN_AUTOMATION="1",
            # Its processes are many and short: what they would tidy up ends with them.
            GOGC="400",
            CHECKPOINT_DISABLE="1",
            AWS_EC2_METADATA_DISABLED="true",
            # For the configurations that declare them.
            TF_VAR_in_a_month=days_from_now(30),
            TF_VAR_in_two_months=days_from_now(60),
        )
        self.environment |= {f"TF_VAR_{name}": value for name, value in variables.items()}
        self.run("init", "-input=false", "-no-color")

    def run(self, *arguments: str, expect: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess:
        ended = subprocess.run(
            [program(), *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=APPLY_SECONDS,
            check=False,
        )
        assert ended.returncode in expect, f"terraform {' '.join(arguments)}:\n{ended.stdout}\n{ended.stderr}"
        return ended

    def apply(self, stage: int) -> None:
        self.run("apply", "-auto-approve", "-input=false", "-no-color", f"-var=stage={stage}")

    def plan_is_empty(self, stage: int) -> None:
        """Exit code 2 would say that there is something to change."""
        self.run("plan", "-detailed-exitcode", "-input=false", "-no-color", f"-var=stage={stage}")

    def destroy(self, stage: int) -> None:
        self.run("destroy", "-auto-approve", "-input=false", "-no-color", f"-var=stage={stage}")

    def outputs(self) -> dict:
        return {name: value["value"] for name, value in json.loads(self.run("output", "-json").stdout).items()}

    def whole_life(self) -> dict:
        """Applies, plans nothing, updates, plans nothing, destroys; gives the outputs after the update."""
        self.apply(1)
        self.plan_is_empty(1)
        self.apply(2)
        self.plan_is_empty(2)
        outputs = self.outputs()
        self.destroy(2)
        return outputs
