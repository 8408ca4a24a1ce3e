// Shows what runs, once a second, and one view's rows as they change. Everything that comes from
// the server is put in as text, never as markup.
"use strict";

const kMostRows = 500;          // drawn at once; all of them are kept
const kMostKept = 200000;       // rows of a view that a page can hold
const kDash = "\u2013";

const $ = (id) => document.getElementById(id);
const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const isTime = (type) => /^(timestamp|date)/.test(type);
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
  const number = unit && n < 10 ? n.toFixed(1) : Math.round(n);
  return number + " " + ["B", "KiB", "MiB", "GiB", "TiB"][unit];
}

function rate(n) { return n < 0.05 ? "" : count(n < 10 ? n : Math.round(n)); }
// Of today only the time of day.
function time(text, now) {
  if (text === null) return "";
  const plain = text.replace(/\.\d+/, "").replace("+00", "");
  return now && plain.slice(0, 10) === now.slice(0, 10) ? plain.slice(11) : plain;
}

// A row of a table of figures: [text, class] for each cell.
function cells(row, values) {
  row.replaceChildren(...values.map(([text, kind = ""]) => element("td",
    { className: text === "" ? kind + " none" : kind, title: text.length > 40 ? text : "" },
    text === "" ? kDash : text)));
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
    body.replaceChildren(element("tr", {},
      element("td", { className: "empty", colSpan: columns }, nothing)));
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
  // Running and level alternate many times a second.
  const words = { level: "running", ended: "all input read" };
  showState(words[status.state] || status.state, kStates[status.state] || "warn");
  $("problem").hidden = !status.error;
  $("problem").textContent = status.error || "";
  const figures = [["rows/s", rate(status.rows_per_second) || "0"], ["epoch", count(status.epoch)],
    ["commit", status.commit_ms.toFixed(1) + " ms"], ["state", bytes(status.state_bytes)]];
  $("figures").replaceChildren(...figures.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value))));
  fill($("streams"), status.streams, (s) => [[s.name], [s.connector], [count(s.records), "n"],
    [rate(s.records_per_second), "n"],
    [s.finished ? "all read" : s.backlog ? count(s.backlog) : "", "n"],
    [s.dead ? count(s.dead) : "", s.dead ? "n warn" : "n"], [time(s.watermark, status.clock)]],
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
  fill($("sinks"), status.sinks,
    (s) => [[s.name], [s.connector], [s.from], [count(s.records), "n"]], "");
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
// `order`: a column and +1 or -1; none: what changed last comes first where not all can be drawn.
const shown = {
  name: "", events: null, columns: [], rows: new Map(), order: null, held: false, waiting: false,
  full: false,
};

// Numbers that a double would change (bigint, numeric with its zeros) stay as they were written.
function parse(json) {
  if (!JSON.rawJSON) return JSON.parse(json);
  return JSON.parse(json, (key, value, context) => {
    const changed = typeof value === "number" && String(value) !== context.source;
    return changed ? JSON.rawJSON(context.source) : value;
  });
}
const isRaw = (value) => JSON.isRawJSON !== undefined && JSON.isRawJSON(value);

function show(name, remember) {
  if (shown.events) shown.events.close();
  Object.assign(shown, { name, columns: [], rows: new Map(), order: null, full: false });
  if (remember) history.replaceState(null, "", "#" + encodeURIComponent(name));
  $("live").hidden = false;
  $("live-title").textContent = name;
  $("definition").textContent = "";
  $("filter").value = "";
  for (const row of $("views").tBodies[0].rows) {
    row.classList.toggle("shown", row.dataset.name === name);
  }
  shown.events = new EventSource("/v1/views/" + encodeURIComponent(name) + "/changes");
  shown.events.addEventListener("begin", (event) => begin(JSON.parse(event.data)));
  shown.events.addEventListener("change", (event) => change(parse(event.data)));
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
  shown.order = null;
  stamp = lastDrawn = 0;
  $("rows").tBodies[0].replaceChildren();
  const header = ({ name, type }) => element("th",
    { className: isNumber(type) ? "n" : "", title: type, tabIndex: 0 },
    name, view.key.includes(name) ? element("small", {}, " key") : "");
  $("rows").tHead.replaceChildren(element("tr", {}, ...view.columns.map(header)));
  drawLater();
}

function change(epoch) {
  ++stamp;
  for (const { weight, row } of epoch.changes) {
    const key = JSON.stringify(row);
    const old = shown.rows.get(key);
    const next = (old ? old.count : 0) + weight;
    if (next === 0) {
      shown.rows.delete(key);
    } else if (old) {
      Object.assign(old, { count: next, stamp });
    } else if (weight > 0 && shown.rows.size < kMostKept) {
      shown.rows.set(key, { row, count: next, stamp, lines: [] });
    } else {
      shown.full = true;
    }
  }
  if (!epoch.more) drawLater();
}

let stamp = 0, lastDrawn = 0, drawMillis = 0;

// At most a tenth of the time goes into drawing.
function drawLater() {
  if (shown.waiting || shown.held) return;
  shown.waiting = true;
  setTimeout(() => {
    shown.waiting = false;
    if (shown.held) return;
    const begin = performance.now();
    draw();
    drawMillis = performance.now() - begin;
  }, Math.max(100, 10 * drawMillis));
}

function text(value, type) {
  if (value === null) return "null";
  if (isRaw(value)) return value.rawJSON;
  if (typeof value === "object") return JSON.stringify(value);
  if (isTime(type)) return String(value).replace("T", " ").replace("+00:00", "");
  return String(value);
}

function compare(a, b, { name, type }) {
  const x = a.row[name], y = b.row[name];
  if (x === null || y === null) return (x === null) - (y === null);
  if (isNumber(type)) return Number(text(x)) - Number(text(y));
  const s = text(x), t = text(y);
  return s === t ? 0 : s < t ? -1 : 1;
}

function byColumns(a, b) {
  for (const column of shown.columns) {
    const order = compare(a, b, column);
    if (order !== 0) return order;
  }
  return 0;
}

// The rows to draw and a word on which they are.
function chosen(entries) {
  if (shown.order) {
    const { column, direction } = shown.order;
    entries.sort((a, b) => direction * compare(a, b, column) || byColumns(a, b));
    return [entries.slice(0, kMostRows), "the first"];
  }
  if (entries.length <= kMostRows) return [entries.sort(byColumns), ""];
  return [entries.sort((a, b) => b.stamp - a.stamp).slice(0, kMostRows), "the last changed"];
}

function line(row, fresh) {
  const cells = shown.columns.map(({ name, type }) => {
    const value = text(row[name], type);
    const kind = (isNumber(type) ? "n" : "") + (row[name] === null ? " none" : "");
    return element("td", { className: kind, title: value.length > 60 ? value : "" }, value);
  });
  return element("tr", { className: fresh ? "fresh" : "" }, ...cells);
}

// Touches only what differs: a line that is taken out and put back would flash again.
function place(body, lines) {
  const wanted = new Set(lines);
  for (const old of [...body.rows]) {
    if (!wanted.has(old)) old.remove();
  }
  let at = body.firstChild;
  for (const one of lines) {
    if (one === at) {
      at = at.nextSibling;
    } else {
      body.insertBefore(one, at);
    }
  }
}

function draw() {
  const wanted = $("filter").value.toLowerCase();
  let entries = [...shown.rows.values()];
  if (wanted) {
    entries = entries.filter(({ row }) => shown.columns.some(({ name, type }) =>
      text(row[name], type).toLowerCase().includes(wanted)));
  }
  const found = entries.reduce((sum, entry) => sum + entry.count, 0);
  const [drawn, which] = chosen(entries);
  const body = $("rows").tBodies[0];
  const fresh = lastDrawn > 0;
  const lines = drawn.flatMap((entry) => {
    for (let n = entry.lines.length; n < Math.min(entry.count, kMostRows); ++n) {
      entry.lines.push(line(entry.row, fresh));
    }
    return entry.lines.slice(0, entry.count);
  });
  place(body, lines);
  if (!found && shown.columns.length) {
    body.replaceChildren(element("tr", {}, element("td",
      { className: "empty", colSpan: shown.columns.length },
      wanted ? "No row matches." : "No rows yet.")));
  }
  lastDrawn = stamp || lastDrawn;
  let note = numbers.format(found) + (found === 1 ? " row" : " rows");
  if (found > kMostRows) note += ", " + which + " " + kMostRows + " shown";
  if (shown.full) note += "; more than this page can hold, so what is shown is not all";
  $("live-note").textContent = note;
}

$("views").addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-view]");
  if (row && row.dataset.view !== shown.name) show(row.dataset.view, true);
});
function orderBy(header) {
  const column = shown.columns[header.cellIndex];
  const old = shown.order && shown.order.column === column ? shown.order.direction : 0;
  shown.order = old === -1 ? null : { column, direction: old === 1 ? -1 : 1 };
  for (const one of header.parentNode.cells) one.removeAttribute("aria-sort");
  if (shown.order) header.setAttribute("aria-sort", old === 1 ? "descending" : "ascending");
  draw();
}

$("rows").tHead.addEventListener("click", (event) => orderBy(event.target.closest("th")));
$("rows").tHead.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  orderBy(event.target.closest("th"));
});
$("filter").addEventListener("input", draw);
$("hold").addEventListener("click", () => {
  shown.held = !shown.held;
  $("hold").setAttribute("aria-pressed", String(shown.held));
  $("hold").textContent = shown.held ? "held" : "hold";
  if (!shown.held) draw();
});
poll();
