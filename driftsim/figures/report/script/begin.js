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
