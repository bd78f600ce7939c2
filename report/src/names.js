// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// What people call sources and scopes. A scope has a label where somebody gave it one.

const SOURCES = {
  taurusdb_killed_session: "TaurusDB killing tasks",
  dataarts_sql_session: "DataArts SQL sessions",
  hoop_session: "hoop sessions",
  bcc_action_run: "Baidu action runs",
};

export function sourceName(source) {
  return Object.hasOwn(SOURCES, source) ? SOURCES[source] : source;
}

export class Names {
  constructor(data) {
    this.labels = new Map(data.scopes.filter(({ label }) => label).map(({ source, scope, label }) => [`${source} ${scope}`, label]));
  }

  label(source, scope) {
    return this.labels.get(`${source} ${scope}`) ?? null;
  }

  scope(source, scope) {
    return this.label(source, scope) ?? scope.replaceAll("=", " ").replaceAll(",", ", ");
  }
}
