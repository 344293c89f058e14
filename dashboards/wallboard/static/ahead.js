// The words for the rest of a queue's day: the figure at close, the chance, the next interval at risk, and why there is none.

import * as f from "./format.js";
import { t } from "./texts.js";

const NOTES = new Set(["no_plan", "plan_ends", "staffed_of_now", "missing"]); // these take nothing away

// `13:30 lacks 4 agents`, or `13:30 at risk` where nobody is lacking (in a sentence about risk: `13:30`); empty: no interval is.
export function riskText(risk, zone, sentence = false) {
  if (!risk) return "";
  const time = f.clock(risk.start_ms ?? risk.interval_start, zone);
  if (risk.lacks == null) return sentence ? time : t("ahead.risk.some", { time });
  return t(risk.lacks === 1 ? "ahead.risk.one" : "ahead.risk", { time, count: risk.lacks });
}

// Why something is not projected, in a few words or in a sentence.
export function noteText(note, zone, short = false) {
  const at = note.at ?? note.at_ms;
  return t(`note.${note.reason}${short && !NOTES.has(note.reason) ? ".short" : ""}`, { time: at == null ? "?" : f.clock(at, zone) });
}

// The rest of a day for a row: figure, chance to reach the target, risk or reason, and all of it in a sentence.
export function restOf(queue) {
  const { ahead, timezone: zone } = queue;
  if (!ahead) return { figure: f.NONE, chance: "", said: "", risky: false, title: t("ahead.none") };
  const figure = f.level(ahead.level, queue.range);
  const chance = ahead.p_on_target == null ? "" : t("ahead.chance", { chance: chanceText(ahead.p_on_target) });
  const why = ahead.note ? noteText(ahead.note, zone, true) : "";
  const span = ahead.low == null ? "" : t("ahead.range", { low: f.percent(ahead.low), high: f.percent(ahead.high) });
  return {
    figure,
    chance,
    said: riskText(ahead.risk, zone) || why,
    risky: Boolean(ahead.risk),
    title: [ahead.level == null ? "" : `${t("ahead.close")}${t("colon")}${figure}`, span, chance, ahead.note ? noteText(ahead.note, zone) : riskText(ahead.risk, zone)].filter(Boolean).join(t("list")),
  };
}

// A chance is never shown as certain.
export function chanceText(ratio) {
  if (ratio < 0.01) return "< 1 %";
  return ratio > 0.99 ? "> 99 %" : f.percent(ratio);
}
