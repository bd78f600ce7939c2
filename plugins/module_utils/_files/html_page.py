# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page that is one file and loads nothing else, in which no text of a record can become markup or a script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any, NamedTuple

from .own_files import PAGE_START

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
#: What could end the element, begin another, or end a line where JavaScript once had none; and halves of characters.
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")
DATA_END = "</script>\n"
#: What a page of some kind lacks where nobody has built it.
NOT_BUILT = "the page of %s is not built in this checkout of the collection; run 'make report' in it first"
_SHELL = """\
%s<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<style>%s</style>
</head>
<body>
<noscript>%s</noscript>
<main id="%s"></main>
"""


class Built(NamedTuple):
    """What is built of a page: its style, its script, and whose parts of it are."""

    style: str
    script: str
    notices: str


def embedded(value: Any) -> str:
    """A value as JSON that can stand in a script element of a page."""
    return harmless(_ENCODE(value))


def harmless(text: str) -> str:
    """JSON, as one text or a line for each, in which nothing can end the script element that it stands in."""
    return _UNSAFE.sub(lambda match: "\\u%04x" % ord(match[0]), text)


def data_element(name: str, text: str) -> str:
    """An element that is only read: its name, and JSON that is harmless."""
    return data_start(name) + text + DATA_END


def data_start(name: str) -> str:
    """What begins such an element, which C(DATA_END) ends."""
    return '<script type="application/json" id="%s">' % name


def shell(
    built: Built, maker: str, name: str, title: str, without_script: str, may: tuple[str, ...] = ()
) -> tuple[str, str]:
    """What comes before the data, and what after it: there is no text of a record in either.

    :param maker: the module that makes the page.
    :param name: of the element that the script fills.
    :param title: shown until the script has another.
    :param without_script: shown where no script runs.
    :param may: what else the policy allows the script.
    """
    policy = "default-src 'none'; script-src %s; style-src %s; base-uri 'none'; form-action 'none'" % (
        " ".join((_source_hash(built.script), *may)), _source_hash(built.style),
    )
    before = _SHELL % (PAGE_START % maker, policy, title, built.style, without_script, name)
    return before, "<script>%s</script>\n</body>\n</html>\n<!--\n%s\n-->\n" % (built.script, built.notices)


def _source_hash(text: str) -> str:
    """What a Content-Security-Policy allows an inline script or style with."""
    return "'sha256-%s'" % base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
