// A week or a month of days: queue by day, worst first, with totals.

import { h } from "./dom.js";
import * as f from "./format.js";
import { asked, dateBar, daysOfMonth, monday, shift, today } from "./dates.js";
import { Grid, legend } from "./grid.js";
import { ask } from "./live.js";
import { addressOf, matches, option } from "./router.js";
import { t } from "./texts.js";
import { VERDICTS } from "./labels.js";

const NARROW = 700; // pixels, in which the name of every day has no room
const CODES = ["i", "b", "a", "n", "l", "t", "u", "m"];

export class DayTable {
  constructor(root, scale) {
    this.scale = scale;
    const date = asked() || today();
    this.first = scale === "week" ? monday(date) : `${date.slice(0, 7)}-01`;
    this.count = scale === "week" ? 7 : daysOfMonth(date);
    this.dates = Array.from({ length: this.count }, (_, place) => shift(this.first, place));
    this.grid = new Grid(t("days.title"), this);
    this.grid.body.classList.add("days");
    this.sums = new Grid(t("days.totals"), this);
    this.sums.body.classList.add("days");
    this.sums.said = this.grid.said;
    this.heads = h("div", { class: "hours days", "aria-hidden": "true" }, ...this.headings());
    this.empty = h("p", { class: "empty" }, t("loading"));
    root.append(
      h("div", { class: "title" }, h("h1", {}, t("days.title")), dateBar(scale, t("days.title"), { scales: true }), legend(CODES.map((code) => VERDICTS[code]), h("li", {}, h("span", { class: "v-total", "aria-hidden": "true" }, "*"), t("days.star")))),
      this.grid.said,
      this.heads,
      this.sums.body,
      this.grid.body,
      this.empty,
    );
    this.load();
  }

  close() {
    this.closed = true;
    this.grid.close();
    this.sums.close();
  }

  headings() {
    const narrow = window.innerWidth < NARROW;
    const day = (date) => (narrow && ![1, 6, 11, 16, 21, 26].includes(Number(date.slice(8))) ? "" : String(Number(date.slice(8))));
    const week = (date) => (narrow ? f.dayShort(date).split(/[, ]/)[0] : f.dayShort(date));
    const all = [...this.dates.map(this.scale === "week" ? week : day), t("days.all")];
    return all.map((text, place) => h("span", { style: { left: `${(100 * place) / all.length}%` } }, text));
  }

  update(kind) {
    // Days that are over hardly change; the present one does with each final interval.
    if (kind === "queues" && this.dates.includes(today())) {
      this.timer ??= setTimeout(() => {
        this.timer = null;
        this.load();
      }, 5000);
    }
  }

  async load() {
    try {
      const told = await ask("/live/days", { first: this.first, count: this.count });
      if (this.closed) return;
      this.told = told;
      this.filter();
    } catch (error) {
      if (!this.closed && !this.told) this.empty.textContent = error.message;
    }
  }

  filter() {
    if (!this.told) return;
    const shown = this.told.queues.filter(matches);
    const count = this.count + 1;
    const rows = shown.map((queue) => ({ queue: queue.queue, program: queue.program, state: null, href: addressOf("queue", queue.queue), range: queue.range, days: [...queue.days, queue.total], count, current: this.count }));
    this.grid.show(rows, count);
    // The totals are of all queues: with a filter they would be those of others.
    const whole = shown.length === this.told.queues.length && shown.length > 1;
    this.sums.show(whole ? [{ queue: t("days.totals"), program: "", state: null, href: null, range: null, totals: true, days: this.told.totals, count, current: this.count }] : [], count);
    this.empty.hidden = shown.length > 0;
    this.empty.textContent = this.told.queues.length ? t("filter.none", { text: option("q") }) : t("days.none");
  }

  // --- cells, for the grid ---

  content(row, place) {
    const day = row.days[place];
    if (!day || (row.totals && !day.days)) return ["none", "", ""];
    if (!day.code) return ["total", "", day.level == null ? (day.judged ? `${f.percent(day.in_range / day.judged).replace(" %", "")}*` : "") : f.level(day.level, row.range).replace(" %", "")];
    const [verdict, sign] = VERDICTS[day.code];
    const figure = day.level == null || verdict === "low_volume" ? "" : f.level(day.level, row.range).replace(" %", "");
    return [`${verdict}${day.breached ? " breached" : ""}`, sign, figure];
  }

  moved(_, place) {
    return place;
  }

  target(row, place) {
    const date = this.dates[place];
    if (!date || !row.days[place]) return null;
    return row.totals ? null : ["queue", row.queue, date];
  }

  describe(row, place) {
    const day = row.days[place];
    const when = place < this.count ? f.dayOf(this.dates[place]) : t("days.all");
    if (!day || (row.totals && !day.days)) return `${row.queue}, ${when}${t("colon")}${t("verdict.none")}`;
    const parts = [
      `${row.queue}, ${when}${t("colon")}${day.code ? t(`verdict.${VERDICTS[day.code][0]}`) : ""}`.replace(/[:：]\s*$/, ""),
      day.level == null ? (day.mixed ? t("days.mixed") : "") : t("days.level", { level: f.level(day.level, row.range), offered: f.number(day.offered) }),
      day.judged ? t("days.share", { good: day.in_range, all: day.judged }) : "",
      day.short >= 1 ? t("days.short", { count: f.number(day.short) }) : "",
      day.missing ? t("days.missing", { count: day.missing }) : "",
      day.breached ? t("days.breached", { count: day.breached }) : "",
    ];
    return parts.filter(Boolean).join(t("list"));
  }
}
