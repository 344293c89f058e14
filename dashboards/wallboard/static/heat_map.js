// The Day view: the day of every queue, interval by interval; or a week or a month of days.

import { h } from "./dom.js";
import * as f from "./format.js";
import { windowOf } from "./day_bars.js";
import { DayTable } from "./day_table.js";
import { asked, dateBar, dateKey, today } from "./dates.js";
import { Grid, legend } from "./grid.js";
import { ask, live, ranked } from "./live.js";
import { addressOf, matches, option } from "./router.js";
import { t } from "./texts.js";
import { codeOf, VERDICTS } from "./labels.js";

const HOUR = 3600000;

export class DayMap {
  constructor(root) {
    this.scale = ["week", "month"].includes(option("scale")) ? option("scale") : "day";
    this.table = this.scale === "day" ? null : new DayTable(root, this.scale);
    if (this.table) return;
    this.date = asked();
    this.heads = h("div", { class: "hours", "aria-hidden": "true" });
    this.grid = new Grid(t("map.title"), this);
    this.empty = h("p", { class: "empty", hidden: true });
    root.append(h("div", { class: "title" }, h("h1", {}, t("map.title")), dateBar("day", t("map.title"), { scales: true }), legend()), this.grid.said, this.heads, this.grid.body, this.empty);
    this.past = this.date && this.date !== today() ? [] : null;
    if (this.past) this.load();
    else this.update("state");
  }

  close() {
    this.closed = true;
    this.grid?.close();
    this.table?.close();
  }

  key(event) {
    return dateKey(this.scale, event);
  }

  async load() {
    this.say(t("loading"));
    try {
      const told = await ask("/live/map", { date: this.date });
      if (this.closed) return;
      this.past = told.queues;
      this.show(this.past);
    } catch (error) {
      if (!this.closed) this.say(error.message);
    }
  }

  update(kind) {
    if (this.table) this.table.update(kind);
    else if (!this.past && kind !== "breaches" && kind !== "figures" && (kind !== "beat" || this.minute !== minuteOf())) this.show(ranked().filter((queue) => queue.day));
  }

  show(queues) {
    this.minute = minuteOf();
    this.queues = queues;
    this.window = windowOf(queues);
    this.showHours();
    this.filter();
  }

  filter() {
    if (this.table) {
      this.table.filter();
      return;
    }
    const shown = this.queues.filter(matches);
    // A row is made anew only where its queue changed: the grid leaves the others as they are.
    const before = this.made ?? new Map();
    this.made = new Map();
    const key = `${this.window.key} ${this.minute}`;
    const rows = shown.map((queue) => {
      const kept = before.get(queue.queue);
      const row = kept?.of === queue && kept.key === key ? kept : { of: queue, key, ...this.rowOf(queue) };
      this.made.set(queue.queue, row);
      return row;
    });
    this.grid.show(rows, this.window.columns);
    const date = f.dayOf(this.date || today());
    const told = shown.some((queue) => queue.day.codes);
    this.heads.hidden = !told;
    this.say(told ? "" : shown.length || !this.queues.length ? t("map.none", { date }) : t("filter.none", { text: option("q") }));
  }

  say(text) {
    this.empty.hidden = !text;
    this.empty.textContent = text;
  }

  rowOf(queue) {
    const { day } = queue;
    const first = Math.round((day.first_ms - day.begin_ms - this.window.begin) / day.step_ms);
    const count = Math.max(1, Math.round((this.window.end - this.window.begin) / day.step_ms));
    return { queue: queue.queue, program: queue.program, state: this.past ? null : queue.state, href: addressOf("queue", queue.queue, day.date), day, zone: queue.timezone, range: queue.range, first, count, current: Math.min(count - 1, Math.max(0, first + day.codes.length - 1)) };
  }

  showHours() {
    const { begin, end, dayBegin, zone, key } = this.window;
    if (key === this.hoursKey) return;
    this.hoursKey = key;
    const hours = [];
    for (let at = Math.ceil(begin / HOUR) * HOUR; at < end; at += HOUR) {
      hours.push(h("span", { style: { left: `${(100 * (at - begin)) / (end - begin)}%` } }, f.clock(dayBegin + at, zone).replace(":00", "")));
    }
    this.heads.replaceChildren(...hours);
  }

  // --- cells, for the grid ---

  content(row, place) {
    const at = place - row.first;
    const code = codeOf(row.day, at, live.beat.now);
    const corrected = code !== code.toLowerCase();
    const [verdict, sign] = VERDICTS[code.toLowerCase()];
    const level = row.day.levels[at];
    const figure = level == null || verdict === "low_volume" ? "" : f.level(level, row.range).replace(" %", "");
    const breached = row.day.marks[at] === "!";
    return [`${verdict}${corrected ? " corrected" : ""}${breached ? " breached" : ""}`, sign, figure];
  }

  moved(from, place, to) {
    return Math.min(to.count - 1, Math.floor((place * from.day.step_ms) / to.day.step_ms));
  }

  begin(row, place) {
    return row.day.begin_ms + this.window.begin + place * row.day.step_ms;
  }

  target(row, place) {
    if ((row.day.codes[place - row.first] ?? ".") === ".") return null;
    return ["interval", row.queue, new Date(this.begin(row, place)).toISOString().replace(".000Z", "Z")];
  }

  describe(row, place) {
    const at = place - row.first;
    const code = codeOf(row.day, at, live.beat.now);
    const said = t("map.cell", {
      queue: row.queue,
      time: f.span({ start: new Date(this.begin(row, place)).toISOString(), seconds: row.day.step_ms / 1000 }, row.zone),
      verdict: t(`verdict.${VERDICTS[code.toLowerCase()][0]}`),
      level: f.level(row.day.levels[at], row.range),
    });
    const more = [code === code.toLowerCase() ? "" : t("map.cell.corrected"), row.day.marks[at] === "!" ? t("map.breach") : ""];
    return [said, ...more].filter(Boolean).join(t("list"));
  }
}

function minuteOf() {
  return Math.floor(live.beat.now / 60000);
}
