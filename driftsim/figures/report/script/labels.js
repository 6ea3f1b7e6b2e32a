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
