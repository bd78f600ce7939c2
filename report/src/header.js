// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The first screen: title, window, verdict, seal, what was pruned or retired, and the numbers that matter.

import { OPEN, WRONG } from "./data.js";
import { count, cut, el, icon, plural, share } from "./dom.js";
import { sourceName } from "./names.js";
import { between, shortStamp } from "./time.js";
import { checksOf, countOf, prunesOf, retiredOf, sealOf, verdictOf } from "./verdict.js";

const CHECK = "M5 12.5 10 17.5 19.5 7";
const WARNING = "M12 4 21.5 20.5H2.5ZM12 10v4.6M12 17.4v.2";
const WORDS = { failure: "Failed", killed: "Killed", blocked: "Blocked" };
const LISTED = 5;

function fact(name, value, id) {
  return el("div", {}, el("dt", {}, name), el("dd", { id }, value));
}

export function header(data, clock, theme, whole) {
  const [start, end] = data.window;
  const wall = (time) => clock.wall(time);
  let times = "all time";
  if (start !== null && end !== null) times = between(wall(start), wall(end));
  else if (start !== null) times = `from ${shortStamp(wall(start))} on`;
  else if (end !== null) times = `before ${shortStamp(wall(end))}`;
  return el("header", { class: "page" },
    el("div", {},
      el("h1", {}, data.title),
      el("dl", { class: "facts" },
        fact("Window", times, "window"), fact("Times in", clock.name), fact("Sources", data.sources.map(sourceName).join(", ")),
        data.where ? fact("Only records where", el("code", {}, data.where)) : null)),
    el("div", { class: "actions" },
      theme.control(),
      el("button", { type: "button", class: "quiet", onclick: () => window.print() }, "Print"),
      el("label", { class: "quiet", for: "print-all" }, whole, "with all records")));
}

// A time is not broken into two lines.
function withTimes(text) {
  return text.split(/(\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?)/).map((part, index) => (index % 2 ? el("time", {}, part) : part));
}

export function verdict(data, clock, names) {
  const { kind, head, text } = verdictOf(data, clock, names);
  const seal = sealOf(data, clock);
  const isBroken = seal?.kind === "bad";
  const sealed = seal ? [...withTimes(seal.text), howToVerify(checksOf(data))] : [];
  return el("section", { "aria-label": "Verdict" },
    isBroken ? el("div", { class: "verdict bad", id: "seal" }, icon(WARNING), el("div", {}, ...sealed)) : null,
    el("div", { class: `verdict ${kind}`, id: "verdict" }, icon(kind === "bad" ? WARNING : CHECK), el("p", {}, el("strong", {}, head), " ", ...withTimes(text))),
    el("ul", { class: "asides" },
      seal && !isBroken ? el("li", { id: "seal", class: seal.kind }, ...sealed) : null, ...aside(prunesOf(data), "pruned", (one) => prunedText(one, clock, names)),
      ...aside(retiredOf(data), "retired", (one) => retiredText(one, clock, names))));
}

function howToVerify(commands) {
  return commands.length ? el("details", {}, el("summary", {}, "How to verify"),
    el("p", {}, "A page proves nothing by itself. Who has the store, the folder of its seals and the file of the keys that may sign compares them with the first command. ",
      "The others show, without this collection, that the seal is the one named here and who signed it."),
    el("pre", { tabindex: "0" }, commands.join("\n"))) : null;
}

function aside(rows, id, text) {
  const shown = rows.slice(0, LISTED).map((row) => el("li", { class: id }, ...withTimes(text(row))));
  if (rows.length > LISTED) shown.push(el("li", { class: id }, `${count(rows.length - LISTED)} more ${id}.`));
  return shown;
}

function where({ source, scope }, names) {
  return `${sourceName(source)}, ${cut(names.scope(source, scope), 60)}`;
}

function on(time, clock) {
  return shortStamp(clock.wall(time));
}

function prunedText(row, clock, names) {
  const reason = row.reason ? ` Reason: ${row.reason}` : "";
  return `Pruned on ${on(row.pruned_at, clock)}: ${plural(row.records, "record")} before ${on(row.before, clock)} of ${where(row, names)}.${reason}`;
}

function retiredText(row, clock, names) {
  return `Retired on ${on(row.retired, clock)}: ${where(row, names)}.`;
}

// The numbers that matter; each shows its records.
export function numbers(data, filters) {
  const { records, ranked } = data.totals;
  const card = (name, number, note, outcomes, dot) => el("button", {
    type: "button", class: "card", disabled: number === 0, title: number ? "Show these in the table" : null, "data-number": name,
    onclick: () => {
      filters.set({ outcome: outcomes });
      document.getElementById("records").scrollIntoView({ block: "start" });
    },
  },
  el("span", { class: "name" }, dot ? el("i", { class: `dot ${dot}` }) : null, name),
  el("span", { class: "number" }, count(number)), el("span", { class: "part" }, note));
  const others = [...OPEN, "unknown"];
  const [open, unknown] = [countOf(data, OPEN), countOf(data, ["unknown"])];
  return el("section", { class: "cards", "aria-label": "Numbers" },
    card("Records", records, `${plural(ranked.actor.distinct, "person", "people")}, ${plural(ranked.target.distinct, "connection")}`, null),
    ...WRONG.map((name) => card(WORDS[name], countOf(data, [name]), share(countOf(data, [name]), records), name, name)),
    card("Open or unknown", open + unknown, `${count(open)} not over, ${count(unknown)} unknown`, others.join(","), "unknown"));
}

export function legend(data) {
  const { outcomes } = data.totals;
  return el("ul", { class: "legend", "aria-label": "Colours of the outcomes" },
    ...data.names.filter((_name, index) => outcomes[index]).map((name) => el("li", {}, el("i", { class: `dot ${name}` }), name)));
}
