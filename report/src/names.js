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

// A scope is a text, or the dictionary of which the text is made.
export function scopeText(scope) {
  return typeof scope === "string" ? scope : Object.entries(scope ?? {}).map(([name, value]) => `${name}=${value}`).join(",");
}

export class Names {
  constructor(data) {
    this.labels = new Map();
    for (const { source, scope, label } of [...(data.labels ?? []), ...data.scopes, ...(data.retired ?? [])]) {
      if (label) this.labels.set(`${source} ${scopeText(scope)}`, label);
    }
  }

  label(source, scope) {
    return this.labels.get(`${source} ${scopeText(scope)}`) ?? null;
  }

  scope(source, scope) {
    return this.label(source, scope) ?? scopeText(scope).replaceAll("=", " ").replaceAll(",", ", ");
  }
}
