# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to AWX, and what it leads to: the execution environment, and the project of AWX."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.opsaudit.sessions.tests.awx import loaded, read

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "docsite" / "rst" / "guide_awx.rst").read_text("utf-8")
SETUP = (ROOT / "playbooks" / "awx_setup.yml").read_text("utf-8")
GALAXY = read(ROOT / "galaxy.yml")
SYSTEM = ["tzdata [platform:rpm platform:dpkg]", "openssh-clients [platform:rpm]", "openssh-client [platform:dpkg]"]
DEFINITION = ROOT / "playbooks" / "awx" / "execution-environment.yml"
TYPES = loaded("credential_types.yml")["awx_setup_credential_types"]
TEMPLATES = loaded("job_templates.yml")["awx_setup_job_templates"]
BUILDER = Path(sys.prefix, "bin", "ansible-builder")


def variable_files():
    """The variable files of the guide."""
    blocks = [textwrap.dedent(each) for each in re.findall(r"^\.\. code-block:: yaml\n\n((?:(?:   .*)?\n)+)", GUIDE, re.M)]
    found = [yaml.safe_load(block) for block in blocks]
    return [each for each in found if isinstance(each, dict) and any(name.startswith("awx_setup_") for name in each)]


def test_the_variable_files_are_taken():
    documented = set(re.findall(r"^# (awx_setup_\w+) ", SETUP, re.M))
    spec = read(ROOT / "roles" / "audit" / "meta" / "argument_specs.yml")["argument_specs"]["audit"]["options"]
    first, *more = variable_files()
    assert {"awx_setup_image", "awx_setup_sources"} <= first.keys() and len(more) == 2
    assert all(given.keys() <= documented for given in (first, *more))
    for given in [first]:
        checked = ArgumentSpecValidator(spec).validate({"audit_sources": given["awx_setup_sources"]})
        assert checked.error_messages == []
        for name, inputs in given["awx_setup_credentials"].items():
            fields = {field["id"] for field in TYPES[name]["inputs"]["fields"]}
            assert set(TYPES[name]["inputs"]["required"]) <= inputs.keys() <= fields


def rows(heading):
    """The rows of a table of the guide."""
    table = GUIDE.partition("   * - %s\n" % heading)[2].partition("\n\n")[0]
    return [[cell.strip() for cell in row.split("\n     - ")] for row in table.split("   * - ")[1:]]


def test_the_guide_tells_of_every_type():
    documented = {row[0]: row[1:] for row in rows("Credential type")}
    assert documented.keys() == {kind["name"] for kind in TYPES.values()}
    for kind in TYPES.values():
        inputs, env = documented[kind["name"]]
        assert set(re.findall(r"\w+", inputs.replace(" or ", ", "))) == {field["id"] for field in kind["inputs"]["fields"]}
        assert set(re.findall(r"\*\*(\w+)\*\*", inputs)) == set(kind["inputs"]["required"])
        injected = {**kind["injectors"].get("env", {}), **kind["injectors"].get("extra_vars", {})}
        assert set(re.findall(r"``(\w+)``", env)) == injected.keys()


def test_the_guide_tells_of_every_template():
    documented = {row[0]: row[1:] for row in rows("Job template")}
    assert documented.keys() == {template["name"] for template in TEMPLATES.values()}
    files = "".join(path.read_text("utf-8") for folder in ("playbooks", "roles") for path in (ROOT / folder).rglob("*.yml"))
    passed_on = {row[-1] for row in documented.values()} - {"nothing"}
    assert {re.search(r"``(\w+)``", each)[1] for each in passed_on} == set(re.findall(r"^ +(opsaudit_\w+):", files, re.M))
    assert all("``%s``" % template["playbook"] in GUIDE for template in TEMPLATES.values())


def test_the_project_does_not_hide_the_collection_of_the_image():
    """What AWX installs from a project comes first, and from Git it has no page for a report."""
    assert not (ROOT / "collections").exists() and not (ROOT / "requirements.yml").exists()
    # What only the set-up needs is not where AWX looks.
    assert GALAXY["dependencies"] == {}
    (needed,) = read(ROOT / "playbooks" / "awx" / "requirements.yml")["collections"]
    assert needed["name"] == "awx.awx"
    used = set(re.findall(r"awx\.awx\.\w+(?=:$)", SETUP, re.M))
    assert used and used == set(read(ROOT / ".ansible-lint")["mock_modules"])


def test_the_definition_takes_the_tarball_of_this_version():
    tarball = "opsaudit-sessions-%s.tar.gz" % GALAXY["version"]
    definition = read(DEFINITION)
    assert definition["dependencies"]["galaxy"]["collections"] == [{"name": tarball, "type": "file"}]
    assert [each["src"] for each in definition["additional_build_files"]] == ["../../dist/" + tarball]
    lowest = read(ROOT / "meta" / "runtime.yml")["requires_ansible"]
    assert definition["dependencies"]["ansible_core"]["package_pip"] + ".0" == "ansible-core" + lowest


needs_builder = pytest.mark.skipif(not BUILDER.exists(), reason="ansible-builder is in the development environment only")


def build(*arguments):
    return subprocess.run([BUILDER, *arguments], check=True, capture_output=True, text=True).stdout


@needs_builder
@pytest.mark.any_core
def test_what_the_collection_asks_of_an_execution_environment(tmp_path):
    link = tmp_path / "ansible_collections" / "opsaudit" / "sessions"
    link.parent.mkdir(parents=True)
    link.symlink_to(ROOT)
    documented = yaml.safe_load(build("introspect", str(tmp_path)))
    source = "  # from collection opsaudit.sessions"
    wanted = [line for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert documented["python"] == [line + source for line in wanted]
    assert documented["system"] == [line + source for line in SYSTEM]


@needs_builder
@pytest.mark.any_core
def test_an_execution_environment_can_be_made(tmp_path):
    folder = tmp_path / "playbooks" / "awx"
    folder.mkdir(parents=True)
    shutil.copy2(DEFINITION, folder)
    tarball = tmp_path / "dist" / ("opsaudit-sessions-%s.tar.gz" % GALAXY["version"])
    tarball.parent.mkdir()
    tarball.write_bytes(b"a tarball")
    context = tmp_path / "context"
    build("create", "-f", str(folder / DEFINITION.name), "-c", str(context), "--output-filename", "Containerfile")
    # ansible-galaxy runs in the folder to which all of this is copied.
    assert (context / "_build" / tarball.name).read_bytes() == b"a tarball"
    assert yaml.safe_load((context / "_build" / "requirements.yml").read_text()) == {"collections": [{"name": tarball.name, "type": "file"}]}
    steps = (context / "Containerfile").read_text()
    assert "COPY _build /build\nWORKDIR /build\n" in steps
    assert "ansible-galaxy collection install $ANSIBLE_GALAXY_CLI_COLLECTION_OPTS -r requirements.yml" in steps
    assert json.loads(re.search(r"ARG ANSIBLE_INSTALL_REFS=(.*)", steps)[1]).split() == ["ansible-core>=2.17", "ansible-runner"]
