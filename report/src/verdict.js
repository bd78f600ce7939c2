// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Whether the report is complete, in one sentence that names where it is not.

import { sum } from "./data.js";
import { count, cut, plural } from "./dom.js";
import { sourceName } from "./names.js";
import { between, day, duration, shortStamp } from "./time.js";

// How many gaps the sentence names, the longest first, and the longest name in it.
const NAMED = 2;
const LONGEST_NAME = 40;

// All gaps that are in the page, the longest first; those that are open on a side are longest of all.
export function gapsOf(data, clock) {
  const gaps = data.scopes.flatMap((scope) => scope.gaps.map(([start, end, reasons]) => ({
    source: scope.source, scope: scope.scope, reasons: (reasons ?? []).join(", ").replaceAll("_", " "),
    start: start === null ? null : clock.wall(start), end: end === null ? null : clock.wall(end),
    length: start === null || end === null ? Infinity : end - start,
  })));
  return gaps.sort((one, other) => (one.length === other.length ? 0 : other.length - one.length));
}

export function timesOf({ start, end, length }) {
  if (start === null && end === null) return "at any time";
  if (start === null) return `before ${shortStamp(end)}`;
  if (end === null) return `from ${shortStamp(start)} on`;
  return `${between(start, end)} (${duration(length)})`;
}

export function placeOf({ source, scope }, names) {
  if (!scope) return `${sourceName(source)}, of which nothing was archived`;
  return cut(names.label(source, scope) ?? `${sourceName(source)} of ${cut(names.scope(source, scope), LONGEST_NAME)}`, 2 * LONGEST_NAME);
}

// The day on which the latest of the windows was listed that were first read long after their end; null if there is none.
function listedOn(data, clock) {
  const late = data.scopes.flatMap((scope) => scope.covered.map(([, , listed]) => listed)).filter((listed) => listed !== null);
  return late.length ? day(clock.wall(Math.max(...late))) : null;
}

// What was deleted on purpose, and which scopes are not archived any more: of each scope, or of all of them.
export function prunesOf(data) {
  return data.scopes.flatMap(({ source, scope, pruned }) => pruned.declared.map((each) => ({ ...each, source, scope })));
}

export function retiredOf(data) {
  return data.scopes.filter(({ retired }) => retired !== null);
}

// {kind: good, bad or neutral; head, text}
export function verdictOf(data, clock, names) {
  const records = plural(data.totals.records, "record");
  if (!data.stored) {
    return {
      kind: "bad", head: "Not provable.",
      text: `Made from a list of ${records}, not from a store: nobody can say what is missing. There is no proof, no seal and no history.`,
    };
  }
  const scopes = data.scopes.length + data.more_scopes;
  const only = data.where ? " Only records that meet a condition are in this report." : "";
  if (data.complete) {
    const listed = listedOn(data, clock);
    const late = listed ? ` Some of it as listed on ${listed}: what a source had dropped by then is unknown.` : "";
    return { kind: "good", head: "Complete.", text: `${plural(data.sources.length, "source")}, ${plural(scopes, "scope")}, ${records}.${late}${only}` };
  }
  const gaps = gapsOf(data, clock);
  const all = data.gap_count;
  if (!all) return { kind: "neutral", head: "No gap.", text: `${records}. Older ones were pruned: see below.${only}` };
  const sentences = gaps.slice(0, NAMED).map((gap) => `${placeOf(gap, names)}, ${timesOf(gap)}`);
  if (all > sentences.length) sentences.push(`${count(all - sentences.length)} more`);
  return { kind: "bad", head: `${plural(all, "gap")}:`, text: `${sentences.join("; ")}. Records may be missing there.${only}` };
}

// What is known of the last seal: from the store alone, which proves nothing, or from a verification. {kind: good, bad or neutral; text}
export function sealOf(data, clock) {
  if (!data.stored) return null;
  const { seal } = data;
  if (!seal) return { kind: "neutral", text: "Not sealed." };
  const wall = (instant) => shortStamp(clock.wall(instant));
  const number = `on ${wall(seal.sealed_at)} as number ${count(seal.number)}`;
  const newer = seal.newer ? ` ${plural(seal.newer, "record")} of this report ${seal.newer === 1 ? "is" : "are"} newer than that.` : "";
  if (seal.verified_at === null) return { kind: "neutral", text: `Sealed ${number}, says the store; not verified here.${newer}` };
  const verified = `verified on ${wall(seal.verified_at)}`;
  const [altered, removed, broken] = seal.wrong;
  if (altered || removed || broken) {
    const wrong = [altered && `${plural(altered, "record")} altered`, removed && `${plural(removed, "record")} removed`, broken && `${plural(broken, "fault")} of the chain of seals`];
    return { kind: "bad", text: `The store is not as it was sealed: ${wrong.filter(Boolean).join(", ")} (${verified}).` };
  }
  if (!seal.signer) return { kind: "neutral", text: `Sealed ${number}; ${verified}, but not who signed it.${newer}` };
  return { kind: "good", text: `Sealed by ${cut(seal.signer[0], LONGEST_NAME)} (${cut(seal.signer[1], 2 * LONGEST_NAME)}) ${number}; ${verified}.${newer}` };
}

// How a reader verifies it without believing the page.
export function checksOf({ seal }) {
  if (!seal) return [];
  const file = `${String(seal.number).padStart(6, "0")}.json`;
  return [
    "ansible localhost -m opsaudit.sessions.session_seal -a 'store=STORE dest=SEALS verify=true allowed_signers=SIGNERS'",
    `sha256sum ${file}   # ${seal.sha256}`,
    `ssh-keygen -Y verify -n opsaudit.sessions -I NAME -f SIGNERS -s ${file}.sig < ${file}`,
  ];
}

// Of the records of each outcome, those of some.
export function countOf(data, outcomes) {
  return sum(data.totals.outcomes.filter((_number, index) => outcomes.includes(data.names[index])));
}
