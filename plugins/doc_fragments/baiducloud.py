# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Credentials and location of Baidu AI Cloud Assistant
    DOCUMENTATION = r"""
options:
  endpoint:
    description:
      - Base URL of Cloud Assistant. It takes precedence over O(region). V(https://) is accepted.
      - If neither it nor O(region) is specified, the value of the environment variable E(BCE_CA_ENDPOINT) is used, and if that is not set either,
        C(http://ca.{region}.baidubce.com).
      - The default is plain HTTP because Baidu documents no other protocol for this service. Requests are signed, and the secret key is never sent.
        The access key ID, a security token, the commands and their output are sent in clear text, and a captured request can be repeated
        for half an hour. Use a trusted network, or set an C(https) endpoint if one responds in your region.
    type: str
  access_key:
    description:
      - Access key ID that signs the requests, together with O(secret_key).
      - If not specified, the value of the environment variable E(BCE_ACCESS_KEY_ID) or E(BAIDUCLOUD_ACCESS_KEY) is used.
    type: str
  secret_key:
    description:
      - Secret access key that belongs to O(access_key). It is never sent.
      - If not specified, the value of the environment variable E(BCE_SECRET_ACCESS_KEY) or E(BAIDUCLOUD_SECRET_KEY) is used.
    type: str
  security_token:
    description:
      - Session token of the security token service (STS) that belongs to a temporary O(access_key).
      - If not specified, the value of the environment variable E(BCE_SECURITY_TOKEN) or E(BAIDUCLOUD_SESSION_TOKEN) is used.
    type: str
  region:
    description:
      - The region, V(bd), V(bj), V(cd), V(fwh), V(gz), V(hkg), V(su) or V(yq). For any other, set O(endpoint). Each region has its own action runs.
      - If not specified, the value of the environment variable E(BCE_REGION) or E(BAIDUCLOUD_REGION) is used, V(bj) if nothing else is given.
    type: str
notes:
  - Cloud Assistant must be enabled in the console, and the user needs read access to it and to BCC.
"""
