// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Times as the clocks of one zone show them: milliseconds, as if the zone were UTC.

const UNITS = [[86400000, "d"], [3600000, "h"], [60000, "min"], [1000, "s"]];

export class Clock {
  constructor(zone) {
    this.name = zone.name;
    this.changes = zone.changes;
  }

  wall(instant) {
    let low = 0;
    let high = this.changes.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.changes[middle][0] <= instant) low = middle;
      else high = middle - 1;
    }
    return instant + this.changes[low][1];
  }
}

export function stamp(wall) {
  return new Date(wall).toISOString().slice(0, 19).replace("T", " ");
}

// A time as people type it in ISO 8601: a day, or with hours, minutes and seconds. Null if it is none.
export function parse(text) {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?)?$/.exec(text.trim());
  if (!match) return null;
  const time = Date.parse(`${match[1]}T${match[2] ?? "00:00"}${match[3] ?? ":00"}Z`);
  // Of the 31st of February some browsers make a day in March.
  return Number.isNaN(time) || stamp(time).slice(0, 10) !== match[1] ? null : time;
}

// As short as it can be without being another time.
export function shortStamp(wall) {
  return stamp(wall).replace(/:00$/, "").replace(/ 00:00$/, "");
}

// From one time to another; the day is not repeated.
export function between(from, to) {
  const [start, end] = [shortStamp(from), shortStamp(to)];
  return start.length > 10 && start.slice(0, 10) === end.slice(0, 10) && end.length > 10 ? `${start} to ${end.slice(11)}` : `${start} to ${end}`;
}

export function day(wall) {
  return new Date(wall).toISOString().slice(0, 10);
}

// A period's name: as long as its unit needs.
export function period(wall, unit) {
  const text = new Date(wall).toISOString();
  if (unit === "hour") return `${text.slice(0, 10)} ${text.slice(11, 16)}`;
  return text.slice(0, { day: 10, month: 7, year: 4 }[unit]);
}

export function duration(milliseconds) {
  if (milliseconds === null) return "";
  if (milliseconds < 1000) return `${milliseconds} ms`;
  const first = UNITS.findIndex(([size]) => milliseconds >= size);
  const [size, name] = UNITS[first];
  const text = `${Math.floor(milliseconds / size)} ${name}`;
  const next = UNITS[first + 1];
  const rest = next ? Math.floor((milliseconds % size) / next[0]) : 0;
  return rest ? `${text} ${rest} ${next[1]}` : text;
}
