// The page: a diagram to click, the curve of one edge, and sliders that drive the network.

const data = JSON.parse(document.getElementById("data").textContent);
const layers = withKnots(data.layers), splines = layers.filter((layer) => layer.type === "spline");
const depths = layers.flatMap((layer, depth) => (layer.type === "spline" ? [depth] : []));
const members = data.interval && data.interval.members.map((member) => ({ ...member, layers: withKnots(member.layers), factor: floats(member.factor), rest: floats(member.rest) }));
const x = data.features.map((feature) => feature.median);
let records = [], selected = null;

// Numbers of two bytes (sign, 5 bits of exponent, 10 of fraction), times a unit.
function floats({ text, unit }) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return Float64Array.from({ length: bytes.length / 2 }, (_, r) => {
    const bits = bytes[2 * r] + 256 * bytes[2 * r + 1], power = (bits >> 10) & 31, part = bits & 1023;
    const size = power ? 2 ** (power - 15) * (1 + part / 1024) : 2 ** -24 * part;
    return (bits >> 15 ? -unit : unit) * size;
  });
}

const $ = (id) => document.getElementById(id);

function make(parent, tag, attributes = {}, text = null) {
  const svg = parent instanceof SVGElement;
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== null) element.textContent = text;
  parent.appendChild(element);
  return element;
}

function format(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return value.toExponential(2).replace("-", "−").replace("e−", "e-");
  return String(Number(value.toPrecision(4))).replace("-", "−");
}

function percent(share) {
  return share >= 0.01 ? `${Math.round(100 * share)} %` : share > 0 ? "< 1 %" : "0 %";
}

// Sums of many pieces may end up a hair beyond the range; drawing only.
const clamp = (value, lo, hi) => Math.min(Math.max(value, lo), hi);

function colored(element, layer, index) {
  const [light, dark] = data.colors[layer][index];
  element.classList.add("k");
  element.style.setProperty("--light", light);
  element.style.setProperty("--dark", dark);
}

function nodeName(layer, index) {
  if (layer === 0) return data.features[index].name;
  return layer === splines.length ? data.outputs[index].name : `node ${index}` + (splines.length > 2 ? ` of layer ${layer}` : "");
}

const edgeName = (edge) => `${nodeName(edge.layer, edge.i)} → ${nodeName(edge.layer + 1, edge.j)}`;
const unit = (edge) => (edge.layer === splines.length - 1 ? data.outputs[edge.j].scale : 1);
const coefficients = (edge) => splines[edge.layer].coef[edge.i][edge.j];
const edgeAt = (edge, v) => unit(edge) * dot(coefficients(edge), design(splines[edge.layer], edge.i, v).values);
const edgeInput = (edge) => records[depths[edge.layer]].x[edge.i];

// ---------------------------------------------------------------------------------------- the diagram

const diagram = data.diagram, edges = diagram.edges, nodes = new Map();
for (const node of diagram.nodes) nodes.set(`${node.layer}/${node.index}`, node);
const { card, labels } = diagram;

const bent = (bends) => `M${bends[0]}C${bends.slice(1).join(" ")}`;

function cardCurve(edge) {
  const layer = splines[edge.layer], lo = layer.lo[edge.i], hi = layer.hi[edge.i], points = [];
  for (let r = 0; r <= 48; r++) points.push(edgeAt(edge, lo + ((hi - lo) * r) / 48));
  const low = Math.min(...points), high = Math.max(...points), half = (high - low) / 2;
  edge.level = (v) => (half > 0 ? clamp((v - low) / half - 1, -1, 1) : 0) * (card.height / 2 - card.y_inset);
  edge.place = (v) => (clamp((v - lo) / (hi - lo), 0, 1) - 0.5) * (card.width - 2 * card.x_inset);
  return points.map((v, r) => `${r ? "L" : "M"}${(edge.x + (r / 48 - 0.5) * (card.width - 2 * card.x_inset)).toFixed(1)},${(edge.y - edge.level(v)).toFixed(1)}`).join("");
}

function drawEdge(svg, edge) {
  const s = edge.strength, d = bent(edge.bends), faint = edge.x === null;
  const group = make(svg, "g", { class: "edge", role: "button", "aria-label": `${edgeName(edge)}, importance ${percent(edge.importance)}` });
  colored(group, edge.layer, edge.i);
  edge.group = group;
  make(group, "path", { class: "line", d, "stroke-width": edge.width, opacity: faint ? 0.6 : 0.25 + 0.65 * s });
  make(group, "path", { class: "hit", d });
  if (faint) group.classList.add("faint");
  else {
    group.setAttribute("tabindex", "0");
    make(group, "path", { class: "flow", d, "stroke-width": 1.6 + 2 * s });
    const left = edge.x - card.width / 2;
    const box = { x: left, y: edge.y - card.height / 2, width: card.width, height: card.height, rx: card.corner };
    make(group, "rect", { ...box, "stroke-opacity": 0.35 + 0.6 * s });
    make(group, "rect", { ...box, class: "tint" });
    make(group, "path", { class: "zero", d: `M${left + card.x_inset},${edge.y}h${card.width - 2 * card.x_inset}` });
    make(group, "path", { class: "curve", d: cardCurve(edge), opacity: 0.6 + 0.4 * s });
    edge.spot = make(group, "circle", { r: 2.8 });
  }
  group.addEventListener("click", () => select(edge));
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    select(edge);
  });
  const about = () => `${edgeName(edge)}: importance ${percent(edge.importance)}; now ${format(edgeInput(edge))} ↦ ${format(edgeAt(edge, edgeInput(edge)))}`;
  tooltip(group, about);
}

function drawNode(svg, node) {
  const last = splines.length, hidden = node.layer > 0 && node.layer < last;
  const group = make(svg, "g", { class: "node" });
  colored(group, node.layer, node.index);
  if (node.layer === last) group.style.setProperty("--c", "var(--text)");
  const place = { cx: node.x, cy: node.y, r: node.radius };
  make(group, "circle", place);
  node.fill = make(group, "circle", { ...place, class: "fill" });
  if (hidden) {
    make(group, "text", { x: node.x, y: node.y }, node.index);
    const near = diagram.nodes.some((other) => other.layer === node.layer && other.y > node.y && other.y < node.y + 44);
    node.value = make(group, "text", { x: node.x, y: node.y + 19, class: "small", visibility: near ? "hidden" : "visible" });
  } else if (node.layer) {
    make(svg, "text", { x: node.x + labels.output, y: node.y, "font-weight": 650, "font-size": 13 }, data.outputs[node.index].short);
  } else {
    const feature = data.features[node.index];
    make(svg, "text", { x: node.x + labels.feature, y: node.y, "text-anchor": "end" }, feature.short);
    make(svg, "text", { x: node.x + labels.share, y: node.y, "text-anchor": "end", class: "small" }, percent(feature.share));
  }
  tooltip(group, () => {
    const value = node.layer === last ? prediction()[node.index] : records[depths[node.layer]].x[node.index];
    const about = node.layer < last ? `; importance ${percent(node.importance)}` : "";
    return `${nodeName(node.layer, node.index)} = ${format(value)}${about}`;
  });
}

function drawNetwork() {
  const svg = $("network");
  for (const edge of [...edges].reverse()) drawEdge(svg, edge);
  for (const node of nodes.values()) drawNode(svg, node);
  const texts = [...svg.querySelectorAll("text")].map((text) => text.getBBox());
  const left = Math.min(...texts.map((box) => box.x), -10) - 8;
  const right = Math.max(...texts.map((box) => box.x + box.width), diagram.width) + 10;
  svg.setAttribute("viewBox", `${left} 0 ${right - left} ${diagram.height}`);
  svg.style.maxWidth = `${Math.round((right - left) * 1.35)}px`;
  svg.style.minWidth = `${Math.round(0.85 * (right - left))}px`;
  const frame = svg.parentElement;
  if (frame.scrollWidth > frame.clientWidth) frame.setAttribute("tabindex", "0");
  else document.querySelector(".narrow").hidden = true;
  $("caption").textContent = diagram.caption;
}

function tooltip(element, text) {
  const tip = $("tip");
  const show = (event) => {
    tip.textContent = text();
    tip.hidden = false;
    const box = element.getBoundingClientRect();
    const [px, py] = event.clientX === undefined ? [box.x + box.width / 2, box.y] : [event.clientX, event.clientY];
    tip.style.left = `${clamp(px + 14, 4, innerWidth - tip.offsetWidth - 4)}px`;
    tip.style.top = `${clamp(py + 16, 4, innerHeight - tip.offsetHeight - 4)}px`;
  };
  const hide = () => { tip.hidden = true; };
  element.addEventListener("pointermove", (event) => { if (event.pointerType !== "touch") show(event); });
  element.addEventListener("pointerleave", hide);
  element.addEventListener("focus", () => { if (element.matches(":focus-visible")) show({}); });
  element.addEventListener("blur", hide);
}

// ---------------------------------------------------------------------------------------- one edge

const PLOT = { left: 48, right: 10, top: 10, bottom: 34, width: 400, height: 236 };

function ticks(lo, hi, most) {
  const raw = (hi - lo) / most, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999) || raw;
  const marks = [];
  for (let r = Math.ceil(lo / step - 1e-9); r * step <= hi + 1e-9 * step && marks.length < 20; r++) marks.push(r * step);
  return marks;
}

function select(edge) {
  if (selected && selected.group) selected.group.classList.remove("selected");
  selected = edge;
  if (edge.group) edge.group.classList.add("selected");
  $("edge-title").textContent = edgeName(edge);
  $("edge-share").textContent = `importance ${percent(edge.importance)}`;
  $("edge-list").value = `${edge.layer}/${edge.i}/${edge.j}`;
  const list = $("candidates");
  list.replaceChildren();
  const formulas = data.candidates[`${edge.layer}/${edge.i}/${edge.j}`] || [];
  if (formulas.length) {
    make(list, "p", { class: "hint" }, "Formulas that come close");
    const items = make(list, "ul");
    for (const formula of formulas) make(make(items, "li"), "code", {}, formula);
  }
  drawPlot();
}

function drawPlot() {
  const edge = selected, svg = $("plot"), layer = splines[edge.layer], w = coefficients(edge);
  svg.replaceChildren();
  colored(svg, edge.layer, edge.i);
  const lo = layer.lo[edge.i], hi = layer.hi[edge.i], margin = 0.1 * (hi - lo), n = 120, scale = unit(edge);
  const xs = Array.from({ length: n + 1 }, (_, r) => lo - margin + ((hi - lo + 2 * margin) * r) / n);
  const designs = xs.map((v) => design(layer, edge.i, v).values), ys = designs.map((d) => scale * dot(w, d));
  const parts = Array.from(w, (weight, r) => designs.map((d) => scale * weight * d[r]));
  const basis = $("show-basis").checked;
  const sd = edge.sd || [], within = ys.filter((_, r) => xs[r] >= lo && xs[r] <= hi);
  const all = [...ys, ...(basis ? parts.flat() : []), ...sd.flatMap((s, r) => {
    const middle = edgeAt(edge, lo + ((hi - lo) * r) / (sd.length - 1));
    return [middle - 2 * s, middle + 2 * s];
  })];
  let low = Math.min(...all, ...within), high = Math.max(...all, ...within);
  const room = (high - low || 1) * 0.06;
  low -= room; high += room;
  const { left, right, top, bottom, width, height } = PLOT;
  const px = (v) => left + ((v - xs[0]) / (xs[n] - xs[0])) * (width - left - right);
  const py = (v) => height - bottom - ((v - low) / (high - low)) * (height - top - bottom);
  const line = (vs, keep = () => true) => xs.flatMap((v, r) => (keep(v) ? [`${px(v).toFixed(2)},${py(vs[r]).toFixed(2)}`] : [])).join("L");
  for (const v of ticks(low, high, 5)) {
    make(svg, "path", { class: "axis", d: `M${left},${py(v)}H${width - right}` });
    make(svg, "text", { x: left - 6, y: py(v) + 4, "text-anchor": "end" }, format(v));
  }
  if (low < 0 && high > 0) make(svg, "path", { class: "zero", d: `M${left},${py(0)}H${width - right}` });
  for (const v of ticks(xs[0], xs[n], 5)) make(svg, "text", { x: px(v), y: height - 6, "text-anchor": "middle" }, format(v));
  if (sd.length) {
    const step = (hi - lo) / (sd.length - 1);
    const side = (sign) => sd.map((s, r) => `${px(lo + step * r)},${py(edgeAt(edge, lo + step * r) + sign * 2 * s)}`);
    make(svg, "path", { class: "band", d: `M${side(1).join("L")}L${side(-1).reverse().join("L")}Z` });
  }
  if (basis) for (const part of parts) make(svg, "path", { class: "basis", d: `M${line(part)}` });
  make(svg, "path", { class: "beyond", d: `M${line(ys)}` });
  make(svg, "path", { class: "curve", d: `M${line(ys, (v) => v >= lo - 1e-9 * margin && v <= hi + 1e-9 * margin)}` });
  const floor = height - bottom;
  const places = layer.quantiles[edge.i].filter((v) => v >= xs[0] && v <= xs[n]);
  make(svg, "path", { class: "rug", d: places.map((v) => `M${px(v).toFixed(2)},${floor}v-7`).join("") });
  const knots = layer.knots[edge.i].slice(layer.degree, layer.degree + layer.cells + 1);
  make(svg, "path", { class: "knot", d: knots.map((t) => `M${px(lo + (t / layer.cells) * (hi - lo)).toFixed(2)},${floor}v5`).join("") });
  edge.cross = make(svg, "path", { class: "cross" });
  edge.mark = make(svg, "circle", { r: 4.5 });
  edge.toPlot = (v) => [px(clamp(v, xs[0], xs[n])), py(clamp(edgeAt(edge, v), low, high)), floor];
  svg.setAttribute("aria-label", `Curve of ${edgeName(edge)} from ${format(lo)} to ${format(hi)}`);
  updatePlot();
}

function updatePlot() {
  const edge = selected, v = edgeInput(edge), layer = splines[edge.layer], [cx, cy, floor] = edge.toPlot(v);
  edge.mark.setAttribute("cx", cx);
  edge.mark.setAttribute("cy", cy);
  edge.cross.setAttribute("d", `M${cx},${cy}V${floor}M${cx},${cy}H${PLOT.left}`);
  const slope = unit(edge) * dot(coefficients(edge), design(layer, edge.i, v).slopes);
  const outside = v < layer.lo[edge.i] || v > layer.hi[edge.i] ? ", outside the grid" : "";
  const facts = [
    ["Now", `${format(v)} ↦ ${format(edgeAt(edge, v))}, slope ${format(slope)}${outside}`],
    ["Spline", `degree ${layer.degree}, ${layer.cells} intervals` + (layer.silu ? ", plus silu" : "")],
  ];
  const list = $("edge-facts");
  list.replaceChildren();
  for (const [name, text] of facts) {
    make(list, "dt", {}, name);
    make(list, "dd", {}, text);
  }
}

// ---------------------------------------------------------------------------------------- values

function prediction() {
  return inverseLink(data.link, rawPrediction());
}

function rawPrediction() {
  return records[records.length - 1].output.map((v, o) => v * data.outputs[o].scale + data.outputs[o].mean);
}

// Standard deviation of raw output o: of the network by its posterior, and of the noise if it is normal.
function deviation(o) {
  const noise = data.interval.noise ? data.interval.noise[o] : 0;
  return Math.sqrt(noise ** 2 + posteriorVariance(members, x, o)) * data.outputs[o].scale;
}

// Where a prediction or, of a link, its mean is likely to be: never outside the range of the link.
function showInterval(group, raw, o) {
  const sd = deviation(o), about = data.interval.noise ? "95 %" : data.link === "logit" ? "95 % of it" : "95 % of the mean";
  const ends = inverseLink(data.link, [raw - 1.96 * sd, raw + 1.96 * sd]);
  const text = ends.map((v) => (data.link === "logit" ? `${(100 * v).toFixed(1)} %` : format(v)));
  make(group, "div", { class: "muted", "data-sd": sd }, `${about}: ${text.join(" to ")}`);
}

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
}

function update() {
  records = forward(layers, x);
  for (const edge of edges) {
    if (!edge.spot) continue;
    const v = edgeInput(edge);
    edge.spot.setAttribute("cx", edge.x + edge.place(v));
    edge.spot.setAttribute("cy", edge.y - edge.level(edgeAt(edge, v)));
  }
  for (const node of nodes.values()) {
    const hidden = node.layer > 0 && node.layer < splines.length;
    if (!hidden) continue;
    const v = records[depths[node.layer]].x[node.index];
    node.fill.setAttribute("opacity", (0.55 * clamp(Math.abs(v), 0, 1)).toFixed(3));
    node.value.textContent = format(Number(v.toPrecision(2)));
  }
  showPrediction();
  if (selected) updatePlot();
}

let calm = 0;
function flow() {
  $("network").classList.add("flowing");
  clearTimeout(calm);
  calm = setTimeout(() => $("network").classList.remove("flowing"), 1200);
}

function buildInputs() {
  const list = document.querySelector("#inputs .list");
  const order = data.features.map((_, i) => i).sort((a, b) => data.features[b].share - data.features[a].share || a - b);
  for (const i of order) {
    const feature = data.features[i], lo = splines[0].lo[i], hi = splines[0].hi[i];
    const row = make(list, "div", { class: "slider" });
    colored(row, 0, i);
    const label = make(row, "label", { for: `input-${i}` });
    make(label, "b", {}, feature.name);
    make(label, "span", { class: "muted" }, `  ${percent(feature.share)}`);
    const number = make(row, "input", { type: "number", step: "any", "aria-label": `${feature.name}, number` });
    const range = make(row, "input", { type: "range", id: `input-${i}`, min: lo, max: hi, step: "any" });
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 100 7");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    row.appendChild(svg);
    const places = splines[0].quantiles[i].map((v) => clamp((v - lo) / (hi - lo), 0, 1) * 97 + 1.5);
    make(svg, "path", { d: places.map((v) => `M${v.toFixed(2)},0v7`).join("") });
    const fill = () => range.style.setProperty("--part", `${100 * clamp((x[i] - lo) / (hi - lo), 0, 1)}%`);
    feature.show = () => {
      range.value = x[i];
      number.value = Number(x[i].toPrecision(4));
      fill();
    };
    const set = (event) => {
      const value = Number(event.target.value);
      if (event.target.value === "" || !Number.isFinite(value)) return;
      x[i] = value;
      if (event.target === range) number.value = Number(value.toPrecision(4));
      else range.value = value;
      fill();
      update();
      flow();
    };
    range.addEventListener("input", set);
    number.addEventListener("input", set);
    feature.show();
  }
  const jump = (value) => {
    data.features.forEach((feature, i) => { x[i] = value(feature, i); feature.show(); });
    update();
    flow();
  };
  $("medians").addEventListener("click", () => jump((feature) => feature.median));
  $("random").addEventListener("click", () => jump((_, i) => {
    const places = splines[0].quantiles[i];
    return places[Math.floor(Math.random() * places.length)];
  }));
}

function buildEdgeList() {
  const list = $("edge-list"), byKey = new Map();
  for (const edge of [...edges].sort((a, b) => a.layer - b.layer || b.importance - a.importance)) {
    const key = `${edge.layer}/${edge.i}/${edge.j}`;
    byKey.set(key, edge);
    make(list, "option", { value: key }, `${edgeName(edge)}  (${percent(edge.importance)})`);
  }
  list.addEventListener("change", () => select(byKey.get(list.value)));
}

$("facts").textContent = data.facts;
records = forward(layers, x);
drawNetwork();
// Under a low diagram there is room for the sliders.
if ($("network").getBoundingClientRect().height < 430) document.querySelector(".left").appendChild($("inputs"));
buildInputs();
buildEdgeList();
$("show-basis").addEventListener("change", drawPlot);
if (edges.length) select(edges.find((edge) => edge.layer === 0) || edges[0]);
else $("edge").hidden = true;
update();
