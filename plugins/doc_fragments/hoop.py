# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Credentials and location of a hoop.dev gateway.
    # List it before the common fragment: its text for ca_path is the one to show.
    DOCUMENTATION = r"""
options:
  endpoint:
    description:
      - Base URL of the gateway, for example V(https://hoop.example.com) or V(https://use.hoop.dev).
        A path is kept, for a gateway that is served below one. A trailing C(/) or C(/api) makes no difference.
      - If not specified, the value of the environment variable E(HOOP_APIURL) is used, then C(api_url) of C(~/.hoop/config.toml).
    type: str
    aliases: [api_url]
  token:
    description:
      - Access token of a user or service account. Such tokens expire; C(hoop login) obtains a new one.
      - Mutually exclusive with O(api_key).
      - If not specified, the value of the environment variable E(HOOP_TOKEN) is used, then C(token) of C(~/.hoop/config.toml).
    type: str
  api_key:
    description:
      - API key of the gateway.
      - A managed key, which begins with V(hpk_), is sent as a bearer token. Any other is the static key of a self-hosted gateway, and is sent
        in the header C(Api-Key). A static key in O(token) is recognised by its beginning, V(xapi-) or a UUID and C(|).
      - Mutually exclusive with O(token).
      - If not specified, the value of the environment variable E(HOOP_APIKEY) is used.
    type: str
  ca_path:
    description:
      - File with the PEM certificates of the authorities to trust, instead of the bundle that comes with the requests library.
      - If not specified, the environment variable E(HOOP_TLSCA) is used. Like hoop's own client, it takes the PEM text itself,
        V(file://) with a path, or V(base64://) with the encoded PEM text. Then comes C(tls_ca) of C(~/.hoop/config.toml).
    type: path
requirements:
  - tomli (Python library), on Python 3.10 only and if C(~/.hoop/config.toml) is used
notes:
  - Use a managed key (C(hpk_)) whose group is C(auditor). It sees all sessions and cannot run, review or kill anything.
    Members of other groups see their own sessions and those they may review.
"""
