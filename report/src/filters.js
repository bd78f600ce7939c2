// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The filters of the table: set by the charts and the form; subscribers are notified of each change.

export class Filters {
  constructor() {
    this.values = {};
    this.listeners = [];
  }

  subscribe(listener) {
    this.listeners.push(listener);
  }

  get(name) {
    return this.values[name];
  }

  // A filter is {test, label}. The subscriber that sets it is notified, too, and recognises its own change by "by".
  set(name, filter, by = null) {
    if (filter) this.values[name] = filter;
    else delete this.values[name];
    for (const listener of this.listeners) listener(name, by);
  }

  clear() {
    for (const name of Object.keys(this.values)) this.set(name, null);
  }

  entries() {
    return Object.entries(this.values);
  }

  apply(records) {
    const tests = Object.values(this.values).map((filter) => filter.test);
    return records.filter((record) => tests.every((test) => test(record)));
  }
}

export function equals(field, value, label) {
  return { value, label, test: (record) => (record[field] || null) === value };
}

// Records that ran at some time between start and end, or began there if their end is unknown.
export function between(start, end, label) {
  return {
    start, end, label,
    test: (record) => record.start !== null && record.start < end && Math.max(record.end ?? record.start, record.start) >= start,
  };
}

export function began(start, end, label) {
  return { start, end, label, test: (record) => record.start !== null && record.start >= start && record.start < end };
}

export function lasted(low, high, label) {
  return { low, high, label, test: (record) => record.lasted !== null && record.lasted >= low && record.lasted < high };
}
