// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The filters of the page. Each is a text, and all of them are in the address: a link shows the same records.

import { duration, parse } from "./time.js";

const NONE = "not named";
// In the order of their chips. What is not in here (the order of the table, the lanes) is in the address, but is no filter.
const LABELS = {
  text: (value) => `text: ${value}`, who: (value) => `who: ${value}`, connection: (value) => `connection: ${value}`, scope: (value) => `scope: ${value}`,
  outcome: (value) => value.split(",").join(" or "), source: (value, names) => names(value), began: (value) => `began ${value}`,
  from: (value) => `from ${value}`, to: (value) => `until ${value}`, lasted: (value) => `took ${durations(value)}`, record: (value) => `record ${value}`,
};
const FIELDS = { who: "actor", connection: "target", scope: "scope" };
const KNOWN = [...Object.keys(LABELS), "sort", "lanes"];
// An address can be typed by anybody: what is no time, or no range, is left out.
const isTime = (value) => parse(value) !== null;
const VALID = { from: isTime, to: isTime, lasted: (value) => /^\d{1,12}-\d{0,12}$/.test(value) };

export function named(value) {
  return value || NONE;
}

export function range(low, high) {
  return `${low}-${high === Infinity ? "" : high}`;
}

function limits(value) {
  const [low, high] = value.split("-");
  return [Number(low), high ? Number(high) : Infinity];
}

function durations(value) {
  const [low, high] = limits(value);
  if (high === Infinity) return `${duration(low)} or longer`;
  return low ? `${duration(low)} to ${duration(high)}` : `less than ${duration(high)}`;
}

export class Filters {
  constructor(sourceName) {
    this.records = [];
    this.sourceName = sourceName;
    this.listeners = [];
    this.values = this.readAddress();
    window.addEventListener("hashchange", () => {
      if (this.address() === window.location.hash) return;
      this.values = this.readAddress();
      this.notify();
    });
  }

  readAddress() {
    const given = new URLSearchParams(window.location.hash.slice(1));
    return Object.fromEntries(KNOWN.filter((name) => given.get(name) && (VALID[name]?.(given.get(name)) ?? true)).map((name) => [name, given.get(name)]));
  }

  address() {
    const text = new URLSearchParams(KNOWN.filter((name) => this.values[name]).map((name) => [name, this.values[name]])).toString();
    return text && `#${text}`;
  }

  subscribe(listener) {
    this.listeners.push(listener);
  }

  notify() {
    for (const listener of this.listeners) listener();
    // Not at every letter that is typed: browsers slow that down.
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.address() !== window.location.hash) window.location.replace(this.address() || "#");
    }, 150);
  }

  get(name) {
    return this.values[name] ?? "";
  }

  set(changes) {
    for (const [name, value] of Object.entries(changes)) {
      if (value) this.values[name] = value;
      else delete this.values[name];
    }
    this.notify();
  }

  clear() {
    this.set(Object.fromEntries(Object.keys(LABELS).map((name) => [name, null])));
  }

  labels() {
    return Object.keys(LABELS).filter((name) => this.values[name]).map((name) => [name, LABELS[name](this.values[name], this.sourceName)]);
  }

  // The records that meet all filters, but for those that are named.
  apply(without = []) {
    const tests = Object.keys(LABELS).filter((name) => this.values[name] && !without.includes(name)).map((name) => this.test(name, this.values[name]));
    return this.records.filter((record) => tests.every((test) => test(record)));
  }

  test(name, value) {
    if (FIELDS[name]) return this.ofField(FIELDS[name], value);
    if (name === "outcome") return (record) => value.split(",").includes(record.outcome);
    if (name === "source") return (record) => record.source === value;
    if (name === "record") return (record) => record.id === value;
    if (name === "began") return (record) => record.start !== null && record.began.startsWith(value);
    if (name === "text") {
      const words = value.toLowerCase().split(/\s+/).filter(Boolean);
      return (record) => words.every((word) => record.text.includes(word));
    }
    if (name === "lasted") {
      const [low, high] = limits(value);
      return (record) => record.lasted !== null && record.lasted >= low && record.lasted < high;
    }
    const time = parse(value);
    // Records that ran at some time between the two, or began there if their end is unknown.
    if (name === "from") return (record) => record.start !== null && Math.max(record.end ?? record.start, record.start) >= time;
    return (record) => record.start !== null && record.start < time;
  }

  // A name that is a record's is meant as it is; any other is looked for in the names.
  ofField(field, value) {
    if (value === NONE) return (record) => !record[field];
    const wanted = value.toLowerCase();
    const exact = this.records.some((record) => record[field]?.toLowerCase() === wanted);
    return (record) => (exact ? record[field]?.toLowerCase() === wanted : Boolean(record[field]?.toLowerCase().includes(wanted)));
  }
}
