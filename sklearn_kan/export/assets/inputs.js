// The row that is looked at: sliders, what is predicted for it, and whether the data know such rows.

function showPrediction() {
  const box = $("prediction"), raw = rawPrediction(), values = inverseLink(data.link, raw), shares = data.link === "logit" || data.link === "softmax";
  box.replaceChildren();
  box.classList.toggle("many", values.length > 1);
  values.forEach((value, o) => {
    const group = make(box, "div", { class: values.length > 1 ? "many" : "" }), row = make(group, "div", { class: "row" });
    make(row, "span", { class: "name" }, shares ? `P(${data.outputs[o].name})` : data.outputs[o].name);
    make(row, "span", { class: "value", "data-output": o, "data-value": value }, shares ? `${(100 * value).toFixed(1)} %` : format(value));
    if (shares) make(make(group, "div", { class: "bar" }), "i", { style: `width:${100 * value}%` });
    if (members) showInterval(group, raw[o], o);
  });
  if (strangeness() > 1) make(box, "div", { class: "strange" }, "The data have no rows like this.");
}

// Standard deviation of raw output o: of the network by its posterior, and of the noise if it is normal.
function deviation(o) {
  const noise = data.interval.noise ? data.interval.noise[o] : 0;
  return Math.sqrt(noise ** 2 + posteriorVariance(members, x, o)) * data.outputs[o].scale;
}

// Where a prediction or, of a link, its mean is likely to be: never outside the range of the link.
function showInterval(group, raw, o) {
  const sd = deviation(o), about = data.interval.noise ? "95 %" : `95 % for the ${data.link === "logit" ? "probability" : "mean"}`;
  const ends = inverseLink(data.link, [raw - 1.96 * sd, raw + 1.96 * sd]);
  const text = ends.map((v) => (data.link === "logit" ? `${(100 * v).toFixed(1)} %` : format(v)));
  make(group, "div", { class: "muted", "data-sd": sd }, `${about}: ${text.join(" to ")}`);
}

watchers.push(showPrediction);

// ---------------------------------------------------------------------------------------- likely rows

// Place of v among the quantiles of a feature, from 0 to 1; ties are in the middle of theirs.
function placeAmong(row, v) {
  const last = row.length - 1;
  if (v < row[0]) return 0;
  if (v > row[last]) return 1;
  let low = 0, high = last;
  while (row[low] < v) low++;
  while (row[high] > v) high--;
  if (low <= high) return (low + high) / 2 / last;
  return (high + (v - row[high]) / (row[low] - row[high])) / last;
}

// Squared distance of the row from the middle of the data, relative to that of nearly all rows.
function strangeness() {
  if (!data.likely) return 0;
  const { root, limit } = data.likely, away = [];
  let distance = 0;
  x.forEach((v, i) => {
    const row = first.quantiles[i], score = Number.isNaN(v) ? 0 : Math.sqrt(12) * (placeAmong(row, v) - 0.5);
    away.push((score - away.reduce((sum, a, k) => sum + root[i][k] * a, 0)) / root[i][i]);
    distance += away[i] ** 2;
  });
  const outside = x.some((v, i) => { const row = first.quantiles[i]; return v < row[0] || v > row[row.length - 1]; });
  return outside ? 2 : distance / limit;
}

// A row as the data might have it: each column like its quantiles, and all together like their correlations.
function drawRow() {
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  const draws = x.map(normal);
  data.features.forEach((feature, i) => {
    const row = first.quantiles[i], last = row.length - 1;
    const z = data.likely ? data.likely.root[i].reduce((sum, v, k) => sum + v * draws[k], 0) : draws[i];
    const at = last / (1 + Math.exp(-1.702 * z)), r = Math.min(Math.floor(at), last - 1);
    const gone = data.effects && data.effects.curves[i].missing;
    x[i] = gone && Math.random() < gone.density ? NaN : nearest(i, row[r] + (at - r) * (row[r + 1] - row[r]));
  });
}

// The value itself, or of a feature of few values the one that is nearest.
function nearest(i, value) {
  const curve = data.effects && data.effects.curves[i];
  return curve && curve.discrete ? curve.x.reduce((a, b) => (Math.abs(b - value) < Math.abs(a - value) ? b : a)) : value;
}

// ---------------------------------------------------------------------------------------- sliders

// The places of a slider: the middle of the data, or the values of a feature that has few.
function rangeOf(i) {
  const curve = data.effects && data.effects.curves[i];
  if (curve && curve.discrete && curve.x.length > 1) return { lo: 0, hi: curve.x.length - 1, step: 1, value: (at) => curve.x[at], at: (v) => curve.x.indexOf(nearest(i, v)) };
  const [lo, hi] = curve && !curve.discrete ? curve.middle : first.span[i];
  return { lo, hi, step: "any", value: (at) => at, at: (v) => v };
}

function setInput(i, value) {
  x[i] = value;
  update();
  flow();
}

// A choice of levels.
function buildChoice(row, i) {
  const feature = data.features[i], box = make(row, "select", { id: `input-${i}` });
  for (const code of codesOf(i)) make(box, "option", { value: code }, feature.levels[code < 0 ? feature.levels.length - 1 : code]);
  if (feature.missing) make(box, "option", { value: NaN }, "missing");
  row.classList.add("choice");
  feature.show = () => { box.value = x[i]; };
  box.addEventListener("change", () => setInput(i, Number(box.value)));
}

// Whether a number is missing; its slider goes on from where it was.
function buildMissing(row, i) {
  const label = make(row, "label", { class: "check" }), box = make(label, "input", { type: "checkbox", "aria-label": `${data.features[i].name} is missing` });
  make(label, "span", {}, "missing");
  let before = data.features[i].median;
  box.addEventListener("change", () => {
    if (box.checked) before = x[i];
    setInput(i, box.checked ? NaN : before);
    data.features[i].show();
  });
  return () => { box.checked = Number.isNaN(x[i]); };
}

function buildSlider(row, i) {
  const feature = data.features[i], { lo, hi, step, value, at } = rangeOf(i);
  const part = (v) => (Number.isNaN(v) ? 0 : clamp((at(v) - lo) / (hi - lo || 1), 0, 1));
  const number = make(row, "input", { type: "number", step: "any", "aria-label": `${feature.name}, number` });
  const range = make(row, "input", { type: "range", id: `input-${i}`, min: lo, max: hi, step });
  const svg = makeSvg(row, { viewBox: "0 0 100 7", preserveAspectRatio: "none", "aria-hidden": "true" });
  const places = first.quantiles[i].map((v) => part(v) * 97 + 1.5);
  make(svg, "path", { d: places.map((v) => `M${v.toFixed(2)},0v7`).join("") });
  const showMissing = feature.missing ? buildMissing(row, i) : () => {};
  const fill = () => range.style.setProperty("--part", `${100 * part(x[i])}%`);
  feature.show = () => {
    const known = !Number.isNaN(x[i]);
    row.classList.toggle("gone", !known);
    if (known) range.value = at(x[i]);
    number.value = known ? Number(x[i].toPrecision(4)) : "";
    showMissing();
    fill();
  };
  const set = (event) => {
    const given = Number(event.target.value);
    if (event.target.value === "" || !Number.isFinite(given)) return;
    const gone = Number.isNaN(x[i]);
    setInput(i, event.target === range ? value(given) : given);
    if (gone) feature.show();
    else if (event.target === range) number.value = Number(x[i].toPrecision(4));
    else range.value = at(x[i]);
    fill();
  };
  range.addEventListener("input", set);
  number.addEventListener("input", set);
}

function buildInputs() {
  const list = document.querySelector("#inputs .list");
  const weight = (i) => (data.effects ? data.effects.curves[i].importance : data.features[i].share);
  const order = data.features.map((_, i) => i).sort((a, b) => weight(b) - weight(a) || a - b);
  for (const i of order) {
    const row = make(list, "div", { class: "slider" });
    paint(row, data.colors[0][i]);
    const label = make(row, "label", { for: `input-${i}` });
    make(label, "b", {}, data.features[i].name);
    make(label, "span", { class: "muted" }, `  ${percent(weight(i))}`);
    if (isCategory(i)) buildChoice(row, i);
    else buildSlider(row, i);
    data.features[i].show();
  }
  const jump = (change) => {
    change();
    data.features.forEach((feature) => feature.show());
    update();
    flow();
  };
  $("medians").addEventListener("click", () => jump(() => data.features.forEach((feature, i) => { x[i] = feature.median; })));
  $("random").addEventListener("click", () => jump(drawRow));
}

// ---------------------------------------------------------------------------------------- views

function showView(name) {
  document.querySelector("main").dataset.view = name;
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const chosen = tab.dataset.view === name;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
  }
  if (name === "network") showNetwork();
  else showEffects();
}

function buildTabs() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  tabs.forEach((tab, r) => {
    tab.addEventListener("click", () => showView(tab.dataset.view));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const other = tabs[(r + 1) % tabs.length];
      other.focus();
      showView(other.dataset.view);
    });
  });
  document.querySelector("nav").hidden = !effects;
}

$("facts").textContent = data.facts;
records = forward(layers, x);
buildInputs();
buildTabs();
showView(effects && location.hash !== "#network" ? "effects" : "network");
update();
