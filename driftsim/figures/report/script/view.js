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
