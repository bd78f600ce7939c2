# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Credentials and location of Huawei Cloud; the endpoint is documented by each module
    DOCUMENTATION = r"""
options:
  region:
    description:
      - The region, for example V(ap-southeast-3). It selects the service's host, unless O(endpoint) is given.
        It takes precedence over an endpoint in the environment.
      - If not specified, the value of the environment variable E(HW_REGION_NAME) is used.
    type: str
  project_id:
    description:
      - ID of the project in that region.
      - If not specified, the value of the environment variable E(HUAWEICLOUD_SDK_PROJECT_ID) or E(HW_PROJECT_ID) is used,
        then C(project_id) of the credentials file.
      - If there is none of these, the ID is taken from the token, or looked up at IAM, which needs the permission to list projects.
    type: str
  token:
    description:
      - An IAM token with the scope of the project, as sent in the header C(X-Auth-Token).
      - If not specified, the value of the environment variable E(HW_AUTH_TOKEN) is used.
    type: str
  access_key:
    description:
      - Access key ID (AK) that signs the requests, together with O(secret_key).
      - If not specified, the value of the environment variable E(HUAWEICLOUD_SDK_AK) or E(HW_ACCESS_KEY) is used,
        then C(ak) of the credentials file.
    type: str
  secret_key:
    description:
      - Secret access key (SK) that belongs to O(access_key). It is never sent.
      - If not specified, the value of the environment variable E(HUAWEICLOUD_SDK_SK) or E(HW_SECRET_KEY) is used,
        then C(sk) of the credentials file.
    type: str
  security_token:
    description:
      - Security token that belongs to a temporary O(access_key).
      - If not specified, the value of the environment variable E(HUAWEICLOUD_SDK_SECURITY_TOKEN) or E(HW_SECURITY_TOKEN) is used,
        then C(security_token) of the credentials file.
    type: str
  username:
    description:
      - Name of the IAM user to log in with, together with O(password) and O(domain_name).
      - If not specified, the value of the environment variable E(HW_USER_NAME) is used.
    type: str
  password:
    description:
      - Password of O(username).
      - If not specified, the value of the environment variable E(HW_USER_PASSWORD) is used.
    type: str
  domain_name:
    description:
      - Name of the account (domain) that O(username) belongs to.
      - If not specified, the value of the environment variable E(HW_DOMAIN_NAME) is used.
    type: str
  iam_endpoint:
    description:
      - Base URL of IAM, for the login with a password and for looking up the project.
      - If not specified, IAM of the region in the host name of O(endpoint) is used, or else of O(region), for example
        C(https://iam.ap-southeast-3.myhuaweicloud.com).
    type: str
notes:
  - Authenticate with O(access_key) and O(secret_key) (and O(security_token) for temporary keys), with O(token), or with O(username), O(password)
    and O(domain_name). Two ways in the same place are refused. The credentials file is C(~/.huaweicloud/credentials), or the path in
    E(HUAWEICLOUD_SDK_CREDENTIALS_FILE).
"""
