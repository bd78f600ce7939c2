// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Bundles src/ into dist/: of each page the script, the style, and whose parts of it are. The same sources always give the same bytes.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";

const RUST = `Its authors compiled the WebAssembly in it from Rust, with avt (Apache License 2.0), serde-wasm-bindgen (MIT),
hashbrown, serde, unicode-width, wasm-bindgen and the libraries of Rust itself (MIT or Apache License 2.0).`;

// What each page is made of, and what has to go with each part of its script: its license, and who else is to be named.
const PAGES = [
  {
    page: "report", script: "src/main.js", style: "src/style.css", parts: [],
  },
  {
    page: "replay", script: "src/replay/main.js", style: "src/replay/style.css",
    parts: [
      { name: "asciinema-player", files: ["LICENSE"], note: RUST },
      // Its authors have put these into it, in versions that it doesn't tell.
      { name: "solid-js", files: ["LICENSE"], within: "asciinema-player" },
      { name: "solid-transition-group", files: ["LICENSE"], within: "asciinema-player" },
      { name: "@solid-primitives/refs", files: ["LICENSE"], within: "asciinema-player" },
      { name: "@solid-primitives/transition-group", files: ["LICENSE"], within: "asciinema-player" },
      { name: "@solid-primitives/utils", files: ["LICENSE"], within: "asciinema-player" },
    ],
  },
];

const shared = { bundle: true, minify: true, target: ["chrome111", "firefox113", "safari16.4"], charset: "ascii", legalComments: "inline", logLevel: "warning" };

function withTexts({ name, files, note = null, within }) {
  const text = (file) => readFileSync(join("node_modules", name, file), "utf8").trim();
  const title = within ? `${name}, in ${within}` : `${name} ${JSON.parse(text("package.json")).version}`;
  return { name, title, note, files: Object.fromEntries(files.map((file) => [file.split("/").pop(), text(file)])) };
}

for (const { page, script, style, parts } of PAGES) {
  await build({ ...shared, entryPoints: [script], format: "iife", outfile: `dist/${page}.js` });
  await build({ ...shared, entryPoints: [style], outfile: `dist/${page}.css` });
  writeFileSync(`dist/${page}.json`, JSON.stringify(parts.map(withTexts), null, 1));
}
