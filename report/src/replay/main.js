// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

/*!
 * This script contains asciinema-player (Apache License 2.0), solid-js, solid-transition-group and solid-primitives (MIT); see the end of the page.
 */

import { el } from "../dom.js";
import { Theme } from "../theme.js";
import { duration, stamp } from "../time.js";
import { Player } from "./player.js";
import { Recording, readSession } from "./recording.js";

// Unknown facts are left out.
function header(session, theme) {
  const facts = [["Session", session.id], ["User", session.user], ["Began", session.began === null ? null : `${stamp(session.began * 1000)} UTC`]];
  return el("header", { class: "page" },
    el("div", {},
      el("h1", {}, session.connection ?? "Session"),
      el("dl", { class: "facts" }, ...facts.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))))),
    el("div", { class: "actions", id: "actions" }, theme.control()));
}

const key = (name) => el("kbd", {}, name);

function caption(recording) {
  if (recording.isEmpty) return el("figcaption", {}, "This recording is empty.");
  const [width, height] = recording.size;
  return el("figcaption", {},
    el("p", { id: "length" }, `${duration(Math.round(recording.last * 1000))} long, shown in ${width} × ${height} characters.`),
    el("p", {}, key("Space"), " plays and pauses, ", key("←"), " and ", key("→"), " jump by 5 seconds, ", key("?"), " shows all keys."));
}

async function build() {
  const session = readSession();
  const figure = el("figure");
  document.title = `${session.connection ?? "Session"} – ${session.id}`;
  document.getElementById("replay").append(
    header(session, new Theme()), figure,
    el("footer", {}, `Made by opsaudit.sessions ${session.version}. Player: asciinema-player, Apache License 2.0.`));
  try {
    const recording = new Recording();
    figure.append(caption(recording));
    if (!recording.isEmpty) {
      const player = new Player(recording);
      figure.prepend(player.screen);
      await player.start(recording.first);
      document.getElementById("actions").prepend(player.control() ?? "");
      player.focus();
    }
  } catch (problem) {
    figure.replaceChildren(el("p", { class: "problem" }, `This browser can't play the recording: ${problem.message}`));
  }
  document.documentElement.dataset.ready = "true";
}

build();
