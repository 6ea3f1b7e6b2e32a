(() => {
"use strict";
const D = JSON.parse(document.getElementById("data").textContent);
const W = D.words, R = D.ribbon, NS = "http://www.w3.org/2000/svg", DAY = 86400000;
const $ = (id) => document.getElementById(id);
const [WIDTH, HEIGHT] = D.size;
const svg = $("map"), frame = $("frame"), tip = $("tip"), stretches = $("stretches");
const paths = new Map([...stretches.children].map((p) => [Number(p.dataset.stretch), p]));
const state = { region: "", cls: "-1", month: "all", day: null, playing: false };
const start = Date.parse(D.start + "Z");

// --- words
const say = (form, values) => form.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
const percent = (p) => (p === null ? "–" : (p > 0 && p < 0.0005 ? "<0.1" : (100 * p).toFixed(1)));
const number = (n) => n.toLocaleString(D.lang);
const dayWords = (days, withYear = true) => {
  const t = new Date(start + days * DAY);
  return say(D.dated && withYear ? W.day_year : W.day, { d: t.getUTCDate(), month: W.months[t.getUTCMonth()], year: t.getUTCFullYear() });
};
// Ends of a range of seasons: whole per cents above 1 %.
const edge = (p) => (D.kind !== "season" ? percent(p) : p <= 0 ? "0" : p < 0.0095 ? percent(p) : (100 * p).toFixed(0));
const between = (low, high) => (low === null ? "–" : edge(low) + "–" + edge(high) + " %");
const range = (low, high) => (low === null ? W.no_range : say(W["range_" + D.kind], { low: edge(low), high: edge(high) }));
// Beside a number no counting error: it would pass for what is known of it.
const beside = (of, gap) => (of && of.low !== null && D.kind !== "counting" ? gap + range(of.low, of.high) : "");

// --- numbers of what is chosen; a row is boats, probability, season, mean, share, its season and mean, days, weeks
const NAMES = ["boats", "p", "sl", "sh", "ml", "mh", "share", "ssl", "ssh", "sml", "smh", "d10", "d50", "d90", "weeks"];
const table = () => (D.tables[state.cls] || {})[state.month] || null;
const row = (key) => {
  const t = table();
  const values = t ? t.regions[key] : null;
  if (!values) return null;
  const of = Object.fromEntries(NAMES.map((name, i) => [name, values[i]]));
  const season = D.kind === "season";
  [of.low, of.high] = season ? [of.sl, of.sh] : [of.ml, of.mh];
  [of.shareLow, of.shareHigh] = season ? [of.ssl, of.ssh] : [of.sml, of.smh];
  return of;
};
const what = () => {
  const parts = [];
  if (state.cls !== "-1") parts.push(say(W.of_class, { name: D.classNames[state.cls] }));
  if (state.month !== "all") parts.push(say(W["of_" + state.month[0]], { month: W.months[Number(state.month.slice(1)) - 1] }));
  return parts.join(", ") || W.everything;
};

// --- the view
let view = { x: 0, y: 0, w: WIDTH };
const aspect = HEIGHT / WIDTH;
const perPixel = () => view.w / (svg.clientWidth || 600);
function look(x, y, w) {
  w = Math.min(WIDTH, Math.max(WIDTH / 40, w));
  view = { x: Math.min(WIDTH - w, Math.max(0, x)), y: Math.min((WIDTH - w) * aspect, Math.max(0, y)), w };
  svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.w * aspect}`);
  frame.classList.toggle("zoomed", view.w < WIDTH * 0.999);
  placeLabels();
}
const at = (event) => {
  const box = svg.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
};
function zoom(factor, fx = 0.5, fy = 0.5) {
  const w = Math.min(WIDTH, Math.max(WIDTH / 40, view.w * factor));
  look(view.x + fx * (view.w - w), view.y + fy * (view.w - w) * aspect, w);
}
function zoomTo(codes) {
  const boxes = codes.map((code) => paths.get(code)).filter(Boolean).map((p) => p.getBBox());
  if (!boxes.length) return;
  const x0 = Math.min(...boxes.map((b) => b.x)), x1 = Math.max(...boxes.map((b) => b.x + b.width));
  const y0 = Math.min(...boxes.map((b) => b.y)), y1 = Math.max(...boxes.map((b) => b.y + b.height));
  const w = Math.max(1.7 * Math.max(x1 - x0, (y1 - y0) / aspect), WIDTH / 8);
  look((x0 + x1 - w) / 2, (y0 + y1 - w * aspect) / 2, w);
}

// --- labels: as large on the screen at any zoom
const labels = [];
function label(words, x, y, kind) {
  const text = document.createElementNS(NS, "text");
  text.setAttribute("class", kind);
  text.textContent = words;
  $("labels").append(text);
  labels.push({ text, x, y });
  return text;
}
function placeLabels(s = perPixel()) {
  for (const { text, x, y } of labels) { // whole words, as long as their place is in sight
    const size = text.getComputedTextLength() * s, end = text.getAttribute("class") === "region";
    const before = end ? size : size / 2, after = end ? 0 : size / 2, inside = x > view.x && x < view.x + view.w;
    const moved = inside ? Math.max(view.x + before + 4 * s, Math.min(view.x + view.w - after - 4 * s, x)) : x;
    text.setAttribute("transform", `translate(${moved} ${y}) scale(${s})`);
  }
}
for (const [name, x, y] of D.places) label(name, x, y, "country");
if (D.sea[0]) label(D.sea[0], D.sea[1], D.sea[2], "water");
const regionLabels = D.leading.map((key) => {
  const boxes = D.regions[key].stretches.map((code) => paths.get(code)).filter(Boolean).map((p) => p.getBBox());
  if (!boxes.length) return null;
  const x = Math.min(...boxes.map((b) => b.x)), y = boxes[0].y + boxes[0].height / 2;
  return { key, text: label("", x - WIDTH * 0.012, y, "region") };
}).filter(Boolean);

// --- the ribbon: landings smoothed along each line, like the printed map
const many = R.paths.length, sigma = R.smoothing / 5, reach = Math.ceil(4 * sigma);
const weight = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)));
function density() {
  const boats = new Float64Array(many), out = new Float64Array(many);
  const pairs = ((R.counts[state.cls] || {})[state.month]) || [];
  for (let i = 0; i < pairs.length; i += 2) boats[pairs[i]] = pairs[i + 1];
  const released = table() ? table().boats : D.boats;
  for (let first = 0; first < many;) {
    let last = first;
    while (last < many && R.line[last] === R.line[first]) last++;
    const n = last - first;
    for (let i = 0; i < n; i++) {
      let sum = 0, km = 0;
      for (let j = -reach; j <= reach; j++) {
        let k = i + j; // mirrored at the ends of a line
        const period = 2 * n;
        k = ((k % period) + period) % period;
        if (k >= n) k = period - 1 - k;
        sum += weight[j + reach] * boats[first + k];
        km += weight[j + reach] * R.km[first + k];
      }
      out[first + i] = released ? (1000 * sum) / km / released : 0;
    }
    first = last;
  }
  return out;
}
let here = density();
function drawRibbon() {
  here = density();
  const group = $("ribbon"), classes = R.classes;
  group.textContent = "";
  if (!classes.length) return;
  const order = [...here.keys()].filter((i) => here[i] > classes[0] / 20 && R.paths[i]).sort((a, b) => here[a] - here[b]);
  for (const i of order) {
    const path = document.createElementNS(NS, "path");
    const step = Math.min(5, classes.findIndex((edge) => here[i] <= edge) < 0 ? 5 : classes.findIndex((edge) => here[i] <= edge));
    path.setAttribute("class", "c" + step);
    path.setAttribute("stroke-width", (R.px[0] + (R.px[1] - R.px[0]) * Math.min(here[i] / classes[5], 1)).toFixed(1));
    path.setAttribute("d", R.paths[i]);
    group.append(path);
  }
}
function drawLegend() {
  const box = $("legend");
  box.textContent = "";
  if (R.classes.length) {
    const items = R.classes.map((edge, i) => `<li><i style="background:var(--c${i})"></i>${Number(edge.toPrecision(2))}${i === 5 ? " +" : ""}</li>`);
    box.insertAdjacentHTML("beforeend", `<p class="small" id="scale-words"></p><ul class="legend">${items.join("")}</ul>`);
    $("scale-words").textContent = W.scale;
  }
}

// --- what is read out
const nameOf = (code) => D.regions[D.leaves[code]].name;
function sentence(key) {
  const of = row(key), t = table();
  return say(key === "japan" ? W.readout_whole : W.readout, { name: D.regions[key].name, probability: percent(of ? of.p : null) + " %", boats: number(t ? t.boats : D.boats) });
}
function readout() {
  if (!D.landings) return;
  const key = state.region || "japan", box = $("readout"), of = row(key);
  box.textContent = "";
  const put = (words, kind) => { const p = document.createElement("p"); p.className = kind || ""; p.textContent = words; box.append(p); };
  if (!of) return put("–");
  put(sentence(key) + ".", "first");
  put(range(of.low, of.high) + (what() === W.everything ? "" : " · " + what()), "small");
  if (of.share !== null && key !== "japan") put(`${W.share_row}: ${percent(of.share)} %` + (D.kind === "counting" ? "" : `, ${range(of.shareLow, of.shareHigh)}`));
  if (of.d50 !== null) put(`${W.days}: ${say(W.days_value, { p10: of.d10.toFixed(0), p50: of.d50.toFixed(0), p90: of.d90.toFixed(0) })}`);
}
function drawWeeks() {
  if (!D.landings) return;
  const of = row(state.region || "japan"), box = $("weeks");
  const weeks = of ? of.weeks : [], total = weeks.reduce((a, b) => a + b, 0), most = Math.max(1, ...weeks);
  box.textContent = "";
  const peak = weeks.indexOf(most);
  box.setAttribute("aria-label", total ? say(W.weeks_label, { n: number(total), date: dayWords(7 * peak), most: number(most) }) : W.weeks_none);
  const make = (name, attributes, words) => {
    const made = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (words) made.textContent = words;
    box.append(made);
    return made;
  };
  const step = 300 / Math.max(weeks.length, 1);
  make("line", { x1: 0, x2: 300, y1: 74, y2: 74 });
  weeks.forEach((n, i) => make("rect", { x: (i * step + 0.6).toFixed(2), y: (74 - (60 * n) / most).toFixed(2), width: Math.max(step - 1.2, 0.6).toFixed(2), height: ((60 * n) / most).toFixed(2), "data-week": i }));
  if (total) make("text", { x: Math.min(280, Math.max(12, (peak + 0.5) * step)), y: 10, "text-anchor": "middle" }, number(most));
  let month = -1, last = -99;
  weeks.forEach((_, i) => {
    const t = new Date(start + 7 * i * DAY);
    if (t.getUTCMonth() !== month && i * step - last > 24) { month = t.getUTCMonth(); last = i * step; make("text", { x: (i * step).toFixed(1), y: 86 }, W.months[month].slice(0, 3)); }
  });
  markWeek();
}
function markWeek() {
  if (!D.landings) return;
  for (const rect of $("weeks").querySelectorAll("rect")) {
    const i = Number(rect.dataset.week);
    rect.classList.toggle("now", state.day !== null && state.day >= 7 * i && state.day < 7 * (i + 1));
  }
}
function drawTable() {
  if (!D.landings) return;
  const body = $("table").tBodies[0], rows = new Map([...body.rows].map((r) => [r.dataset.region, r]));
  const keys = [...rows.keys()].sort((a, b) => (row(b) ? row(b).boats : 0) - (row(a) ? row(a).boats : 0));
  for (const key of keys) {
    const of = row(key), cells = rows.get(key).cells;
    const texts = of ? [number(of.boats), percent(of.p) + " %", of.share === null ? "–" : percent(of.share) + " %", of.d50 === null ? "–" : `${of.d50.toFixed(0)} (${of.d10.toFixed(0)}–${of.d90.toFixed(0)})`] : ["–", "–", "–", "–"];
    texts.splice(D.kind === "counting" ? 4 : 2, 0, of ? between(of.low, of.high) : "–");
    texts.forEach((words, i) => { cells[i + 1].textContent = words; });
    rows.get(key).classList.toggle("chosen", key === state.region);
    body.append(rows.get(key));
  }
  $("caption").textContent = say(W.numbers_caption, { what: what() });
}
function nameStretches() {
  for (const [code, path] of paths) {
    const of = row(D.leaves[code]);
    path.setAttribute("aria-label", `${nameOf(code)}: ${percent(of ? of.p : null)} %` + beside(of, ", "));
    path.setAttribute("aria-pressed", String(Boolean(state.region) && D.regions[state.region].stretches.includes(code)));
  }
  for (const { key, text } of regionLabels) text.textContent = `${D.regions[key].name} ${row(key) ? percent(row(key).p) + " %" : ""}`;
  placeLabels();
}
function draw() {
  drawRibbon(); readout(); drawWeeks(); drawTable(); nameStretches(); drawDrift();
  const codes = state.region ? D.regions[state.region].stretches : [];
  $("chosen").setAttribute("d", codes.map((code) => (paths.get(code) ? paths.get(code).getAttribute("d") : "")).join(""));
}
function choose(key) {
  state.region = key;
  $("region").value = key;
  draw();
  if (key && key !== "japan") zoomTo(D.regions[key].stretches); else look(0, 0, WIDTH);
}

// --- hover and focus
function showTip(code, event) {
  const of = row(D.leaves[code]);
  tip.textContent = "";
  const head = document.createElement("strong");
  head.textContent = nameOf(code);
  tip.append(head, `${percent(of ? of.p : null)} %` + beside(of, " · "));
  let fx = 0.5, fy = 0.5;
  if (event) {
    [fx, fy] = at(event);
    const x = view.x + fx * view.w, y = view.y + fy * view.w * aspect;
    let best = -1, least = Infinity;
    for (let i = 0; i < many; i++) {
      if (R.stretch[i] !== code) continue;
      const d = (starts[i][0] - x) ** 2 + (starts[i][1] - y) ** 2;
      if (d < least) { least = d; best = i; }
    }
    if (best >= 0) tip.append(document.createElement("br"), say(W.here, { value: here[best] < 0.001 ? 0 : Number(here[best].toPrecision(2)) }));
  } else {
    const b = paths.get(code).getBBox();
    fx = (b.x + b.width / 2 - view.x) / view.w;
    fy = (b.y + b.height / 2 - view.y) / (view.w * aspect);
  }
  tip.hidden = false;
  const left = svg.getBoundingClientRect().left - tip.parentElement.getBoundingClientRect().left;
  const x = left + fx * svg.clientWidth, y = fy * svg.clientHeight, room = tip.parentElement.clientWidth;
  tip.style.left = Math.max(4, Math.min(room - tip.offsetWidth - 4, x + (x > room / 2 ? -tip.offsetWidth - 14 : 14))) + "px";
  tip.style.top = Math.max(4, Math.min(svg.clientHeight - tip.offsetHeight - 4, y + 14)) + "px";
}
const starts = R.paths.map((d) => { const m = /^M(-?\d+) (-?\d+)/.exec(d); return m ? [Number(m[1]), Number(m[2])] : [1e9, 1e9]; });
const codes = [...paths.keys()];
for (const [code, path] of paths) {
  path.setAttribute("role", "button");
  path.setAttribute("tabindex", code === codes[0] ? "0" : "-1");
  path.addEventListener("pointermove", (e) => { if (!drag) showTip(code, e); });
  path.addEventListener("pointerleave", () => { tip.hidden = true; });
  path.addEventListener("focus", () => { if (path.matches(":focus-visible")) showTip(code); });
  path.addEventListener("blur", () => { tip.hidden = true; });
  path.addEventListener("click", (e) => { if (!moved) { choose(D.leaves[code]); showTip(code, e); } });
  path.addEventListener("keydown", (e) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    const i = codes.indexOf(code);
    let next = null;
    if (step) next = codes[(i + step + codes.length) % codes.length];
    else if (e.key === "Home") next = codes[0];
    else if (e.key === "End") next = codes[codes.length - 1];
    else if (e.key === "Enter" || e.key === " ") { choose(D.leaves[code]); showTip(code); } else if (e.key === "Escape") { tip.hidden = true; return; } else return;
    e.preventDefault();
    e.stopPropagation();
    if (next === null) return;
    path.setAttribute("tabindex", "-1");
    paths.get(next).setAttribute("tabindex", "0");
    paths.get(next).focus();
  });
}

// --- moving the map
const pointers = new Map();
let drag = null, moved = false;
frame.addEventListener("pointerdown", (e) => {
  pointers.set(e.pointerId, e);
  moved = false;
  drag = { x: e.clientX, y: e.clientY, view: { ...view }, span: span() };
});
const span = () => { const [a, b] = [...pointers.values()]; return b ? Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) : 0; };
window.addEventListener("pointermove", (e) => {
  if (!drag || !pointers.has(e.pointerId)) return;
  pointers.set(e.pointerId, e);
  if (pointers.size === 2 && drag.span) {
    moved = true;
    const [a, b] = [...pointers.values()], [fx, fy] = at({ clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 });
    const w = (drag.view.w * drag.span) / span();
    look(drag.view.x + fx * (drag.view.w - w), drag.view.y + fy * (drag.view.w - w) * aspect, w);
  } else if (pointers.size === 1 && (moved || Math.hypot(e.clientX - drag.x, e.clientY - drag.y) > 4)) {
    moved = true;
    tip.hidden = true;
    look(drag.view.x - (e.clientX - drag.x) * perPixel(), drag.view.y - (e.clientY - drag.y) * perPixel(), view.w);
  }
});
for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, (e) => { pointers.delete(e.pointerId); if (!pointers.size) drag = null; else drag = { ...drag, x: [...pointers.values()][0].clientX, y: [...pointers.values()][0].clientY, view: { ...view }, span: 0 }; });
frame.addEventListener("wheel", (e) => {
  if (!(e.ctrlKey || e.metaKey || frame.contains(document.activeElement))) return; // else the page scrolls
  e.preventDefault();
  zoom(e.deltaY > 0 ? 1.2 : 1 / 1.2, ...at(e));
}, { passive: false });
frame.addEventListener("dblclick", (e) => zoom(0.5, ...at(e)));
frame.addEventListener("keydown", (e) => {
  const step = 0.15 * view.w;
  const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[e.key];
  if (move && e.target === frame) look(view.x + move[0], view.y + move[1], view.w);
  else if (e.key === "+" || e.key === "=") zoom(1 / 1.5);
  else if (e.key === "-" || e.key === "−") zoom(1.5);
  else if (e.key === "0") look(0, 0, WIDTH);
  else return;
  e.preventDefault();
});
$("in").addEventListener("click", () => zoom(1 / 1.6));
$("out").addEventListener("click", () => zoom(1.6));
$("all").addEventListener("click", () => look(0, 0, WIDTH));
window.addEventListener("resize", () => placeLabels());
window.addEventListener("beforeprint", () => placeLabels(view.w / 340)); // as wide as the map is on paper, in pixels
window.addEventListener("afterprint", () => placeLabels());

// --- the drift by date
const dots = D.dots, shades = D.shades;
let xy = null, firsts = [];
if (dots) {
  const bytes = Uint8Array.from(atob(dots.xy), (c) => c.charCodeAt(0));
  xy = new Int16Array(bytes.buffer);
  let at0 = 0;
  firsts = dots.boats.map((boat) => { const here0 = at0; at0 += boat[2]; return here0; });
}
const weeksOf = {};
function cells(text) {
  const out = [];
  let k = 0;
  for (const part of text.match(/\d+|[a-e]/g) || []) { if (part < "a") k += Number(part); else out.push([k++, part.charCodeAt(0) - 97]); }
  return out;
}
function drawShades(day) {
  const group = $("shades");
  if (!shades) return;
  const set = shades.cells[state.cls] || shades.cells["-1"];
  let week = -1;
  for (let i = 0; i + 1 < shades.days.length; i++) if (day >= shades.days[i] && day < shades.days[i + 1]) week = i;
  const mark = day === null || week < 0 ? "" : state.cls + ":" + week;
  if (group.dataset.mark === mark) return;
  group.dataset.mark = mark;
  group.textContent = "";
  if (!mark) return;
  weeksOf[mark] ||= cells(set[week]);
  const nx = shades.x.length - 1, d = ["", "", "", "", ""];
  for (const [k, level] of weeksOf[mark]) {
    const i = k % nx, j = (k - i) / nx;
    d[level] += `M${shades.x[i]} ${shades.y[j]}H${shades.x[i + 1]}V${shades.y[j + 1]}H${shades.x[i]}z`;
  }
  d.forEach((path, level) => {
    const made = document.createElementNS(NS, "path");
    made.setAttribute("class", "s" + level);
    made.setAttribute("d", path);
    group.append(made);
  });
}
function place(i, day) { // of boat i; null before and after its drift
  const [begin, end, n] = dots.boats[i];
  if (day < begin || n < 1) return null;
  const last = firsts[i] + n - 1;
  if (day >= end) return [xy[2 * last], xy[2 * last + 1], true];
  const along = Math.min((day - begin) / dots.step, n - 1), k = Math.min(Math.floor(along), Math.max(n - 2, 0));
  const from = firsts[i] + k, span0 = k === n - 2 ? Math.max((end - begin) / dots.step - k, 1e-6) : 1, part = Math.min((along - k) / span0, 1);
  return [xy[2 * from] + part * (xy[2 * from + 2] - xy[2 * from]), xy[2 * from + 1] + part * (xy[2 * from + 3] - xy[2 * from + 1]), false];
}
function drawDrift() {
  const day = state.day;
  svg.classList.toggle("playing", day !== null);
  drawShades(day);
  const d = { afloat: "", bound: "", ashore: "" };
  if (day !== null && dots) {
    const chosen = state.region ? D.regions[state.region].stretches : [];
    dots.boats.forEach(([, , , cls, outcome, stretch, months], i) => {
      if (state.cls !== "-1" && String(cls) !== state.cls) return;
      if (state.month !== "all" && !months.split(" ").includes(state.month)) return;
      const p = place(i, day);
      if (!p || (p[2] && outcome !== 1 && outcome !== 0)) return; // 1: landed, 0: still adrift at the end
      const bound = outcome === 1 && chosen.includes(stretch);
      d[p[2] && outcome === 1 && !bound ? "ashore" : bound ? "bound" : "afloat"] += `M${p[0].toFixed(0)} ${p[1].toFixed(0)}h.01`;
    });
  }
  for (const key of Object.keys(d)) $(key).setAttribute("d", d[key]);
  markWeek();
}
const length = 7 * D.weeks.length, slider = $("date"), button = $("play");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
function setDay(day) {
  state.day = day;
  if (day !== null) {
    slider.value = String(day);
    slider.setAttribute("aria-valuetext", dayWords(day));
    $("day").textContent = dayWords(day);
  } else $("day").textContent = "";
  drawDrift();
}
let ticked = 0;
function tick(now) {
  if (!state.playing) return;
  const seconds = ticked ? Math.min((now - ticked) / 1000, 0.2) : 0;
  if (!calm.matches || !ticked || now - ticked > 1000) {
    const day = state.day + (calm.matches && ticked ? 7 : 4 * seconds);
    ticked = now;
    setDay(Math.min(day, length));
    if (day >= length) return play(false);
  }
  requestAnimationFrame(tick);
}
function play(on) {
  state.playing = on;
  button.textContent = on ? W.pause : W.play;
  button.setAttribute("aria-pressed", String(on));
  if (on) { ticked = 0; if (state.day === null || state.day >= length) setDay(0); requestAnimationFrame(tick); }
}
if (length && (dots || shades)) {
  slider.max = String(length);
  slider.step = "0.5";
  button.addEventListener("click", () => play(!state.playing));
  slider.addEventListener("input", () => { play(false); setDay(Number(slider.value)); });
  const key = (colour, words) => `<span class="key" style="background:var(--${colour})"></span>` + words.replace(/[&<]/g, (c) => (c === "&" ? "&amp;" : "&lt;"));
  const texts = [];
  if (dots) texts.push(key("dot", say(W.dots, { n: number(dots.boats.length) })), key("ashore", W.dots_ashore), ...(D.landings ? [key("bound", W.dots_chosen)] : []));
  if (shades) texts.push(key("shade", say(W.shading, { low: Number(shades.boats[0].toPrecision(1)), high: Math.round(shades.boats[4]) + " +" })));
  $("key").innerHTML = texts.join(" ");
} else $("time").hidden = true;

// --- begin
if (D.landings) $("region").addEventListener("change", (e) => choose(e.target.value));
$("class").addEventListener("change", (e) => { state.cls = e.target.value; draw(); });
$("month").addEventListener("change", (e) => { state.month = e.target.value; draw(); });
$("choose").addEventListener("submit", (e) => e.preventDefault());
if (Object.keys(D.classNames).length === 0) $("class-label").hidden = true;
document.body.classList.add("live");
drawLegend();
look(0, 0, WIDTH);
draw();
if (!D.landings && length && (shades || dots)) setDay(0); // where boats may have been stands where landings would
window.driftsim = { state, view: () => ({ ...view }), setDay, choose };
})();
