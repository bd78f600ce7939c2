#!/usr/bin/python

# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: session_notify
short_description: Send a message to chat services, webhooks and mailboxes
version_added: 1.0.0
description:
  - Sends one message to every URL, and fails if one of them did not accept it. DingTalk, Feishu and WeCom respond with HTTP status 200
    when they refuse a message. So what counts as accepted is defined for each format, and RV(sent) shows the answer.
  - A URL with C(http) or C(https) is a webhook, and gets a message in O(format).
  - Any other URL is one of L(Apprise, https://appriseit.com/services/), which sends mail (C(mailtos://)), and knows PagerDuty, Opsgenie, Telegram
    and many other services.
  - The role P(opsaudit.sessions.gate#role) with C(gate_on_breach=notify) uses this module for alerts.
author:
  - The opsaudit.sessions developers (@opsaudit)
extends_documentation_fragment:
  - opsaudit.sessions.attributes
attributes:
  check_mode:
    details:
      - In check mode all options are checked, and nothing is sent. The result is a prediction.
  diff_mode:
    support: none
    details:
      - There is nothing to compare.
  idempotent:
    support: none
    details:
      - Each task sends the message.
options:
  urls:
    description:
      - Where to send the message. All are tried, one after the other, also if one of them fails.
      - The URL is a secret. It is not shown, and neither is any part of it but the host of a webhook or the scheme.
      - The path and the query of a webhook are sent as they are. A user and a password become a header for basic authentication.
      - C(dingtalk://) and C(wecombot://) are rejected, because Apprise takes a refusal of these two for success.
        Write the C(https://) URL of the robot with O(format=dingtalk) or O(format=wecom).
    type: list
    elements: str
    required: true
  title:
    description:
      - A line before the text. If a DingTalk robot requires a keyword, it can be here.
    type: str
  text:
    description:
      - The message, in lines. It is sent as text. Nothing in it is markup, and nobody is mentioned.
      - What is too long for the service loses lines at its end, and the last line says how many (C(and 7 more)).
      - With O(format=teams) a line that is nothing but a URL becomes a button.
    type: str
    required: true
  format:
    description:
      - What the webhooks expect.
    type: str
    default: json
    choices:
      json: An object with C(title) and C(text). Accepted with any status from 200 to 299.
      slack: An incoming webhook of Slack, at most 40,000 characters. Accepted if the answer is C(ok).
      teams: A workflow of Microsoft Teams that was made for webhooks, which gets an adaptive card of at most 28 KB. Accepted with status 200 or 202.
      dingtalk: A custom robot of DingTalk, at most 20,000 bytes. Accepted if C(errcode) is 0.
      feishu: A custom bot of Feishu or Lark, at most 20,000 bytes. Accepted if C(code) is 0.
      wecom: A group robot of WeCom, at most 2,048 bytes. Accepted if C(errcode) is 0.
  body:
    description:
      - What to send to webhooks in place of the message in O(format). A dictionary or a list is sent as JSON, a text as it is.
      - O(format) still decides on signature and acceptance.
    type: raw
  headers:
    description:
      - Headers to send to webhooks, for example C(Authorization). The values are not shown.
    type: dict
  secret:
    description:
      - The secret that messages are signed with, for O(format=dingtalk) (it begins with C(SEC)) and O(format=feishu).
    type: str
  accept:
    description:
      - A JMESPath expression over an object with C(status) and C(body) of a webhook's answer. The message was accepted if its value is true.
        C(body) is the value of the JSON, or text.
      - If not specified, O(format) decides. Specify it if a webhook that expects V(json) reports errors with status 200.
    type: str
  validate_certs:
    description:
      - Whether to verify TLS certificates of webhooks.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificates (PEM) of the authorities to trust, in place of the usual ones, for webhooks.
    type: path
  timeout:
    description:
      - Seconds until a webhook must have responded, and at most 10 of them until it is connected.
    type: int
    default: 30
  retries:
    description:
      - Retries per webhook, V(0) to V(10). A message that may have arrived is not sent again. So only a webhook that could not be connected,
        or that responded with status 429 or 503, is tried again.
    type: int
    default: 6
  retry_budget:
    description:
      - Seconds that all waits between retries may take.
    type: int
    default: 120
requirements:
  - requests (Python library), for webhooks
  - jmespath (Python library), for webhooks
  - apprise (Python library), 1.9 or newer, for all other URLs
notes:
  - If one of several URLs refuses an alert of M(opsaudit.sessions.session_gate), those that accepted it get it again with the next one, unless each URL has
    findings of its own. The role does this. In a playbook, use a task for each URL, with O(opsaudit.sessions.session_gate#module:recipient).
  - Redirects are not followed.
  - If a webhook does not respond in time, the message may have arrived. The task fails, so that it is sent again rather than lost.
seealso:
  - module: opsaudit.sessions.session_gate
"""

EXAMPLES = r"""
- name: Find new records that break a rule
  opsaudit.sessions.session_gate:
    store: /var/lib/audit/sessions.db
    rules:
      - {source: hoop_session, when: blocked}
  register: gate

- name: Send them to a group of DingTalk
  opsaudit.sessions.session_notify:
    urls: ["{{ vault_dingtalk_url }}"]
    format: dingtalk
    secret: "{{ vault_dingtalk_secret }}"
    title: Audit alert
    text: "{{ gate.summary }}"
  when: gate.alert is not none

- name: Send a mail, and page somebody
  opsaudit.sessions.session_notify:
    urls:
      - mailtos://audit:{{ vault_mail_password | urlencode }}@mail.example.com?from=audit@example.com&to=dba@example.com
      - pagerduty://{{ vault_pagerduty_key }}@{{ vault_pagerduty_api_key }}
    title: Audit alert
    text: "{{ gate.summary }}"
  when: gate.alert is not none

- name: Open a ticket in a system of your own
  opsaudit.sessions.session_notify:
    urls: [https://tickets.example.com/api/tickets]
    headers: {Authorization: "Bearer {{ vault_tickets_token }}"}
    body: {queue: audit, subject: Audit alert, findings: "{{ gate.rules }}"}
    accept: status == `200` && body.ticket != null
    text: "{{ gate.summary }}"
  when: gate.alert is not none
"""

RETURN = r"""
sent:
  description: The result of each URL, in the order of O(urls). Empty in check mode.
  returned: success, or if a service did not accept the message
  type: list
  elements: dict
  sample: [{service: hooks.slack.com, accepted: true, answer: "HTTP 200: ok"}]
  contains:
    service:
      description: The host of a webhook, or the scheme of another URL.
      returned: always
      type: str
      sample: hooks.slack.com
    accepted:
      description: Whether the service accepted the message.
      returned: always
      type: bool
      sample: true
    answer:
      description: Status and body of the answer, or why there is none, in one line of at most 400 characters. Secrets are masked.
      returned: always
      type: str
      sample: "HTTP 200: ok"
msg:
  description: What was being done and what failed, in one line, with a hint if there is one.
  returned: failure
  type: str
failure:
  description: Details of the failure, for conditions in a playbook. Never contains credentials.
  returned: failure, unless a Python library is missing
  type: dict
  contains:
    kind:
      description:
        - The kind of failure, of the first URL that failed.
        - V(invalid_request) - the value of an option is not allowed, or the service refused the message.
        - V(auth), V(permission), V(not_found), V(rate_limited) and V(server) - what the status of the answer says. V(server) also for all that Apprise sends.
        - V(network), V(tls) and V(protocol) - there was no answer.
      returned: always
      type: str
      choices: [auth, permission, not_found, invalid_request, rate_limited, server, network, tls, protocol]
      sample: invalid_request
    status:
      description: Always V(null). See RV(sent[].answer).
      returned: always
      type: int
    code:
      description: Always V(null). See RV(sent[].answer).
      returned: always
      type: str
    message:
      description: What failed, without what was being done.
      returned: always
      type: str
      sample: "1 of 2 did not accept the message: oapi.dingtalk.com: HTTP 200: {\"errcode\":310000,\"errmsg\":\"sign not match\"}"
    request_id:
      description: Always V(null).
      returned: always
      type: str
    hint:
      description: The next step, V(null) if there is no suggestion.
      returned: always
      type: str
      sample: Send it again only to those that did not accept it.
    target:
      description: Always V(null).
      returned: always
      type: dict
"""

from ansible_collections.opsaudit.sessions.plugins.module_utils._module import run_module
from ansible_collections.opsaudit.sessions.plugins.module_utils._notify.task import NotifyTask


def main():
    run_module(NotifyTask())


if __name__ == "__main__":
    main()
