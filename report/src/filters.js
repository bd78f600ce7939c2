// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// What the table is to show: set by the charts and the form, and told to whoever wants to know.

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

  // A filter is {test, label}; whoever sets it is told of it, too, and can know by "by" that it was itself.
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

// Records that were under way at some time between two, or that began there if nothing is known of their end.
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
