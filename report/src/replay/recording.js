// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The recording as it is in the page: an asciicast, a line of JSON about the whole and one for each event.

// What is left of a pause that is skipped, in seconds.
export const PAUSE = 2;

// What an element of the page holds; it is taken out of it, for a recording may be large.
function take(id) {
  const element = document.getElementById(id);
  element.remove();
  return element.textContent;
}

export function readSession() {
  return JSON.parse(take("session"));
}

export class Recording {
  constructor() {
    this.lines = take("recording").split("\n").filter(Boolean).map((line) => JSON.parse(line));
    // Browsers give no text where it is longer than they can hold.
    if (!this.lines.length) throw new Error("it is too large");
  }

  get size() {
    const { width, height } = this.lines[0];
    return [width, height];
  }

  get isEmpty() {
    return this.lines.length === 1;
  }

  get hasInput() {
    return this.lines.some((event) => event[1] === "i");
  }

  // The times of the first and the last event, in seconds since the session began.
  get first() {
    return this.isEmpty ? 0 : this.lines[1][0];
  }

  get last() {
    return this.isEmpty ? 0 : this.lines.at(-1)[0];
  }

  // What is cut out if pauses are skipped: from which second on, and how many.
  get cuts() {
    const cuts = [];
    let before = 0;
    for (const [time] of this.lines.slice(1)) {
      if (time - before > PAUSE) cuts.push([before + PAUSE, time - before - PAUSE]);
      before = time;
    }
    return cuts;
  }
}

// When an instant of the recording comes if pauses are skipped.
export function shortened(instant, cuts) {
  return instant - cuts.reduce((sum, [from, length]) => sum + Math.min(Math.max(instant - from, 0), length), 0);
}

// Which instant of the recording comes then: where a pause was cut, the one after it. The player counts in parts of a millisecond.
export function lengthened(instant, cuts) {
  return cuts.reduce((found, [from, length]) => (found > from - 0.001 ? found + length : found), instant);
}
