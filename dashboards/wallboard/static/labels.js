// The words for breaches and their causes, and the signs that stand beside every colour.

import { number, signed, signedPercent } from "./format.js";
import { live } from "./live.js";
import { known, t } from "./texts.js";

export const SIGNS = {
  critical: "▼▼",
  warning: "▼",
  never_seen: "?",
  missing: "✕",
  stale: "⧖",
  below: "▽",
  unknown: "?",
  above: "△",
  in_range: "✓",
  low_volume: "·",
  no_target: "○",
  no_demand: "–",
  waiting: "…",
  closed: "☾",
};

export const BREACH_SIGNS = { critical: "▼▼", warning: "▼", info: "ⓘ" };

export const VERDICTS = {
  i: ["in_range", "✓"],
  b: ["below", "▼"],
  a: ["above", "△"],
  n: ["no_demand", "–"],
  l: ["low_volume", "·"],
  t: ["no_target", "○"],
  u: ["unknown", "?"],
  m: ["missing", "✕"],
  p: ["open", "…"],
  ".": ["none", ""],
};

export function rule(name) {
  return known(`rule.${name}`) ? t(`rule.${name}`) : name;
}

export function points(effect) {
  return signed(100 * effect);
}

export function cause(name, effect, changes) {
  const told = points(effect);
  const one = /^.?1$/.test(told) ? ".one" : "";
  if (name === "unexplained") return t(`cause.unexplained.said${one}`, { points: told });
  return t(`cause.said${one}`, { what: change(name, changes?.[name]), points: told });
}

function change(name, value) {
  if (value == null) return t(`cause.${name}`);
  if (name !== "staffing") return t("cause.change", { what: t(`cause.${name}`), change: signedPercent(value) });
  const agents = number(Math.abs(value), 1);
  if (agents === "0") return t("cause.as_scheduled");
  return t(value < 0 ? "cause.short" : "cause.over", { agents });
}

// The causes whose effect has the breach's direction and is a point or more; lesser ones stand in the detail only.
export function mainCauses(breach) {
  const way = live.rules[breach.rule]?.causes_raise ? 1 : -1;
  const pulling = (breach.causes ?? []).filter((part) => part.effect * way >= 0.01);
  const most = Math.max(...pulling.map((part) => part.effect * way));
  return pulling.filter((part) => part.effect * way >= 0.04 * most).slice(0, 3).map((part) => cause(part.cause, part.effect, breach.changes));
}

// Whether the last interval is back in range while the breach is still open.
export function isBack(breach, last) {
  return live.rules[breach.rule]?.back_at.includes(last?.spec) ?? false;
}

// A queue's most telling breach: one with causes before one without.
export function leading(queue) {
  const serious = queue.breaches.filter((breach) => breach.severity !== "info" && !breach.live);
  return serious.find((breach) => breach.causes?.length) ?? serious[0] ?? queue.breaches[0];
}
