# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a report looks: each part of it held against a stored picture.

Fonts differ from machine to machine. So pictures are small, and what counts is where which colours are.
UPDATE_PICTURES=1 stores new ones.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

EXPECTED = Path(__file__).parent / "expected"
#: The width of a stored picture, in pixels.
SIZE = 200
#: How much the whole may differ on average, and any part of it, of 255.
MEAN, PART = 3.5, 55
#: How much higher or lower it may be.
HEIGHT = 0.15


def small(picture, size=None):
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    return image.resize(size or (SIZE, max(1, round(image.height * SIZE / image.width))), Image.Resampling.BOX), image.height / image.width


def parts(page):
    yield "head", page.page.locator("header.page > div").first
    yield "verdict", page.page.locator("section[aria-label=Verdict]")
    yield "cards", page.page.locator(".cards")
    names = ("gaps", "timeline", "records", "outcomes", "rates", "people", "connections", "scopes", "durations")
    panels = page.page.locator(".panel").all()
    assert len(panels) == len(names)
    yield from zip(names, panels)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "light"), (1440, "dark")])
def test_it_looks_as_it_did(open_page, report, width, scheme):
    page = open_page(report, width, scheme)
    different = {}
    for name, part in parts(page):
        part.scroll_into_view_if_needed()
        page.page.mouse.move(0, 0)
        page.settle()
        path = EXPECTED / ("%s-%d-%s.png" % (name, width, scheme))
        picture = part.screenshot()
        if os.environ.get("UPDATE_PICTURES"):
            small(picture)[0].quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
            continue
        expected = Image.open(path).convert("RGB")
        found, shape = small(picture, expected.size)
        taller = shape / (expected.height / expected.width) - 1
        blurred = [image.filter(ImageFilter.BoxBlur(3)) for image in (found, expected)]
        difference = ImageChops.difference(*blurred)
        mean = max(ImageStat.Stat(difference).mean)
        most = max(high for _low, high in difference.getextrema())
        if mean > MEAN or most > PART or abs(taller) > HEIGHT:
            different[name] = "mean %.1f, part %d, %.0f %% taller" % (mean, most, 100 * taller)
    assert different == {}
