// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Marks of records on a line of time: each record has the same weight, and what is too dense for marks of its own becomes one with a number.

import { OPEN, WRONG, sum } from "../data.js";
import { brief, count, svg, title } from "../dom.js";
import { between, stamp } from "../time.js";

// The width of a place for a mark, in pixels.
export const PLACE = 24;
const SIZE = 20;

// The lanes of listed records: the most frequent names of a field, then all others, then those without a name.
export function lanesOf(records, field, most, names) {
  const groups = new Map();
  for (const record of records) {
    const name = record[field] || null;
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push({ start: record.start, end: record.start, counts: names.map((each) => (each === record.outcome ? 1 : 0)), record });
  }
  const unnamed = groups.get(null);
  groups.delete(null);
  const order = [...groups].sort(([one, some], [other, more]) => more.length - some.length || (one < other ? -1 : 1));
  const lanes = order.slice(0, order.length > most ? most - 1 : most).map(([name, events]) => ({ name, events }));
  const rest = order.slice(lanes.length);
  if (rest.length) lanes.push({ others: rest.length, events: rest.flatMap(([, events]) => events) });
  if (unnamed) lanes.push({ name: null, events: unnamed });
  return lanes;
}

// The same for more records than the page lists: counts by lane and interval.
export function lanesOfCounts(lanes, field, axis, most) {
  const { names, others, counts } = lanes.fields[field];
  const width = (axis[1] - axis[0]) / lanes.cells;
  const found = new Map();
  const few = names.length > most - 1 ? most - 1 : names.length;
  for (const [lane, cell, ...numbers] of counts) {
    const key = lane < few || lane === lanes.unnamed ? lane : lanes.others;
    if (!found.has(key)) found.set(key, []);
    found.get(key).push({ start: axis[0] + cell * width, end: axis[0] + (cell + 1) * width, counts: numbers });
  }
  return [...found].sort(([one], [other]) => one - other).map(([lane, events]) => {
    if (lane === lanes.others) return { others: others + names.length - few, events };
    return { name: lane === lanes.unnamed ? null : names[lane], events };
  });
}

// What is in each place of a lane: {start, end, counts, record if it is a single one}.
export function cluster(events, [first, last], width) {
  const places = Math.max(1, Math.floor(width / PLACE));
  const found = new Map();
  for (const event of events) {
    const middle = (event.start + event.end) / 2;
    if (middle < first || middle > last) continue;
    const place = Math.min(places - 1, Math.floor(((middle - first) / Math.max(1, last - first)) * places));
    const mark = found.get(place);
    if (!mark) {
      found.set(place, { place, start: event.start, end: event.end, counts: [...event.counts], record: event.record });
    } else {
      mark.counts = mark.counts.map((number, index) => number + event.counts[index]);
      mark.start = Math.min(mark.start, event.start);
      mark.end = Math.max(mark.end, event.end);
      mark.record = null;
    }
  }
  return [...found.values()].map((mark) => ({ ...mark, x: ((mark.place + 0.5) / places) * width }));
}

// The most serious first: what is wrong, what is not over, the rest.
function worst(names, counts) {
  return [...WRONG, ...OPEN, ...names].find((name) => counts[names.indexOf(name)]);
}

export function drawMark(mark, y, names, choose) {
  const number = sum(mark.counts);
  const parts = names.map((name, index) => (mark.counts[index] ? `${name} ${count(mark.counts[index])}` : null)).filter(Boolean);
  const { record } = mark;
  const words = record
    ? [record.outcome, record.actor, record.target, stamp(record.start), record.summary?.slice(0, 100)].filter(Boolean).join("\n")
    : `${count(number)} records: ${parts.join(", ")}\n${between(mark.start, mark.end)}`;
  const group = svg("g", { class: "mark", "data-outcome": worst(names, mark.counts), onclick: () => choose(mark) }, title(words));
  if (number === 1) {
    group.append(svg("circle", { cx: mark.x, cy: y, r: 6, class: `fill-${worst(names, mark.counts)}` }));
    return group;
  }
  const left = mark.x - SIZE / 2;
  const serious = worst(names, mark.counts);
  group.append(svg("rect", { x: left, y: y - 10, width: SIZE, height: SIZE, rx: 4, class: `cluster${WRONG.includes(serious) ? ` wrong ${serious}` : ""}` }));
  group.append(svg("text", { x: mark.x, y: y + 3, class: "cluster-count" }, brief(number)));
  let x = left + 2;
  names.forEach((name, index) => {
    // What is rare must be seen, too.
    const share = mark.counts[index] ? Math.max(2, ((SIZE - 4) * mark.counts[index]) / number) : 0;
    const width = Math.min(share, left + SIZE - 2 - x);
    if (width > 0) group.append(svg("rect", { x, y: y + 5, width, height: 4, class: `fill-${name}` }));
    x += Math.max(0, width);
  });
  return group;
}
