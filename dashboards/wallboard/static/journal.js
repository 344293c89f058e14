// Writing into the journal: who has seen an incident, what was found, what was done, and what came of it.

import { h, say, shortened } from "./dom.js";
import * as f from "./format.js";
import { live, send } from "./live.js";
import { rule } from "./labels.js";
import { t } from "./texts.js";

const NAME = "intervalwatch.name";
const MOST = { by: 80, note: 500, cause: 2000, action: 2000, outcome: 2000 };
const FOUND = ["cause", "controllable", "action", "outcome"];
const ANSWERS = ["yes", "no", "partly"];

// Who has seen a breach's incident, else a button that says so; null: it is over, or nothing here could keep it.
export function seenOf(breach, noted, most = MOST.note) {
  const seen = breach.acknowledged;
  if (seen) return h("span", { class: "seen" }, `✓ ${t("breach.acked", { by: seen.by, time: f.clock(seen.at) })}${seen.note ? `: ${shortened(seen.note, most)}` : ""}`);
  if (breach.state === "resolved" || !live.canAcknowledge) return null;
  return h("button", { type: "button", onclick: () => acknowledge(breach, noted) }, t("breach.ack"));
}

// Notes who has seen an incident; `noted` is called once that is kept.
function acknowledge(breach, noted = () => {}) {
  const words = { title: t("ack.title"), send: t("ack.send"), done: t("ack.done"), failed: (reason) => t("ack.failed", { reason }) };
  ask(breach, "ack", words, [text("ack", "note", t("ack.note"), 3)], noted);
}

// Notes what caused an incident, whether it could have been prevented, what was done, and what came of it.
export function act(breach, noted = () => {}) {
  const controllable = h("select", { id: "act-controllable", name: "controllable" }, h("option", { value: "" }, t("act.unsaid")), ...ANSWERS.map((answer) => h("option", { value: answer }, t(`act.${answer}`))));
  const judged = [h("label", { for: "act-controllable" }, t("act.controllable")), controllable];
  const words = { title: t("act.title"), send: t("act.send"), done: t("act.done"), failed: (reason) => t("act.failed", { reason }) };
  ask(breach, "act", words, [text("act", "cause", t("act.cause"), 2), judged, text("act", "action", t("act.action"), 2), text("act", "outcome", t("act.outcome"), 2)], noted);
}

// What was found and done so far, oldest first; null: nothing.
export function actedOf(breach) {
  if (!breach.acted?.length) return null;
  const one = (entry) => [h("strong", {}, t("acted", { by: shortened(entry.by), time: f.clock(entry.at) })), ...FOUND.filter((name) => entry[name]).map((name) => h("div", { "data-found": name }, `${t(`acted.${name}`)}${t("colon")}${name === "controllable" ? t(`act.${entry[name]}`) : entry[name]}`))];
  return h("ul", { class: "acted", "aria-label": t("act.title") }, ...breach.acted.map((entry) => h("li", {}, ...one(entry))));
}

function text(form, name, label, rows) {
  return [h("label", { for: `${form}-${name}` }, label), h("textarea", { id: `${form}-${name}`, name, maxlength: MOST[name], rows })];
}

function ask(breach, form, words, fields, noted) {
  const told = h("p", { class: "wrong", role: "alert" });
  const by = h("input", { id: `${form}-by`, name: "by", required: true, maxlength: MOST.by, autocomplete: "name", value: nameHeld() });
  const dialog = h(
    "dialog",
    { "aria-labelledby": `${form}-title`, onclose: () => dialog.remove() },
    h(
      "form",
      { onsubmit: (event) => submit(event) },
      h("h2", { id: `${form}-title` }, words.title),
      h("p", {}, `${shortened(breach.queue || breach.program || breach.scope)}${t("colon")}${rule(breach.rule)}`),
      h("label", { for: `${form}-by` }, t("ack.by")),
      by,
      ...fields.flat(),
      told,
      h("div", { class: "buttons" }, h("button", { type: "submit", class: "main" }, words.send), h("button", { type: "button", onclick: () => dialog.close() }, t("ack.cancel"))),
    ),
  );
  async function submit(event) {
    event.preventDefault();
    const written = [...new FormData(event.target)].map(([name, value]) => [name, value.trim() || null]);
    if (form === "act" && !written.some(([name, value]) => value && name !== "by")) return say(told, t("act.nothing"));
    try {
      await send("/live/acknowledge", { breach_id: breach.breach_id, ...Object.fromEntries(written), by: by.value });
      hold(by.value);
      say(document.getElementById("said"), words.done);
      dialog.close();
      noted();
    } catch (error) {
      say(told, words.failed(error.message));
    }
  }
  document.body.append(dialog);
  dialog.showModal();
}

// A browser without storage asks for the name each time.
function nameHeld() {
  try {
    return localStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

function hold(name) {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // As above.
  }
}
