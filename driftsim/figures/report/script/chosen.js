// --- numbers of what is chosen; a row is boats, probability, season, mean, share, its season and mean, days, weeks
const NAMES = ["boats", "p", "sl", "sh", "ml", "mh", "share", "ssl", "ssh", "sml", "smh", "d10", "d50", "d90", "weeks"];
const table = () => (D.tables[state.cls] || {})[state.month] || null;
const row = (key) => {
  const t = table();
  const values = t ? t.regions[key] : null;
  if (!values) return null;
  const of = Object.fromEntries(NAMES.map((name, i) => [name, values[i]]));
  const season = D.kind === "season" || D.kind === "all";
  [of.low, of.high] = season ? [of.sl, of.sh] : [of.ml, of.mh];
  [of.shareLow, of.shareHigh] = season ? [of.ssl, of.ssh] : [of.sml, of.smh];
  return of;
};
const what = () => {
  const parts = [];
  if (state.cls !== "-1") parts.push(say(W.of_class, { name: D.classNames[state.cls] }));
  if (state.month !== "all") parts.push(say(W["of_" + state.month[0]], { month: W.months[Number(state.month.slice(1)) - 1] }));
  return parts.join(", ") || W.everything;
};
