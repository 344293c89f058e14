// A plain table of queues, live; the screens proper replace it.
const main = document.getElementById("main");
const shown = new Map();
function row(queue) {
  const tr = shown.get(queue.queue) ?? main.querySelector("tbody").appendChild(document.createElement("tr"));
  shown.set(queue.queue, tr);
  const percent = (part) => (part?.service_level == null ? "–" : `${(100 * part.service_level).toFixed(1)} %`);
  tr.replaceChildren(...[queue.program, queue.queue, queue.state, percent(queue.open), percent(queue.last)].map((text) => {
    const td = document.createElement("td");
    td.textContent = text;
    return td;
  }));
}
const table = document.createElement("table");
table.append(document.createElement("tbody"));
main.append(table);
const source = new EventSource("/events");
source.addEventListener("state", (event) => JSON.parse(event.data).queues.forEach(row));
for (const name of ["queues", "figures"]) source.addEventListener(name, (event) => JSON.parse(event.data).forEach(row));
