const D = JSON.parse(document.getElementById("data").textContent);
const W = D.words, R = D.ribbon, NS = "http://www.w3.org/2000/svg", DAY = 86400000;
const $ = (id) => document.getElementById(id);
const [WIDTH, HEIGHT] = D.size;
const svg = $("map"), frame = $("frame"), tip = $("tip"), stretches = $("stretches");
const paths = new Map([...stretches.children].map((p) => [Number(p.dataset.stretch), p]));
const state = { region: "", cls: "-1", month: "all", day: null, playing: false };
const start = Date.parse(D.start + "Z");
