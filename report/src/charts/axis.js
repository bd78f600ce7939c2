// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// An axis of time: where its labels are.

import { stamp } from "../time.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 5, 15, 30].map((number) => number * SECOND), ...[1, 5, 15, 30].map((number) => number * MINUTE),
  ...[1, 3, 6, 12].map((number) => number * HOUR), ...[1, 2, 7, 14].map((number) => number * DAY),
];
// Months, because they differ in length.
const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600];
// The room that a label needs, in pixels.
const ROOM = 84;

export function ticks([first, last], width) {
  const least = ((last - first) * ROOM) / Math.max(1, width);
  const step = STEPS.find((each) => each >= least);
  return step ? even(first, last, step) : monthly(first, last, MONTHS.find((each) => each * 30 * DAY >= least) ?? MONTHS.at(-1));
}

function even(first, last, step) {
  const years = stamp(first).slice(0, 4) !== stamp(last).slice(0, 4);
  const found = [];
  for (let at = Math.ceil(first / step) * step; at <= last; at += step) {
    const text = stamp(at);
    const date = text.slice(years ? 0 : 5, 10);
    found.push({ at, label: step >= DAY || at % DAY === 0 ? date : text.slice(11, step < MINUTE ? 19 : 16) });
  }
  return found;
}

function monthly(first, last, step) {
  const found = [];
  const start = new Date(first);
  let month = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth()) / step) * step;
  for (;; month += step) {
    const at = Date.UTC(Math.floor(month / 12), month % 12, 1);
    if (at > last) return found;
    if (at >= first) found.push({ at, label: stamp(at).slice(0, step % 12 ? 7 : 4) });
  }
}
