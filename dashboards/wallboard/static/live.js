// The state that the server pushes. Views are told which queues changed, and read it here.

const BEAT_MS = 4000;

export const live = {
  queues: new Map(),
  groups: new Map(), // by kind and id
  breaches: [],
  beat: null,
  items: {},
  rules: {},
  formulas: {},
  timezone: "UTC",
  canAcknowledge: false,
  hasHistory: false,
  followsWorkers: true,
  connected: false,
  loaded: false,
};

const keyed = (groups) => groups.map((group) => [`${group.kind} ${group.id}`, group]);
const listeners = new Set();
let heardAt = 0;

export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(kind, names = []) {
  for (const listener of listeners) listener(kind, names);
}

function take(kind, content) {
  heardAt = performance.now();
  live.connected = true;
  if (kind === "state") {
    live.queues = new Map(content.queues.map((queue) => [queue.queue, queue]));
    live.groups = new Map(keyed(content.groups));
    Object.assign(live, {
      breaches: content.breaches,
      beat: content.beat,
      items: content.items,
      rules: content.rules,
      formulas: content.formulas,
      timezone: content.timezone,
      canAcknowledge: content.can_acknowledge,
      hasHistory: content.has_history,
      followsWorkers: content.follows_workers,
      loaded: true,
    });
    tell("state");
    return;
  }
  if (kind === "beat") {
    live.beat = content;
    tell("beat");
  } else if (kind === "breaches") {
    live.breaches = content;
    tell("breaches");
  } else if (kind === "groups") {
    for (const [key, group] of keyed(content)) live.groups.set(key, group);
    tell("groups");
  } else if (kind === "gone") {
    for (const name of content) live.queues.delete(name);
    tell("state");
  } else {
    for (const queue of content) {
      const before = live.queues.get(queue.queue);
      live.queues.set(queue.queue, kind === "figures" && before ? { ...before, ...queue } : queue);
    }
    tell(kind, content.map((queue) => queue.queue));
  }
}

function lose() {
  if (live.connected) {
    live.connected = false;
    tell("beat");
  }
}

export function start() {
  const source = new EventSource("/events");
  for (const kind of ["state", "queues", "figures", "groups", "gone", "breaches", "beat"]) {
    source.addEventListener(kind, (event) => take(kind, JSON.parse(event.data)));
  }
  source.addEventListener("error", lose);
  setInterval(() => {
    if (live.connected && performance.now() - heardAt > BEAT_MS) lose();
  }, 1000);
}

// Queues worst first, by the server's rank, then by name.
export function ranked(queues = [...live.queues.values()]) {
  return queues.sort((one, other) => {
    for (let place = 0; place < one.rank.length; place += 1) {
      if (one.rank[place] !== other.rank[place]) return one.rank[place] - other.rank[place];
    }
    return one.queue < other.queue ? -1 : 1;
  });
}

export async function ask(path, values) {
  const answer = await fetch(`${path}?${new URLSearchParams(values)}`, { headers: { Accept: "application/json" } });
  if (answer.status === 401) location.assign("/login");
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error ?? answer.statusText);
  return content;
}

export async function send(path, content) {
  const csrf = document.querySelector("meta[name=csrf]").content;
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(content),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error ?? answer.statusText);
  return said;
}
