// The words for breaches and their causes, and the signs that stand beside every colour.

import { number, signed, signedPercent, span } from "./format.js";
import { live } from "./live.js";
import { known, language, t } from "./texts.js";

export const SIGNS = {
  critical: "▼▼",
  warning: "▼",
  never_seen: "?",
  missing: "✕",
  stale: "◇",
  below: "▽",
  at_risk: "▷",
  unknown: "?",
  above: "△",
  in_range: "✓",
  low_volume: "·",
  no_target: "○",
  no_demand: "–",
  waiting: "…",
  closed: "☾",
};

// The code of an interval in a day: one that is not final is open until its end, then closing.
export function codeOf(day, place, now) {
  const code = day.codes[place] ?? ".";
  return code === "p" && day.first_ms + (place + 1) * day.step_ms <= now ? "q" : code;
}

const LATE_MS = 900000; // an interval without a row this long after its time is no longer about to become final

export const BREACH_SIGNS = { critical: "▼▼", warning: "▼", info: "i" };

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
  q: ["closing", "»"],
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

// The intervals of a queue at a moment: the open one, those that ended and are not final yet, and the last final one.
export function intervalsOf(queue, now) {
  const ended = (one) => Date.parse(one.start) + 1000 * one.seconds <= now;
  const running = queue.running.filter((one) => one.start > (queue.last?.start ?? ""));
  return {
    open: running.findLast((one) => !ended(one) && Date.parse(one.start) <= now) ?? null,
    closing: running.filter((one) => ended(one) && now < one.final_ms + LATE_MS),
    last: queue.last,
  };
}

// Whether the last interval is back in range while the breach is still open.
export function isBack(breach, last) {
  return live.rules[breach.rule]?.back_at.includes(last?.spec) ?? false;
}

// A queue's most telling breach of the present: one with causes before one without. A finding about a day that is over
// is none.
export function leading(queue) {
  const present = queue.breaches.filter((breach) => !live.rules[breach.rule]?.finding);
  const serious = present.filter((breach) => breach.severity !== "info" && !breach.live);
  return serious.find((breach) => breach.causes?.length) ?? serious[0] ?? present[0];
}

// The interval of a breach's latest record.
export function lastSpan(breach) {
  return breach.seconds ? span({ start: breach.interval_start, seconds: breach.seconds }, breach.timezone) : "";
}

// When a breach began; once it is over, how it ended: when, after how long, and how bad it was.
export function courseOf(breach, time) {
  return breach.ending ? t("breach.course", { time, ending: breach.ending[language] }) : t("breach.since", { time });
}

// The interval that a breach's causes are of: of one that is over, its worst.
export function causesSpan(breach) {
  return breach.seconds ? span({ start: breach.causes_start, seconds: breach.seconds }, breach.timezone) : "";
}

// Why a breach is open, in one line: back inside since, or its main causes and their interval; empty: no cause is known.
export function becauseOf(breach, last, zone) {
  if (isBack(breach, last)) return t("breach.back", { span: span(last, zone) });
  const causes = mainCauses(breach);
  return causes.length ? `${causesSpan(breach)}${t("colon")}${causes.join(t("list"))}` : "";
}
