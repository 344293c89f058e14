// A grid of queues by time: rows on the screen alone have elements, so that a thousand queues cost what thirty do.
// Arrow keys move, Enter opens; the cell that has the keyboard is described in words.

import { h, mark, nameOf, say, shortened } from "./dom.js";
import { addressOf } from "./router.js";
import { SIGNS, VERDICTS } from "./labels.js";
import { t } from "./texts.js";

const SPARE = 6; // rows beyond the screen's edges
const FEW_ROWS = 14;
const FEW_COLUMNS = 26;
const ROOM_FOR_BOTH = 3.3; // rem: sign and figure side by side; from the next on the figure stands under its sign
const ROOM_FOR_FIGURE = 2;
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], PageUp: [-10, 0], PageDown: [10, 0] };
const MARKED = new Set(["critical", "warning", "never_seen", "missing", "stale"]);

export class Grid {
  // `content(row, place)` gives a cell's class, sign and figure, `describe` its words, `target` its address or null; `moved` gives
  // the place in another row that belongs to a place.
  constructor(label, source) {
    Object.assign(this, { source, rows: [], made: new Map(), at: null });
    const note = (event) => this.note(event.target);
    this.body = h("div", { class: "map", role: "grid", "aria-label": label, onkeydown: (event) => this.key(event), onclick: (event) => this.open(event.target), onfocusin: note, onmouseover: note });
    this.said = h("p", { class: "said" }, t("map.hint"));
    this.onscroll = () => {
      this.fit();
      this.render();
    };
    for (const kind of ["scroll", "resize"]) window.addEventListener(kind, this.onscroll, { passive: true });
    this.onprint = () => this.render(true);
    window.addEventListener("beforeprint", this.onprint);
    window.addEventListener("afterprint", this.onscroll);
  }

  close() {
    for (const kind of ["scroll", "resize", "afterprint"]) window.removeEventListener(kind, this.onscroll);
    window.removeEventListener("beforeprint", this.onprint);
  }

  // Rows in order, each with queue, program, state, href and its count of cells.
  show(rows, columns) {
    this.rows = rows;
    this.columns = columns;
    mark(this.body, "data-few", rows.length <= FEW_ROWS && columns <= FEW_COLUMNS);
    mark(this.body, "aria-rowcount", rows.length);
    this.fit();
    if (this.at && !rows[this.at.row]) this.at = null;
    this.render();
  }

  // Narrow cells have the figure under the sign; where that has no room either, the sign alone.
  fit() {
    const key = `${this.columns} ${window.innerWidth}`;
    if (key === this.fitted) return;
    this.fitted = key;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const name = parseFloat(getComputedStyle(this.body).getPropertyValue("--name"));
    const room = (this.body.getBoundingClientRect().width / rem - name) / Math.max(1, this.columns);
    const cells = room >= ROOM_FOR_BOTH ? null : room >= ROOM_FOR_FIGURE ? "two" : "sign";
    if (cells === this.cells) return;
    this.cells = cells;
    mark(this.body, "data-cells", cells);
    this.made.clear();
    this.body.replaceChildren();
    this.rowHeight = 0;
  }

  text(sign, figure) {
    if (this.cells === "two") return [sign, figure].filter(Boolean).join("\n");
    return this.cells === "sign" ? sign : `${sign}${figure}`;
  }

  render(all = false) {
    const guessed = !this.rowHeight;
    const high = this.height();
    const top = this.body.getBoundingClientRect().top;
    const first = all ? 0 : Math.min(this.rows.length, Math.max(0, Math.floor(-top / high) - SPARE));
    const last = all ? this.rows.length : Math.min(this.rows.length, Math.ceil((window.innerHeight - top) / high) + SPARE);
    const held = document.activeElement?.closest?.("[role=gridcell]");
    this.first = first;
    const wanted = this.rows.slice(first, Math.max(first, last)).map((row, place) => this.made.get(row.queue) ?? this.make(row, first + place));
    this.body.style.paddingTop = `${first * high}px`;
    this.body.style.paddingBottom = `${Math.max(0, this.rows.length - first - wanted.length) * high}px`;
    const kept = new Set(wanted);
    for (const [name, element] of this.made) if (!kept.has(element)) this.made.delete(name);
    for (const [place, element] of wanted.entries()) this.fill(element, this.rows[first + place], first + place);
    const same = wanted.length === this.body.children.length && wanted.every((element, place) => this.body.children[place] === element);
    if (!same) this.body.replaceChildren(...wanted);
    if (held?.isConnected && document.activeElement !== held) held.focus({ preventScroll: true });
    this.rove();
    if (guessed && wanted.length && Math.abs(this.height() - high) > 1) this.render(all);
  }

  height() {
    const row = this.body.firstElementChild;
    if (row) this.rowHeight = row.getBoundingClientRect().height;
    return this.rowHeight || 2.1 * parseFloat(getComputedStyle(document.documentElement).fontSize);
  }

  make(row) {
    const element = h(
      "div",
      { class: "map-row", role: "row" },
      h("div", { class: "map-name", role: "rowheader" }, h("b", {}), row.href ? h("a", { href: row.href }, nameOf(row.queue)) : h("strong", {}, nameOf(row.queue)), h("small", { class: "dim" })),
      h("div", { class: "cells", role: "presentation" }),
    );
    this.made.set(row.queue, element);
    return element;
  }

  fill(element, row, place) {
    const [name, cells] = element.children;
    const [sign, , program] = name.children;
    mark(element, "aria-rowindex", place + 1);
    if (element.row === row) return;
    element.row = row;
    mark(element, "data-state", row.state);
    say(sign, MARKED.has(row.state) ? SIGNS[row.state] : "");
    mark(sign, "title", MARKED.has(row.state) ? t(`state.${row.state}`) : null);
    say(program, shortened(row.program ?? ""));
    if (cells.childElementCount !== row.count) {
      cells.style.setProperty("--count", row.count);
      // Only letters of a fixed alphabet and whole numbers are put into this HTML, never text from the data.
      let made = "";
      for (let at = 0; at < row.count; at += 1) {
        const [kind, sign, figure] = this.source.content(row, at);
        made += `<span role="gridcell" tabindex="-1" class="v-${kind}">${this.text(sign, figure)}</span>`;
      }
      cells.innerHTML = made;
      return;
    }
    for (let at = 0; at < row.count; at += 1) {
      const [kind, sign, figure] = this.source.content(row, at);
      const cell = cells.children[at];
      if (cell.className !== `v-${kind}`) cell.className = `v-${kind}`;
      say(cell, this.text(sign, figure));
    }
  }

  // One cell is in the order of tabs: the one that was visited last, else the latest of the first row.
  rove() {
    const held = this.body.querySelector("[tabindex='0']");
    const row = this.at ? this.at.row : 0;
    const cell = this.cell(row, this.at ? this.at.place : this.rows[row]?.current ?? 0);
    if (held === cell) return;
    held?.setAttribute("tabindex", "-1");
    (cell ?? this.body.querySelector("[role=gridcell]"))?.setAttribute("tabindex", "0");
  }

  cell(row, place) {
    return this.made.get(this.rows[row]?.queue)?.lastElementChild.children[place];
  }

  placeOf(cell) {
    return [...cell.parentElement.children].indexOf(cell);
  }

  note(target) {
    const cell = target.closest("[role=gridcell]");
    if (cell) say(this.said, this.source.describe(cell.closest(".map-row").row, this.placeOf(cell)));
  }

  open(target) {
    const cell = target.closest?.("[role=gridcell]");
    const address = cell && this.source.target(cell.closest(".map-row").row, this.placeOf(cell));
    if (address) location.hash = addressOf(...address);
  }

  key(event) {
    const cell = event.target.closest("[role=gridcell]");
    if (!cell) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.open(cell);
      return;
    }
    const from = this.rows.indexOf(cell.closest(".map-row").row);
    const place = this.placeOf(cell);
    let to = [from, place];
    if (event.key in STEPS) {
      const [down, right] = STEPS[event.key];
      const row = Math.min(this.rows.length - 1, Math.max(0, from + down));
      // Queues may have intervals of different lengths: keep the time, not the column.
      to = [row, down ? this.source.moved(this.rows[from], place, this.rows[row]) : place + right];
    } else if (event.key === "Home") to = [from, 0];
    else if (event.key === "End") to = [from, this.rows[from].count - 1];
    else return;
    if (to[1] < 0 || to[1] >= this.rows[to[0]].count) return;
    event.preventDefault();
    this.at = { row: to[0], place: to[1] };
    if (!this.cell(...to)) {
      window.scrollTo({ top: window.scrollY + this.body.getBoundingClientRect().top + to[0] * this.height() - window.innerHeight / 2 });
      this.render();
    }
    this.rove();
    this.cell(...to)?.focus();
  }
}

export function legend(wanted = Object.values(VERDICTS), more = null) {
  const parts = wanted.filter(([verdict]) => verdict !== "none");
  return h(
    "ul",
    { class: "legend", "aria-label": t("map.legend") },
    ...parts.map(([verdict, sign]) => h("li", {}, h("span", { class: `v-${verdict}`, "aria-hidden": "true" }, sign), t(`verdict.${verdict}`))),
    h("li", {}, h("span", { class: "v-below breached", "aria-hidden": "true" }, "▼"), t("map.breach")),
    more,
  );
}
