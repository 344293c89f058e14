// The heat map: the day of every queue, interval by interval, with a sign and a figure in every cell.

import { arrange, h, mark, nameOf, say, shortened } from "./dom.js";
import * as f from "./format.js";
import { live, ranked } from "./live.js";
import { addressOf, matches } from "./router.js";
import { t } from "./texts.js";
import { codeOf, SIGNS, VERDICTS } from "./labels.js";

const HOUR = 3600000;
const FEW_ROWS = 14;
const FEW_COLUMNS = 26;
const MARKED = new Set(["critical", "warning", "never_seen", "missing", "stale"]);

export class DayMap {
  constructor(root) {
    this.rows = new Map();
    this.at = { row: 0, column: 0 };
    this.heads = h("div", { class: "hours", "aria-hidden": "true" });
    this.grid = h("div", { class: "map", role: "grid", "aria-label": t("map.title"), onkeydown: (event) => this.move(event), onclick: (event) => this.open(event.target), onfocusin: (event) => this.note(event.target), onmouseover: (event) => this.note(event.target) });
    this.said = h("p", { class: "said" }, t("map.hint"));
    root.append(
      h("div", { class: "title" }, h("h1", {}, t("map.title")), legend()),
      this.said,
      this.heads,
      this.grid,
    );
    this.update("state", []);
  }

  update(kind, names) {
    if (kind === "beat" || kind === "breaches" || kind === "figures") return;
    this.queues = ranked().filter((queue) => queue.day);
    const window = windowOf(this.queues);
    const moved = window.key !== this.window?.key;
    this.window = window;
    if (moved) this.showHours();
    for (const name of kind === "state" || moved ? live.queues.keys() : names) {
      const queue = live.queues.get(name);
      if (!queue?.day) continue;
      if (!this.rows.has(name)) this.rows.set(name, new MapRow(name));
      this.rows.get(name).show(queue, this.window);
    }
    this.filter();
  }

  filter() {
    this.shown = this.queues.filter(matches).map((queue) => this.rows.get(queue.queue));
    arrange(this.grid, this.shown.map((row) => row.element));
    // Few queues fill the screen, so that the map can be read from afar.
    mark(this.grid, "data-few", this.shown.length <= FEW_ROWS && this.window.columns <= FEW_COLUMNS);
    if (!this.grid.querySelector("[tabindex='0']")) this.cell(0, this.shown[0]?.current ?? 0)?.setAttribute("tabindex", "0");
  }

  showHours() {
    const { begin, end } = this.window;
    const hours = [];
    for (let at = Math.ceil(begin / HOUR) * HOUR; at < end; at += HOUR) {
      hours.push(h("span", { style: { left: `${(100 * (at - begin)) / (end - begin)}%` } }, f.clock(at).replace(":00", "")));
    }
    this.heads.replaceChildren(...hours);
  }

  cell(row, column) {
    return this.shown[row]?.cells.children[column];
  }

  note(target) {
    const cell = target.closest("[role=gridcell]");
    if (cell) say(this.said, this.describe(cell));
  }

  describe(cell) {
    const row = cell.closest(".map-row").row;
    return row.describe([...row.cells.children].indexOf(cell));
  }

  open(target) {
    const cell = target.closest?.("[role=gridcell]");
    if (!cell) return;
    const row = cell.closest(".map-row").row;
    const start = row.start([...row.cells.children].indexOf(cell));
    if (start) location.hash = addressOf("interval", row.name, start);
  }

  move(event) {
    const cell = event.target.closest("[role=gridcell]");
    if (!cell) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.open(cell);
      return;
    }
    const row = this.shown.findIndex((one) => one.element.contains(cell));
    const column = [...this.shown[row].cells.children].indexOf(cell);
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], PageUp: [-10, 0], PageDown: [10, 0] };
    let target;
    if (event.key in steps) {
      const [down, right] = steps[event.key];
      const to = Math.min(this.shown.length - 1, Math.max(0, row + down));
      // Queues may have intervals of different lengths: keep the time, not the column.
      const place = down ? this.shown[to].placeAt(this.shown[row].timeAt(column)) : column + right;
      target = this.cell(to, place);
    } else if (event.key === "Home") target = this.cell(row, 0);
    else if (event.key === "End") target = this.shown[row].cells.lastElementChild;
    if (!target) return;
    event.preventDefault();
    this.grid.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    target.setAttribute("tabindex", "0");
    target.focus();
  }
}

class MapRow {
  constructor(name) {
    this.name = name;
    this.cells = h("div", { class: "cells", role: "presentation" });
    this.program = h("small", { class: "dim" });
    this.sign = h("b", {});
    this.element = h(
      "div",
      { class: "map-row", role: "row" },
      h("div", { class: "map-name", role: "rowheader" }, this.sign, h("a", { href: addressOf("queue", name) }, nameOf(name)), this.program),
      this.cells,
    );
    this.element.row = this;
  }

  show(queue, window) {
    this.day = queue.day;
    this.range = queue.range;
    this.zone = queue.timezone;
    this.window = window;
    say(this.program, shortened(queue.program));
    mark(this.element, "data-state", queue.state);
    say(this.sign, MARKED.has(queue.state) ? SIGNS[queue.state] : "");
    mark(this.sign, "title", t(`state.${queue.state}`));
    const count = Math.max(1, Math.round((window.end - window.begin) / this.day.step_ms));
    const first = Math.round(((this.day.first_ms ?? window.begin) - window.begin) / this.day.step_ms);
    this.current = Math.max(0, first + this.day.codes.length - 1);
    const fresh = this.cells.childElementCount !== count || this.first !== first;
    this.first = first;
    if (fresh) {
      this.cells.style.setProperty("--count", count);
      // Only letters of a fixed alphabet and whole numbers are put into this HTML, never text from the data.
      let cells = "";
      for (let place = 0; place < count; place += 1) {
        const [code, text] = this.content(place);
        cells += `<span role="gridcell" tabindex="-1" class="v-${code}">${text}</span>`;
      }
      this.cells.innerHTML = cells;
      return;
    }
    for (let place = 0; place < count; place += 1) {
      const [code, text] = this.content(place);
      const cell = this.cells.children[place];
      if (cell.className !== `v-${code}`) cell.className = `v-${code}`;
      say(cell, text);
    }
  }

  content(place) {
    const code = codeOf(this.day, place - this.first, live.beat.now);
    const corrected = code !== code.toLowerCase();
    const [verdict, sign] = VERDICTS[code.toLowerCase()];
    const level = this.day.levels[place - this.first];
    const figure = level == null || verdict === "low_volume" ? "" : f.level(level, this.range).replace(" %", "");
    const breached = this.day.marks[place - this.first] === "!";
    return [`${verdict}${corrected ? " corrected" : ""}${breached ? " breached" : ""}`, `${sign}${figure}`];
  }

  timeAt(place) {
    return this.window.begin + place * this.day.step_ms;
  }

  placeAt(time) {
    return Math.floor((time - this.window.begin) / this.day.step_ms);
  }

  start(place) {
    const code = codeOf(this.day, place - this.first, live.beat.now);
    if (code === ".") return null;
    return new Date(this.timeAt(place)).toISOString().replace(".000Z", "Z");
  }

  describe(place) {
    const code = codeOf(this.day, place - this.first, live.beat.now);
    const from = this.timeAt(place);
    const said = t("map.cell", {
      queue: this.name,
      time: f.span({ start: new Date(from).toISOString(), seconds: this.day.step_ms / 1000 }, this.zone),
      verdict: t(`verdict.${VERDICTS[code.toLowerCase()][0]}`),
      level: f.level(this.day.levels[place - this.first], this.range),
    });
    const more = [code === code.toLowerCase() ? "" : t("map.cell.corrected"), this.day.marks[place - this.first] === "!" ? t("map.breach") : ""];
    return [said, ...more].filter(Boolean).join(", ");
  }
}

function windowOf(queues) {
  const days = queues.map((queue) => queue.day).filter((day) => day.codes);
  if (!days.length) return { begin: 0, end: HOUR, columns: 1, key: "" };
  const longest = Math.max(...days.map((day) => day.step_ms));
  const begin = Math.min(...days.map((day) => day.first_ms));
  const end = Math.max(...days.map((day) => day.first_ms + day.codes.length * day.step_ms));
  // The map begins with the first hour seen; its right edge moves once an hour.
  const [left, right] = [Math.floor(begin / longest) * longest, Math.ceil(end / HOUR) * HOUR];
  const columns = (right - left) / Math.min(...days.map((day) => day.step_ms));
  return { begin: left, end: right, columns, key: `${begin} ${Math.ceil(end / HOUR)}` };
}

function legend() {
  const parts = Object.values(VERDICTS).filter(([verdict]) => verdict !== "none");
  return h(
    "ul",
    { class: "legend", "aria-label": t("map.legend") },
    ...parts.map(([verdict, sign]) => h("li", {}, h("span", { class: `v-${verdict}`, "aria-hidden": "true" }, sign), t(`verdict.${verdict}`))),
    h("li", {}, h("span", { class: "v-below breached", "aria-hidden": "true" }, "▼"), t("map.breach")),
  );
}
