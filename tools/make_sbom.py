# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write bills of materials (CycloneDX, JSON) to dist/: content and requirements of the tarball, and the tools that build and test it.

    make_sbom.py TARBALL        after `make build`; in an environment that has cyclonedx-bom

The same tarball gives the same bytes.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from make_report import PAGES, ROOT, SOURCE


def of_requirements(path: Path, env: dict[str, str]) -> dict:
    """Return the components that a requirements file names, with their versions if it pins them."""
    command = [Path(sys.prefix, "bin", "cyclonedx-py"), "requirements", "--output-reproducible", path]
    return json.loads(subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout)


def bundled() -> list[dict]:
    """Return the libraries in the scripts of the pages. make_report.py lists them, some without a version."""
    parts = [part for page in PAGES for part in json.loads((SOURCE / "dist" / f"{page}.json").read_text("utf-8"))]
    found = []
    for part in parts:
        # Either its version follows its name, or in what it is.
        version = part["title"].removeprefix(part["name"] + " ") if ", in " not in part["title"] else None
        purl = "pkg:npm/%s" % quote(part["name"], safe="/") + (f"@{version}" if version else "")
        component = {"type": "library", "bom-ref": purl, "name": part["name"], "purl": purl}
        found.append({**component, "version": version} if version else component)
    return found


def main(tarball: Path) -> None:
    with tarball.open("rb") as file:
        # The time of the last change of its content.
        (date,) = struct.unpack("<4xI", file.read(8))
    name, version = tarball.name.removesuffix(".tar.gz").rsplit("-", 1)
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(date)}
    holds = of_requirements(ROOT / "requirements.txt", env)
    holds["components"] += bundled()
    holds["metadata"]["component"] = {
        "type": "library", "bom-ref": name, "name": name, "version": version, "licenses": [{"license": {"id": "GPL-3.0-or-later"}}],
    }
    wanted = sorted(part["bom-ref"] for part in holds["components"])
    holds["dependencies"] = [{"ref": name, "dependsOn": wanted}, *({"ref": each} for each in wanted)]
    made_with = of_requirements(ROOT / "requirements-dev.txt", env)
    for suffix, bill in (("", holds), ("-development", made_with)):
        path = tarball.with_name(f"{name}-{version}{suffix}.cdx.json")
        text = json.dumps(bill, indent=2, sort_keys=True) + "\n"
        wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
        if wrong:
            sys.exit(f"{path.name} would be no bill of materials: {wrong}")
        path.write_text(text, "utf-8")
        print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
