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
