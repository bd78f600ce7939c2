// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The report's data as it is in the page, and its records, decoded from columns.

const WORDS = ["source", "scope", "kind", "state", "outcome", "actor", "target", "summary"];

export const WRONG = ["failure", "killed", "blocked"];
export const OPEN = ["waiting", "running"];

export function read(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

// Times become what the clocks of the report's zone show.
export function decode(columns, clock) {
  let began = 0;
  return columns.id.map((id, index) => {
    const replay = columns.replay[index];
    const record = { index, id, detail: columns.detail[index], replay: replay === 1 ? id : replay };
    for (const name of WORDS) record[name] = columns[name].words[columns[name].codes[index]];
    const step = columns.started_at[index];
    if (step === null) {
      record.start = record.end = null;
    } else {
      began += step;
      const lasted = columns.lasted[index];
      record.start = clock.wall(began);
      record.end = lasted === null ? null : clock.wall(began + lasted);
    }
    record.lasted = columns.lasted[index] !== null && columns.lasted[index] >= 0 ? columns.lasted[index] : null;
    return record;
  });
}

export function sum(counts) {
  return counts.reduce((one, other) => one + other, 0);
}

export function add(counts, more) {
  return counts.map((number, index) => number + more[index]);
}
