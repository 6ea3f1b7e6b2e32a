// --- words
const say = (form, values) => form.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
const percent = (p) => (p === null ? "–" : (p > 0 && p < 0.0005 ? "<0.1" : (100 * p).toFixed(1)));
const number = (n) => n.toLocaleString(D.lang);
const dayWords = (days, withYear = true) => {
  const t = new Date(start + days * DAY);
  return say(D.dated && withYear ? W.day_year : W.day, { day: t.getUTCDate(), month: W.months[t.getUTCMonth()], year: t.getUTCFullYear() });
};
// Ends of a range of seasons: whole per cents above 1 %.
const edge = (p) => (D.kind !== "season" && D.kind !== "all" ? percent(p) : p <= 0 ? "0" : p < 0.0095 ? percent(p) : (100 * p).toFixed(0));
const between = (low, high) => (low === null ? "–" : edge(low) + "–" + edge(high) + " %");
const range = (low, high) => (low === null ? W.no_range : say(W["range_" + D.kind], { low: edge(low), high: edge(high) }));
// Beside a number no counting error: it would pass for what is known of it.
const beside = (of, gap) => (of && of.low !== null && D.kind !== "counting" ? gap + range(of.low, of.high) : "");
