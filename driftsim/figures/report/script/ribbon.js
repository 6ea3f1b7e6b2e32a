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
