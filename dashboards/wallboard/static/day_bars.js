// The bars of a day: their height is the service level, their colour its verdict, a dashed line the low end of the range.

import { svg } from "./dom.js";
import { VERDICTS } from "./labels.js";

const HEIGHT = 30;
const HOUR = 3600000;

export function dayBars(day, range, window) {
  const paths = new Map();
  const width = Math.max(1, window.end - window.begin) / 60000;
  for (let place = 0; place < (day?.codes.length ?? 0); place += 1) {
    const code = day.codes[place];
    if (code === ".") continue;
    const level = day.levels[place];
    const [verdict] = VERDICTS[code.toLowerCase()];
    const x = (day.first_ms - day.begin_ms + place * day.step_ms - window.begin) / 60000;
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

// One axis is one local day: times are counted from each queue's own midnight.
export function windowOf(queues) {
  const days = queues.map((queue) => queue.day).filter((day) => day?.codes);
  const lead = queues.find((queue) => queue.day?.codes);
  if (!days.length) return { begin: 0, end: HOUR, columns: 1, key: "", dayBegin: queues[0]?.day?.begin_ms ?? 0, zone: queues[0]?.timezone };
  const longest = Math.max(...days.map((day) => day.step_ms));
  const begin = Math.min(...days.map((day) => day.first_ms - day.begin_ms));
  const end = Math.max(...days.map((day) => day.first_ms - day.begin_ms + day.codes.length * day.step_ms));
  // It begins with the first hour seen; its right edge moves once an hour.
  const [left, right] = [Math.floor(begin / longest) * longest, Math.ceil(end / HOUR) * HOUR];
  const columns = (right - left) / Math.min(...days.map((day) => day.step_ms));
  return { begin: left, end: right, columns, key: `${lead.day.date} ${left} ${right}`, dayBegin: lead.day.begin_ms, zone: lead.timezone };
}
