// --- what is read out
const nameOf = (code) => D.regions[D.leaves[code]].name;
function sentence(key) {
  const of = row(key), t = table();
  return say(key === D.home ? W.readout_whole : W.readout, { name: D.regions[key].name, probability: percent(of ? of.p : null) + " %", boats: number(t ? t.boats : D.boats) });
}
function readout() {
  if (!D.landings) return;
  const key = state.region || D.home, box = $("readout"), of = row(key);
  box.textContent = "";
  const put = (words, kind) => { const p = document.createElement("p"); p.className = kind || ""; p.textContent = words; box.append(p); };
  if (!of) return put("–");
  put(sentence(key) + ".", "first");
  put(range(of.low, of.high) + (what() === W.everything ? "" : " · " + what()), "small");
  if (of.share !== null && key !== D.home) put(`${W.share_row}: ${percent(of.share)} %` + (D.kind === "counting" ? "" : `, ${range(of.shareLow, of.shareHigh)}`));
  if (of.d50 !== null) put(`${W.days}: ${say(W.days_value, { p10: of.d10.toFixed(0), p50: of.d50.toFixed(0), p90: of.d90.toFixed(0) })}`);
}
function drawWeeks() {
  if (!D.landings) return;
  const of = row(state.region || D.home), box = $("weeks");
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
  if (key && key !== D.home) zoomTo(D.regions[key].stretches); else look(0, 0, WIDTH);
}
