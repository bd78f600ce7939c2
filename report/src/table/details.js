// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The whole of one record: all fields, attachments, earlier versions, and what the source sent.

import { read } from "../data.js";
import { el, plural } from "../dom.js";
import { sourceName } from "../names.js";
import { duration, stamp } from "../time.js";

const TOKENS = /"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/g;
const SAFE = /^(?!\/\/)(?![a-z][a-z0-9+.-]*:)[^\\\u0000-\u001f]+$/i;

// JSON in lines, as it is: parsed, a long number would lose its last digits.
export function pretty(text) {
  let depth = 0;
  let before = "";
  let out = "";
  const line = () => `\n${"  ".repeat(Math.max(0, depth))}`;
  for (const token of text.match(TOKENS) ?? []) {
    const closes = token === "}" || token === "]";
    if (closes) depth -= 1;
    if (before && (closes ? !"{[".includes(before) : "{[,".includes(before))) out += line();
    out += token === ":" ? ": " : token;
    if (token === "{" || token === "[") depth += 1;
    before = token;
  }
  return out;
}

// The packs of details: unpacked when a record of them is first opened.
export class Details {
  constructor(clock, names, replays) {
    Object.assign(this, { clock, names, replays });
    this.unpacked = new Map();
  }

  // Half of the page is in them: parsed when they are needed.
  get packs() {
    this.parsed ??= read("details");
    return this.parsed;
  }

  async load(record) {
    if (record.detail === null) return null;
    const number = Math.floor(record.detail / this.packs.pack);
    if (!this.unpacked.has(number)) this.unpacked.set(number, unpack(this.packs.texts[number]));
    return (await this.unpacked.get(number))[record.detail % this.packs.pack];
  }

  // An element that fills itself.
  element(record, only) {
    const place = el("div", { class: "details" }, this.fields(record, {}));
    this.load(record).catch(() => null).then((detail) => {
      place.replaceChildren(
        this.fields(record, detail?.fields ?? {}), el("p", {}, el("button", { type: "button", class: "link", onclick: only }, "Link to this record alone")),
        attachments(detail?.attachments ?? this.replay(record)), this.revisions(detail), this.raw(detail));
      place.dataset.loaded = "true";
    });
    return place;
  }

  // Of a record whose details are not in the page, the link to the page that plays its recording is.
  replay(record) {
    return record.replay ? [{ name: "replay", state: "kept", href: `${this.replays.folder}${encodeURIComponent(record.replay)}.html` }] : [];
  }

  fields(record, whole) {
    const field = (name) => whole[name] ?? record[name] ?? null;
    const scope = whole.scope ?? record.scope;
    const known = this.names.scope(record.source, scope);
    const rows = [
      ["Began", time(record.start, this.clock, whole.started_at)], ["Ended", time(record.end, this.clock, whole.ended_at)], ["Took", duration(record.lasted)], ["Outcome", record.outcome],
      ["State at the source", field("state")], ["Kind", field("kind")], ["Who", field("actor")], ["Connection", field("target")], ["What", field("summary")],
      ["Source", `${sourceName(record.source)} (${record.source})`], ["Scope", known === scope ? scope : `${known} (${scope})`], ["ID", whole.record_id ?? record.id],
    ];
    return el("dl", { class: "fields" }, ...rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value || "unknown"))));
  }

  revisions(detail) {
    const found = detail?.revisions ?? [];
    if (!found.length) return el("div");
    const more = detail.more_revisions ? ` ${plural(detail.more_revisions, "older version")} not shown.` : "";
    const wall = (instant) => stamp(this.clock.wall(instant));
    return el("section", {}, el("h3", {}, "Earlier versions"),
      el("p", { class: "note" }, `The source changed this record after it had ended.${more}`),
      ...found.map((each) => el("details", {}, el("summary", {}, `As it was from ${wall(each.from_time)} until ${wall(each.until_time)}`), code(each.raw))));
  }

  raw(detail) {
    if (detail?.raw) return el("section", {}, el("h3", {}, "As the source sent it"), code(detail.raw));
    return el("p", { class: "note" }, `The page has room for the whole of ${plural(this.packs.records, "record")}; this is none of them. An export has all.`);
  }
}

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).json();
}

function code(text) {
  return el("pre", { tabindex: "0" }, pretty(text));
}

// A time of the page's zone, and that of UTC, which is what exports and databases have.
function time(wall, clock, instant) {
  if (wall === null) return "";
  return `${stamp(wall)} ${clock.name}${instant === undefined || clock.name === "UTC" ? "" : ` (${stamp(instant)} UTC)`}`;
}

function attachments(found) {
  if (!found.length) return el("div");
  const size = (bytes) => (bytes ? `, ${bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1000)} kB`}` : "");
  return el("section", {}, el("h3", {}, "Attachments"), el("ul", { class: "attachments" }, ...found.map(({ name, state, href, size: bytes }) => el("li", {},
    href && SAFE.test(href) ? el("a", { href, class: "link" }, name) : name, ` (${String(state).replaceAll("_", " ")}${size(bytes)})`))));
}
