# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build a self-contained HTML page, in which no text of a record can become markup or a script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any, NamedTuple

from .own_files import PAGE_START

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
#: Characters that could end the element or begin another, line ends of old JavaScript, and lone surrogates.
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")
DATA_END = "</script>\n"
#: The message for a page that was not built.
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
    """The built files of a page: style, script, and the license notices of their parts."""

    style: str
    script: str
    notices: str


def embed(value: Any) -> str:
    """Return a value as JSON that is safe inside a script element."""
    return escape_for_script(_ENCODE(value))


def escape_for_script(text: str) -> str:
    """Escape JSON, or lines of JSON, so that it cannot end the script element around it."""
    return _UNSAFE.sub(lambda match: "\\u%04x" % ord(match[0]), text)


def build_data_element(name: str, text: str) -> str:
    """Return an element of data.

    :param name: its id.
    :param text: escaped JSON.
    """
    return build_data_start(name) + text + DATA_END


def build_data_start(name: str) -> str:
    """Return the start tag of an element of data, which C(DATA_END) ends."""
    return '<script type="application/json" id="%s">' % name


def build_shell(
    built: Built, maker: str, name: str, title: str, without_script: str, may: tuple[str, ...] = ()
) -> tuple[str, str]:
    """Return the page before its data, and after it; neither has a text of a record.

    Notices are a comment at the end, if there are any.

    :param maker: the module that makes the page.
    :param name: the id of the element that the script fills.
    :param title: escaped already.
    :param without_script: shown if scripts are switched off.
    :param may: more sources that the content security policy allows the script.
    """
    policy = "default-src 'none'; script-src %s; style-src %s; base-uri 'none'; form-action 'none'" % (
        " ".join((_hash_source(built.script), *may)), _hash_source(built.style),
    )
    before = _SHELL % (PAGE_START % maker, policy, title, built.style, without_script, name)
    notices = "<!--\n%s\n-->\n" % built.notices if built.notices else ""
    return before, "<script>%s</script>\n</body>\n</html>\n%s" % (built.script, notices)


def _hash_source(text: str) -> str:
    """Return the source expression that allows an inline script or style in a Content-Security-Policy."""
    return "'sha256-%s'" % base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
