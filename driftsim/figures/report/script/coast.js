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
