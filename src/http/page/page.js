// Shows what runs, once a second, and one view's rows as they change. Everything that comes from
// the server is put in as text, never as markup.
"use strict";

const kMostRows = 500;          // drawn at once; all of them are kept
const kMostKept = 200000;       // rows of a view that a page can hold
const kDash = "\u2013";

const $ = (id) => document.getElementById(id);
const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const isNumber = (type) => /^(smallint|integer|bigint|real|double|numeric)/.test(type);

function element(name, properties, ...children) {
  const out = Object.assign(document.createElement(name), properties);
  out.append(...children);
  return out;
}

function count(n) {
  if (Math.abs(n) < 1e6) return numbers.format(n);
  for (const [unit, size] of [["G", 1e9], ["M", 1e6]]) {
    if (Math.abs(n) >= size) return (n / size).toFixed(2) + " " + unit;
  }
}

function bytes(n) {
  let unit = 0;
  while (n >= 1024 && unit < 4) { n /= 1024; ++unit; }
  return (unit && n < 10 ? n.toFixed(1) : Math.round(n)) + " " + ["B", "KiB", "MiB", "GiB", "TiB"][unit];
}

function rate(n) { return n < 0.05 ? "" : count(n < 10 ? n : Math.round(n)); }
function time(text) { return text === null ? "" : text.replace(/\.\d+/, "").replace("+00", ""); }

// A row of a table of figures: [text, class] for each cell.
function cells(row, values) {
  row.replaceChildren(...values.map(([text, kind]) =>
    element("td", { className: kind || "", title: String(text).length > 40 ? text : "" }, text === "" ? kDash : text)));
  row.querySelectorAll("td").forEach((cell) => { if (cell.textContent === kDash) cell.classList.add("none"); });
}

// Keeps the rows of a table in step with a list, by name, so that nothing flickers.
function fill(table, list, values, nothing) {
  const body = table.tBodies[0];
  const old = new Map([...body.rows].map((row) => [row.dataset.name, row]));
  body.replaceChildren(...list.map((one) => {
    const row = old.get(one.name) || element("tr");
    row.dataset.name = one.name;
    const next = JSON.stringify(values(one));
    if (row.dataset.values !== next) {
      row.dataset.values = next;
      cells(row, values(one));
    }
    return row;
  }));
  if (!list.length) {
    const columns = table.tHead.rows[0].cells.length;
    body.replaceChildren(element("tr", {}, element("td", { className: "empty", colSpan: columns }, nothing)));
  }
}

const kStates = { running: "good", level: "good", ended: "good", failed: "bad" };

function showState(text, kind) {
  if ($("state").textContent !== text) $("state").textContent = text;
  $("state").className = "state " + kind;
}

function showStatus(status) {
  document.title = status.name + " \u2013 weir";
  $("project").textContent = status.name;
  const words = { level: "level with its input", ended: "all input read" };
  showState(words[status.state] || status.state, kStates[status.state] || "warn");
  $("problem").hidden = !status.error;
  $("problem").textContent = status.error || "";
  const figures = [["rows/s", rate(status.rows_per_second) || "0"], ["epoch", count(status.epoch)],
    ["commit", status.commit_ms.toFixed(1) + " ms"], ["state", bytes(status.state_bytes)]];
  $("figures").replaceChildren(...figures.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value))));
  fill($("streams"), status.streams, (s) => [[s.name], [s.connector], [count(s.records), "n"],
    [rate(s.records_per_second), "n"], [s.finished ? "all read" : s.backlog ? count(s.backlog) : "", "n"],
    [s.dead ? count(s.dead) : "", s.dead ? "n warn" : "n"], [time(s.watermark)]],
    "This project has no sources.");
  fill($("views"), status.views, (v) => [[v.name], [v.emit.replace("_", " ")], [count(v.rows), "n"],
    [rate(v.changes_per_second), "n"], [v.late ? count(v.late) : "", "n"],
    [v.dead ? count(v.dead) : "", v.dead ? "n warn" : "n"], [bytes(v.bytes), "n"]],
    "This project has no models.");
  for (const row of $("views").tBodies[0].rows) {
    if (!row.dataset.name) continue;
    row.dataset.view = row.dataset.name;
    row.classList.toggle("shown", row.dataset.name === shown.name);
    const cell = row.cells[0];
    if (!cell.querySelector("button")) {
      cell.replaceChildren(element("button", { type: "button" }, row.dataset.name));
    }
  }
  $("sinks-part").hidden = !status.sinks.length;
  fill($("sinks"), status.sinks, (s) => [[s.name], [s.connector], [s.from], [count(s.records), "n"]], "");
  if (!shown.name && status.views.length) {
    const wanted = decodeURIComponent(location.hash.slice(1));
    show(status.views.some((v) => v.name === wanted) ? wanted : status.views[0].name, false);
  }
}

async function poll() {
  try {
    const answer = await fetch("/v1/status");
    if (!answer.ok) throw new Error(answer.statusText);
    showStatus(await answer.json());
  } catch (error) {
    showState("no answer from weir", "bad");
  }
  setTimeout(poll, document.hidden ? 5000 : 1000);
}

// The view that is shown: its rows by their text, each with how often it stands there.
const shown = { name: "", events: null, columns: [], rows: new Map(), held: false, drawn: true, full: false };

function show(name, remember) {
  if (shown.events) shown.events.close();
  Object.assign(shown, { name, columns: [], rows: new Map(), full: false });
  if (remember) history.replaceState(null, "", "#" + encodeURIComponent(name));
  $("live").hidden = false;
  $("live-title").textContent = name;
  $("definition").textContent = "";
  $("filter").value = "";
  for (const row of $("views").tBodies[0].rows) row.classList.toggle("shown", row.dataset.name === name);
  shown.events = new EventSource("/v1/views/" + encodeURIComponent(name) + "/changes");
  shown.events.addEventListener("begin", (event) => begin(JSON.parse(event.data)));
  shown.events.addEventListener("change", (event) => change(JSON.parse(event.data)));
  drawLater();
  fetch("/v1/views").then((answer) => answer.json()).then((list) => {
    const view = list.views.find((one) => one.name === shown.name);
    $("definition").textContent = view ? view.definition.trim() : "";
  }).catch(() => {});
}

function begin(view) {
  shown.columns = view.columns;
  shown.rows = new Map();
  shown.full = false;
  $("rows").tHead.replaceChildren(element("tr", {}, ...view.columns.map((column) =>
    element("th", { className: isNumber(column.type) ? "n" : "", title: column.type }, column.name,
      view.key.includes(column.name) ? element("small", {}, " key") : ""))));
  drawLater();
}

let stamp = 0;

function change(epoch) {
  ++stamp;
  for (const { weight, row } of epoch.changes) {
    const key = JSON.stringify(row);
    const old = shown.rows.get(key);
    const next = (old ? old.count : 0) + weight;
    if (next === 0) {
      shown.rows.delete(key);
    } else if (shown.rows.size < kMostKept || old) {
      shown.rows.set(key, { row, count: next, stamp: old ? old.stamp : stamp });
    } else {
      shown.full = true;
    }
  }
  if (!epoch.more) drawLater();
}

function drawLater() {
  if (!shown.drawn || shown.held) return;
  shown.drawn = false;
  setTimeout(() => requestAnimationFrame(() => { shown.drawn = true; if (!shown.held) draw(); }), 100);
}

function text(value) {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function compare(a, b) {
  for (const { name } of shown.columns) {
    const x = a.row[name], y = b.row[name];
    if (x === y) continue;
    if (x === null || y === null) return x === null ? 1 : -1;
    if (typeof x === "number" && typeof y === "number") return x - y;
    return text(x) < text(y) ? -1 : 1;
  }
  return 0;
}

let lastDrawn = 0;

function draw() {
  const wanted = $("filter").value.toLowerCase();
  let entries = [...shown.rows.values()];
  if (wanted) entries = entries.filter(({ row }) =>
    shown.columns.some(({ name }) => text(row[name]).toLowerCase().includes(wanted)));
  const found = entries.length;
  entries.sort(compare);
  entries.length = Math.min(entries.length, kMostRows);
  const body = $("rows").tBodies[0];
  const first = lastDrawn === 0;
  body.replaceChildren(...entries.map((entry) => element("tr",
    { className: !first && entry.stamp > lastDrawn ? "fresh" : "" },
    ...shown.columns.map(({ name, type }) => {
      const value = text(entry.row[name]);
      return element("td", { className: (isNumber(type) ? "n" : "") + (entry.row[name] === null ? " none" : ""),
        title: value.length > 60 ? value : "" }, entry.row[name] === null ? "null" : value);
    }))));
  if (!found && shown.columns.length) {
    body.replaceChildren(element("tr", {}, element("td",
      { className: "empty", colSpan: shown.columns.length }, wanted ? "No row matches." : "No rows yet.")));
  }
  lastDrawn = stamp || lastDrawn;
  let note = numbers.format(found) + (found === 1 ? " row" : " rows");
  if (found > kMostRows) note += ", the first " + kMostRows + " shown";
  if (shown.full) note += "; more than this page can hold, so what is shown is not all";
  $("live-note").textContent = note;
}

$("views").addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-view]");
  if (row && row.dataset.view !== shown.name) { lastDrawn = 0; stamp = 0; show(row.dataset.view, true); }
});
$("filter").addEventListener("input", draw);
$("hold").addEventListener("click", () => {
  shown.held = !shown.held;
  $("hold").setAttribute("aria-pressed", String(shown.held));
  $("hold").textContent = shown.held ? "held" : "hold";
  if (!shown.held) draw();
});
poll();
