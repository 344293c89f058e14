// The bars of a day: their height is the service level, their colour its verdict, a dashed line the low end of the range.

import { svg } from "./dom.js";
import { VERDICTS } from "./labels.js";

const HEIGHT = 30;

export function dayBars(day, range, window) {
  const paths = new Map();
  const width = Math.max(1, window.end - window.begin) / 60000;
  for (let place = 0; place < (day?.codes.length ?? 0); place += 1) {
    const code = day.codes[place];
    if (code === ".") continue;
    const level = day.levels[place];
    const [verdict] = VERDICTS[code.toLowerCase()];
    const x = (day.first_ms + place * day.step_ms - window.begin) / 60000;
    const step = day.step_ms / 60000;
    const height = level == null ? (verdict === "missing" || verdict === "unknown" ? HEIGHT : 2) : Math.max(1.5, HEIGHT * level);
    const bar = `M${x + step * 0.08} ${HEIGHT}v${-height}h${step * 0.84}v${height}z`;
    paths.set(verdict, (paths.get(verdict) ?? "") + bar);
  }
  const picture = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const [verdict, d] of paths) picture.append(svg("path", { d, class: `v-${verdict}` }));
  if (range) {
    const y = HEIGHT * (1 - range[0]);
    picture.append(svg("line", { x1: 0, x2: width, y1: y, y2: y, class: "limit" }));
  }
  return picture;
}
