// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The player, as it plays a recording: with its pauses, or without. It can't change that, so another takes its place.

import { create } from "asciinema-player";

import { el } from "../dom.js";
import { lengthened, PAUSE, shortened } from "./recording.js";

export class Player {
  constructor(recording) {
    this.recording = recording;
    this.cuts = recording.cuts;
    this.skips = false;
    this.plays = false;
    this.screen = el("div", { class: "screen" });
    const [width, height] = recording.size;
    this.screen.style.setProperty("--shape", String(width / height));
  }

  // From an instant on; done as soon as the recording is loaded, or can't be. (With a poster, the player would lose what is in it.)
  async start(instant) {
    const { hasInput, lines, size: [cols, rows] } = this.recording;
    this.player = create({ data: lines }, this.screen, {
      cols, rows, controls: true, fit: "width", idleTimeLimit: this.skips ? PAUSE : undefined, keystrokeOverlay: hasInput,
      preload: true, theme: "asciinema",
    });
    for (const [name, plays] of [["playing", true], ["pause", false], ["ended", false]]) this.player.addEventListener(name, () => { this.plays = plays; });
    this.name(this.player.el);
    await this.player.seek(this.skips ? shortened(instant, this.cuts) : instant);
  }

  // Those who can't see it, or have no mouse, find it by its name and with the Tab key.
  name(wrapper) {
    wrapper.setAttribute("role", "group");
    wrapper.setAttribute("aria-label", "Player");
    const text = wrapper.querySelector("pre");
    text.setAttribute("role", "region");
    text.setAttribute("aria-label", "Terminal");
  }

  focus() {
    this.player.el.focus({ preventScroll: true });
  }

  async skip(skips) {
    const { cuts, plays, player } = this;
    const shown = player.getCurrentTime();
    const instant = this.skips ? lengthened(shown, cuts) : shown;
    this.skips = skips;
    player.dispose();
    await this.start(instant);
    if (plays) await this.player.play();
  }

  // Null, if there is no pause.
  control() {
    if (!this.cuts.length) return null;
    const button = el("button", { type: "button", class: "quiet skip", "aria-pressed": "false", onclick: async ({ detail }) => {
      button.disabled = true;
      await this.skip(!this.skips);
      button.setAttribute("aria-pressed", String(this.skips));
      button.disabled = false;
      // After a click the keys of the player work, too.
      if (detail) this.focus();
      else button.focus();
    } }, "Skip pauses");
    return button;
  }
}
