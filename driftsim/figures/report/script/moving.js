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
