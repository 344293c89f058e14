// The addresses of views, and the filter on queues.

export function addressOf(view, ...parts) {
  return `#/${[view, ...parts].map(encodeURIComponent).join("/")}`;
}

export function here() {
  const parts = location.hash.replace(/^#\/?/, "").split("/").filter(Boolean);
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return [];
  }
}

let wanted = "";

export function setFilter(text) {
  wanted = text.trim().toLowerCase();
}

export function matches(queue) {
  return !wanted || `${queue.program} ${queue.queue} ${queue.channel ?? ""}`.toLowerCase().includes(wanted);
}
