// How many contacts an agent serves at once: the setting, what the day reached, and what of the day refutes the setting.

import { h } from "./dom.js";
import * as f from "./format.js";
import { t } from "./texts.js";

// The element below a queue's title; nothing is told of a queue of calls.
export function atOnce(told) {
  if (!told) return h("p", { class: "dim at-once", hidden: true });
  const setting = f.number(told.setting, 2).replace(/\.?0+$/, "");
  const unseen = told.handling_seconds == null ? [] : [" · ", t("at_once.unseen")];
  const reached = told.reached == null ? unseen : [" · ", t("at_once.reached", { reached: f.number(told.reached, 1) })];
  const findings = told.findings.map((found) =>
    h("p", { class: "refuted", role: "note" },
      h("strong", {}, `⚠ ${t("at_once.refuted", { setting })}`), t("colon"),
      t(`at_once.${found.kind}`, { observed: f.percent(found.observed), expected: f.percent(found.expected), least: f.number(found.at_least, 1), count: found.intervals })));
  return h("div", { class: "at-once" }, h("p", { class: "dim" }, t("at_once.set", { setting }), ...reached), ...findings);
}
