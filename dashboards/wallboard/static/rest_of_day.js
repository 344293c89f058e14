// Beside a queue's day: what the rest of it will be, what if agents, volume or handle time were others, and who could help.

import { noteText, riskText, chanceText } from "./ahead.js";
import { h, mark, say, shortened } from "./dom.js";
import * as f from "./format.js";
import { ask } from "./live.js";
import { RestChart } from "./rest_chart.js";
import { language, t } from "./texts.js";

const LEAST_AGENTS = 5; // to which the slider of agents reaches in a small queue, in a large one to half of its agents
const SLIDERS = [
  { name: "agents", least: -LEAST_AGENTS, most: LEAST_AGENTS, said: (value) => f.signed(value) },
  { name: "volume", least: -50, most: 100, step: 5, said: (value) => f.signedPercent(value / 100) },
  { name: "aht", least: -30, most: 60, step: 5, said: (value) => f.signedPercent(value / 100) },
];
const SPANS = [30, 60, 90, 120, 180, 240];
const COLUMNS = ["time", "plan", "updated", "aht", "scheduled", "expected", "required", "net", "level", "below"];

export class RestOfDay {
  constructor(queue) {
    this.queue = queue;
    this.facts = h("p", { class: "rest-facts" });
    this.notes = h("ul", { class: "rest-notes" });
    this.chart = new RestChart();
    this.answer = h("p", { class: "rest-answer", "aria-live": "polite" });
    this.form = this.makeForm();
    this.table = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("rest.table") });
    this.details = h("details", { ontoggle: () => this.showTable() }, h("summary", {}, t("rest.table")), this.table);
    this.help = h("div", { class: "panel", id: "help" }, h("h3", {}, t("moves.title")));
    this.body = h("div", { class: "rest" }, h("div", { class: "rest-main" }, this.chart.element, this.details), h("div", { class: "rest-side" }, this.form, this.help));
    this.element = h("section", { id: "rest", hidden: true }, h("h2", {}, t("rest.title")), this.facts, this.notes, this.body);
  }

  // `told` is the projection; null: this server has none.
  show(told) {
    this.element.hidden = !told;
    if (!told) return;
    this.told = told;
    const { day, risk, timezone: zone } = told;
    const risky = riskText(risk, zone);
    const close = told.day_end ? f.clock(told.day_end, zone).replace(/^00:00/, "24:00") : "";
    const facts = [];
    if (day?.service_level != null) {
      facts.push(h("span", {}, `${t("rest.close", { time: close })}${t("colon")}`, h("strong", {}, f.percent(day.service_level)), ` (${t("ahead.range", { low: f.percent(day.low), high: f.percent(day.high) })})`));
      if (day.p_on_target != null) facts.push(h("span", {}, `${t("rest.target", { target: f.target(told.target) })}${t("colon")}`, h("strong", {}, chanceText(day.p_on_target))));
    }
    if (day) facts.push(h("span", {}, t("rest.offered", { offered: f.number(day.offered), low: f.number(day.offered_low), high: f.number(day.offered_high) })));
    if (risky) facts.push(h("strong", { class: "risky" }, `▷ ${risky}`));
    else if (told.intervals.some((one) => one.p_below != null)) facts.push(h("span", {}, t("rest.no.risk")));
    this.facts.replaceChildren(...facts);
    this.notes.replaceChildren(...told.notes.map((note) => h("li", { "data-note": note.reason }, noteText(note, zone))));
    const levels = told.intervals.some((one) => one.projected_service_level != null);
    this.body.hidden = !told.intervals.length;
    this.form.hidden = this.help.hidden = !levels;
    this.showSpans();
    if (!this.asked()) this.chart.show(told);
    else this.change();
    this.showTable();
    if (levels) this.loadHelp();
  }

  // --- what if ---

  makeForm() {
    this.sliders = SLIDERS.map((one) => {
      const output = h("output", { for: `if-${one.name}` }, one.said(0));
      const input = h("input", { type: "range", id: `if-${one.name}`, min: one.least, max: one.most, step: one.step ?? 1, value: 0, oninput: () => this.moved() });
      return { ...one, input, output, row: h("div", { class: "slider" }, h("label", { for: `if-${one.name}` }, t(`if.${one.name}`)), input, output) };
    });
    this.from = h("select", { id: "if-from", onchange: () => this.moved() });
    this.length = h("select", { id: "if-for", onchange: () => this.moved() });
    const none = h("button", { type: "button", onclick: () => this.reset() }, t("if.reset"));
    return h("fieldset", { class: "panel what-if" }, h("legend", {}, t("if.title")), ...this.sliders.map(({ row }) => row), h("div", { class: "slider" }, h("label", { for: "if-from" }, t("if.from")), this.from, h("label", { for: "if-for" }, t("if.for")), this.length, none), this.answer);
  }

  showSpans() {
    const { intervals, timezone: zone, made_at: now } = this.told;
    const starts = intervals.map((one) => one.interval_start).filter((start) => start > now);
    const reach = Math.max(LEAST_AGENTS, ...intervals.map((one) => Math.ceil((one.expected_agents ?? 0) / 2)));
    Object.assign(this.sliders[0].input, { min: -reach, max: reach });
    const key = JSON.stringify([starts, language]);
    if (key === this.spansKey) return;
    this.spansKey = key;
    const [from, length] = [this.from.value, this.length.value];
    this.from.replaceChildren(h("option", { value: "" }, t("if.now")), ...starts.map((start) => h("option", { value: f.clock(start, zone).slice(0, 5) }, f.clock(start, zone))));
    this.length.replaceChildren(h("option", { value: "" }, t("if.close")), ...SPANS.map((minutes) => h("option", { value: minutes }, f.duration(minutes * 60000))));
    this.from.value = [...this.from.options].some((one) => one.value === from) ? from : "";
    this.length.value = length || "";
  }

  // The change that the sliders stand for; null: none.
  asked() {
    const values = Object.fromEntries(this.sliders.map(({ name, input }) => [name, Number(input.value)]).filter(([, value]) => value));
    if (!Object.keys(values).length) return null;
    return { ...values, ...(this.from.value ? { from: this.from.value } : {}), ...(this.length.value ? { for: this.length.value } : {}) };
  }

  moved() {
    for (const { input, output, said } of this.sliders) say(output, said(Number(input.value)));
    this.change();
  }

  reset() {
    for (const { input } of this.sliders) input.value = 0;
    this.moved();
  }

  // One question at a time: while one is on its way, only the latest position of the sliders waits.
  async change() {
    this.waiting = true;
    if (this.asking) return;
    this.asking = true;
    while (this.waiting) {
      this.waiting = false;
      const values = this.asked();
      try {
        const found = values && (await ask("/api/whatif", { queue: this.queue, ...values }));
        if (this.waiting) continue;
        this.chart.show(found?.queues[0].before ?? this.told, found?.queues[0].after);
        say(this.answer, found ? (language === "zh" ? found.text_zh : found.text) : "");
        mark(this.answer, "data-wrong", null);
      } catch (error) {
        say(this.answer, error.message);
        mark(this.answer, "data-wrong", true);
      }
    }
    this.asking = false;
  }

  // --- who could help ---

  async loadHelp() {
    let told;
    try {
      told = await ask("/api/moves", { queue: this.queue });
    } catch (error) {
      told = { proposals: [], why: error.message, why_zh: error.message };
    }
    const own = language === "zh" ? "_zh" : "";
    const words = told.proposals.map((one) => h("li", { "data-from": one.from_queue }, shortened(one[`text${own}`], 400)));
    this.help.replaceChildren(
      h("h3", {}, t("moves.title")),
      words.length ? h("ol", { class: "moves" }, ...words) : h("p", { class: "dim" }, told[`why${own}`] ?? ""),
      ...(told[`notes${own}`] ?? []).map((note) => h("p", { class: "dim" }, note)),
      ...(words.length ? [h("p", { class: "dim" }, t("moves.aid"))] : []),
    );
  }

  // --- its figures ---

  showTable() {
    if (!this.details.open || !this.told) return;
    const { intervals, timezone: zone } = this.told;
    const between = (low, high, say) => (low == null ? "" : ` (${say(low)}–${say(high)})`);
    const rows = intervals.map((one) => [
      f.clock(one.interval_start, zone),
      f.number(one.forecast_offered),
      `${f.number(one.reforecast_offered)}${between(one.reforecast_low, one.reforecast_high, f.number)}`,
      f.number(one.reforecast_aht_seconds),
      f.number(one.scheduled_agents, 1),
      f.number(one.expected_agents, 1),
      f.number(one.required_agents),
      f.signed(one.net_staffing, 1),
      `${f.percent(one.projected_service_level)}${between(one.projected_low, one.projected_high, f.percent)}`,
      one.p_below == null ? f.NONE : chanceText(one.p_below),
    ]);
    this.table.replaceChildren(
      h("table", { class: "figures rest-figures" },
        h("thead", {}, h("tr", {}, ...COLUMNS.map((name) => h("th", { scope: "col" }, t(`rest.column.${name}`))))),
        h("tbody", {}, ...rows.map((cells, place) => h("tr", { "data-risk": intervals[place].p_below >= 0.5 }, ...cells.map((cell, at) => h(at ? "td" : "th", at ? {} : { scope: "row" }, cell)))))),
    );
  }
}
