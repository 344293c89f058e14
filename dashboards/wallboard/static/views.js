// The views: the overview comes with the page; the others are loaded when one is asked for, or once the first is shown.

import { Overview } from "./overview.js";

const views = { now: Overview };
const loading = {};
const LATER = {
  day: async () => (await import("./heat_map.js")).DayMap,
  breaches: async () => (await import("./breaches.js")).Breaches,
  quality: async () => (await import("./quality.js")).Quality,
  queue: async () => (await import("./queue.js")).QueueDay,
  interval: async () => (await import("./interval.js")).Interval,
};

// The class of a view, null while it is not loaded; an unknown name is the overview.
export function viewOf(name) {
  return views[name] ?? (name in LATER ? null : Overview);
}

// Loads a view; one that could not be loaded may be asked for again.
export function load(name) {
  loading[name] ??= LATER[name]().then(
    (view) => {
      views[name] = view;
    },
    (error) => {
      delete loading[name];
      throw error;
    },
  );
  return loading[name];
}

// Loads all of them, so that a page stays whole when the server has another program.
export function loadAll() {
  for (const name of Object.keys(LATER)) load(name).catch(() => {});
}
