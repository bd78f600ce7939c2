// Copyright: (c) 2026, The opsaudit.sessions developers
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Bundles src/ into dist/: the script, the style, and whose parts of it are. The same sources always give the same bytes.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";

const shared = { bundle: true, minify: true, target: ["chrome111", "firefox113", "safari16.4"], charset: "ascii", legalComments: "inline", logLevel: "warning" };
await build({ ...shared, entryPoints: ["src/main.js"], format: "iife", outfile: "dist/report.js" });
await build({ ...shared, entryPoints: ["src/style.css"], outfile: "dist/report.css" });

// What has to go with each part of the script: its license, and who else is to be named.
const parts = [
  { name: "echarts", files: ["LICENSE", "NOTICE", "licenses/LICENSE-d3"] },
  { name: "zrender", files: ["LICENSE"] },
  { name: "tslib", files: ["LICENSE.txt", "CopyrightNotice.txt"] },
].map(({ name, files }) => {
  const text = (file) => readFileSync(join("node_modules", name, file), "utf8").trim();
  return { name, version: JSON.parse(text("package.json")).version, files: Object.fromEntries(files.map((file) => [file.split("/").pop(), text(file)])) };
});
writeFileSync("dist/parts.json", JSON.stringify(parts, null, 1));
