// The second view: the diagram of a network to click, and the curve of one edge.

// The network itself, or a small twin of it.
function makeNet({ layers, diagram, colors, candidates, outputs, features, codes = null }) {
  const splines = layers.filter((layer) => layer.type === "spline");
  const nodes = new Map(diagram.nodes.map((node) => [`${node.layer}/${node.index}`, node]));
  const depths = layers.flatMap((layer, depth) => (layer.type === "spline" ? [depth] : []));
  return { layers, splines, depths, diagram, nodes, edges: diagram.edges, colors, candidates, outputs, features, codes, records: null };
}

// The row with the codes that levels have in a net.
function rowOf({ codes }) {
  return x.map((v, i) => (codes === null || codes[i] === null || Number.isNaN(v) ? v : codes[i][v < 0 ? codes[i].length - 1 : v]));
}

const whole = makeNet({ ...data, layers });
const twin = data.twin && makeNet({ ...data.twin, layers: withKnots(data.twin.layers) });
let net = twin || whole, selected = null, drawn = null;

const colored = (element, layer, index) => paint(element, net.colors[layer][index]);

function nodeName(layer, index) {
  if (layer === 0) return data.features[index].name;
  if (layer === net.splines.length) return data.outputs[index].name;
  return `node ${index}` + (net.splines.length > 2 ? ` of layer ${layer}` : "");
}

const edgeName = (edge) => `${nodeName(edge.layer, edge.i)} → ${nodeName(edge.layer + 1, edge.j)}`;
const unit = (edge) => (edge.layer === net.splines.length - 1 ? net.outputs[edge.j].scale : 1);
const coefficients = (edge) => net.splines[edge.layer].coef[edge.i][edge.j];
const edgeAt = (edge, v) => unit(edge) * dot(coefficients(edge), design(net.splines[edge.layer], edge.i, v).values);
const edgeInput = (edge) => net.records[net.depths[edge.layer]].x[edge.i];
const ofLevels = (edge) => edge.layer === 0 && isCategory(edge.i);
// What the input of an edge is called.
const inputName = (edge) => (edge.layer === 0 ? valueName(edge.i, x[edge.i]) : format(edgeInput(edge)));
// Levels of a category: their places, in the codes of the net, and names; a missing value is one more.
function slotsOf(edge) {
  const names = net.features[edge.i].levels, slots = names.map((name, code) => ({ v: code, name }));
  return net.features[edge.i].missing ? [...slots, { v: NaN, name: "missing" }] : slots;
}
const slotAt = (slots, v) => (Number.isNaN(v) ? slots.length - 1 : slots.findIndex((slot) => slot.v === v));
const edgeSpan = (edge) => net.splines[edge.layer].span[edge.i];

// ---------------------------------------------------------------------------------------- the diagram

const bent = (bends) => `M${bends[0]}C${bends.slice(1).join(" ")}`;

function cardCurve(edge) {
  if (ofLevels(edge)) return cardLevels(edge);
  const [lo, hi] = edgeSpan(edge), points = [], { card } = net.diagram;
  for (let r = 0; r <= 48; r++) points.push(edgeAt(edge, lo + ((hi - lo) * r) / 48));
  const low = Math.min(...points), high = Math.max(...points), half = (high - low) / 2, wide = card.width - 2 * card.x_inset;
  edge.level = (v) => (half > 0 ? clamp((v - low) / half - 1, -1, 1) : 0) * (card.height / 2 - card.y_inset);
  edge.place = (v) => (Number.isNaN(v) ? 0.5 : clamp((v - lo) / (hi - lo), 0, 1) - 0.5) * wide;
  return points.map((v, r) => `${r ? "L" : "M"}${(edge.x + (r / 48 - 0.5) * wide).toFixed(1)},${(edge.y - edge.level(v)).toFixed(1)}`).join("");
}

// A stroke for each level.
function cardLevels(edge) {
  const slots = slotsOf(edge), points = slots.map(({ v }) => edgeAt(edge, v)), { card } = net.diagram;
  const low = Math.min(...points), high = Math.max(...points), half = (high - low) / 2, wide = (card.width - 2 * card.x_inset) / slots.length;
  edge.level = (v) => (half > 0 ? clamp((v - low) / half - 1, -1, 1) : 0) * (card.height / 2 - card.y_inset);
  const middle = (r) => (r + 0.5 - slots.length / 2) * wide;
  edge.place = (v) => middle(slotAt(slots, v < 0 ? slots.length - 1 - net.features[edge.i].missing : v));
  return points.map((v, r) => `M${(edge.x + middle(r) - wide / 3).toFixed(1)},${(edge.y - edge.level(v)).toFixed(1)}h${((2 * wide) / 3).toFixed(1)}`).join("");
}

function drawEdge(svg, edge) {
  const s = edge.strength, d = bent(edge.bends), faint = edge.x === null, { card } = net.diagram;
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
  tooltip(group, () => `${edgeName(edge)}: importance ${percent(edge.importance)}; now ${inputName(edge)} ↦ ${format(edgeAt(edge, edgeInput(edge)))}`);
}

function drawNode(svg, node) {
  const last = net.splines.length, hidden = node.layer > 0 && node.layer < last, { labels } = net.diagram;
  const group = make(svg, "g", { class: "node" });
  colored(group, node.layer, node.index);
  if (node.layer === last) group.style.setProperty("--c", "var(--text)");
  const place = { cx: node.x, cy: node.y, r: node.radius };
  make(group, "circle", place);
  node.fill = make(group, "circle", { ...place, class: "fill" });
  if (hidden) {
    make(group, "text", { x: node.x, y: node.y }, node.index);
    const near = net.diagram.nodes.some((other) => other.layer === node.layer && other.y > node.y && other.y < node.y + 44);
    node.value = make(group, "text", { x: node.x, y: node.y + 19, class: "small", visibility: near ? "hidden" : "visible" });
  } else if (node.layer) {
    make(svg, "text", { x: node.x + labels.output, y: node.y, "font-weight": 650, "font-size": 13 }, data.outputs[node.index].short);
  } else {
    make(svg, "text", { x: node.x + labels.feature, y: node.y, "text-anchor": "end" }, data.features[node.index].short);
    make(svg, "text", { x: node.x + labels.share, y: node.y, "text-anchor": "end", class: "small" }, percent(net.features[node.index].share));
  }
  tooltip(group, () => {
    const value = node.layer === last ? prediction()[node.index] : net.records[net.depths[node.layer]].x[node.index];
    const about = node.layer < last ? `; importance ${percent(node.importance)}` : "";
    return `${nodeName(node.layer, node.index)} = ${node.layer ? format(value) : valueName(node.index, x[node.index])}${about}`;
  });
}

// Needs to be on the screen: names are measured.
function drawNetwork() {
  const svg = $("network"), { diagram } = net;
  svg.replaceChildren();
  for (const edge of [...net.edges].reverse()) drawEdge(svg, edge);
  for (const node of net.nodes.values()) drawNode(svg, node);
  const texts = [...svg.querySelectorAll("text")].map((text) => text.getBBox());
  const left = Math.min(...texts.map((box) => box.x), -10) - 8;
  const right = Math.max(...texts.map((box) => box.x + box.width), diagram.width) + 10;
  svg.setAttribute("viewBox", `${left} 0 ${right - left} ${diagram.height}`);
  svg.style.maxWidth = `${Math.round((right - left) * 1.35)}px`;
  svg.style.minWidth = `${Math.round(0.85 * (right - left))}px`;
  const frame = svg.parentElement, wide = frame.scrollWidth > frame.clientWidth;
  if (wide) frame.setAttribute("tabindex", "0");
  document.querySelector(".narrow").hidden = !wide;
  $("caption").textContent = diagram.caption;
  buildEdgeList();
  if (net.edges.length) select(net.edges.find((edge) => edge.layer === 0) || net.edges[0]);
  drawn = net;
}

// Under a network too large to be read its small twin can be had, and the other way round.
function nameNet() {
  const button = $("which-net");
  button.hidden = !twin;
  if (!twin) return;
  const small = net === twin;
  $("network-title").textContent = small ? "A small twin of the network" : "The network";
  button.textContent = small ? `The whole network, ${data.edges} edges` : "Its small twin";
  $("twin-note").textContent = small ? `R² to the predictions of the whole network ${data.twin.fidelity.toFixed(3)}, on rows held out` : "";
}

function showNetwork() {
  nameNet();
  if (drawn !== net) drawNetwork();
  watchNetwork();
}

$("which-net").addEventListener("click", () => {
  net = net === twin ? whole : twin;
  showNetwork();
});

function watchNetwork() {
  if (drawn !== net || $("network-card").offsetParent === null) return;
  net.records = net === whole ? records : forward(net.layers, rowOf(net));
  for (const edge of net.edges) {
    if (!edge.spot) continue;
    const v = edgeInput(edge);
    edge.spot.setAttribute("cx", edge.x + edge.place(v));
    edge.spot.setAttribute("cy", edge.y - edge.level(edgeAt(edge, v)));
  }
  for (const node of net.nodes.values()) {
    if (!node.value) continue;
    const v = net.records[net.depths[node.layer]].x[node.index];
    node.fill.setAttribute("opacity", (0.55 * clamp(Math.abs(v), 0, 1)).toFixed(3));
    node.value.textContent = format(Number(v.toPrecision(2)));
  }
  if (selected) updatePlot();
}

watchers.push(watchNetwork);

let calm = 0;
function flow() {
  $("network").classList.add("flowing");
  clearTimeout(calm);
  calm = setTimeout(() => $("network").classList.remove("flowing"), 1200);
}

// ---------------------------------------------------------------------------------------- one edge

const PLOT = { left: 48, right: 10, top: 10, bottom: 34, width: 400, height: 236 };

function select(edge) {
  if (selected && selected.group) selected.group.classList.remove("selected");
  selected = edge;
  if (edge.group) edge.group.classList.add("selected");
  $("edge-title").textContent = edgeName(edge);
  $("edge-share").textContent = `importance ${percent(edge.importance)}`;
  $("edge-list").value = `${edge.layer}/${edge.i}/${edge.j}`;
  const list = $("candidates");
  list.replaceChildren();
  const formulas = net.candidates[`${edge.layer}/${edge.i}/${edge.j}`] || [];
  if (formulas.length) {
    make(list, "p", { class: "hint" }, "Formulas that come close");
    const items = make(list, "ul");
    for (const formula of formulas) make(make(items, "li"), "code", {}, formula);
  }
  net.records = net === whole ? records : forward(net.layers, rowOf(net));
  drawPlot();
}

function drawPlot() {
  const edge = selected, svg = $("plot"), layer = net.splines[edge.layer], w = coefficients(edge);
  svg.replaceChildren();
  colored(svg, edge.layer, edge.i);
  $("show-basis").parentElement.hidden = ofLevels(edge);
  if (ofLevels(edge)) { drawLevels(svg, edge); return; }
  const [lo, hi] = edgeSpan(edge), margin = 0.1 * (hi - lo), n = 120, scale = unit(edge);
  const xs = Array.from({ length: n + 1 }, (_, r) => lo - margin + ((hi - lo + 2 * margin) * r) / n);
  const designs = xs.map((v) => design(layer, edge.i, v).values), ys = designs.map((d) => scale * dot(w, d));
  const parts = Array.from(w, (weight, r) => designs.map((d) => scale * weight * d[r]));
  const basis = $("show-basis").checked, sd = edge.sd || [], step = (hi - lo) / (sd.length - 1);
  const side = (sign) => sd.map((s, r) => [lo + step * r, edgeAt(edge, lo + step * r) + sign * 2 * s]);
  const all = [...ys, ...(basis ? parts.flat() : []), ...[...side(1), ...side(-1)].map(([, v]) => v)];
  const low = Math.min(...all), high = Math.max(...all), room = (high - low || 1) * 0.06;
  const { px, py, floor } = axes(svg, PLOT, [xs[0], xs[n]], [low - room, high + room]);
  const line = (vs, keep = () => true) => xs.flatMap((v, r) => (keep(v) ? [`${px(v).toFixed(2)},${py(vs[r]).toFixed(2)}`] : [])).join("L");
  const corner = ([u, v]) => `${px(u)},${py(v)}`;
  if (sd.length) make(svg, "path", { class: "band", d: `M${side(1).map(corner).join("L")}L${side(-1).map(corner).reverse().join("L")}Z` });
  if (basis) for (const part of parts) make(svg, "path", { class: "basis", d: `M${line(part)}` });
  make(svg, "path", { class: "beyond", d: `M${line(ys)}` });
  const round = layer.periodic !== null && layer.periodic[edge.i];
  const within = round ? [lo, hi] : [Math.max(lo, layer.lo[edge.i]), Math.min(hi, layer.hi[edge.i])];
  make(svg, "path", { class: "curve", d: `M${line(ys, (v) => v >= within[0] - 1e-9 * margin && v <= within[1] + 1e-9 * margin)}` });
  const places = layer.quantiles[edge.i].filter((v) => v >= xs[0] && v <= xs[n]);
  make(svg, "path", { class: "rug", d: places.map((v) => `M${px(v).toFixed(2)},${floor}v-7`).join("") });
  const at = (t) => layer.lo[edge.i] + (t / layer.cells) * (layer.hi[edge.i] - layer.lo[edge.i]);
  const knots = layer.knots[edge.i].slice(layer.degree, layer.degree + layer.cells + 1).map(at).filter((v) => v >= xs[0] && v <= xs[n]);
  make(svg, "path", { class: "knot", d: knots.map((v) => `M${px(v).toFixed(2)},${floor}v5`).join("") });
  edge.cross = make(svg, "path", { class: "cross" });
  edge.mark = make(svg, "circle", { r: 4.5 });
  // A missing value has no place on the axis: it is at its end.
  edge.toPlot = (v) => [px(Number.isNaN(v) ? xs[n] : clamp(v, xs[0], xs[n])), py(clamp(edgeAt(edge, v), low - room, high + room)), floor];
  svg.setAttribute("aria-label", `Curve of ${edgeName(edge)} from ${format(lo)} to ${format(hi)}`);
  updatePlot();
}

// The levels of a category as points.
function drawLevels(svg, edge) {
  const slots = slotsOf(edge), ys = slots.map(({ v }) => edgeAt(edge, v)), low = Math.min(...ys), high = Math.max(...ys), room = (high - low || 1) * 0.08;
  const names = shortNames(slots.map(({ name }) => name), Math.floor(((PLOT.width - PLOT.left - PLOT.right) / slots.length - 4) / 6.5));
  const marks = names ? slots.map((_, r) => r) : [];
  const { px, py, floor } = axes(svg, PLOT, [-0.6, slots.length - 0.4], [low - room, high + room], marks, (r) => names[r]);
  slots.forEach(({ name, v }, r) => {
    const dot = make(svg, "circle", { class: Number.isNaN(v) ? "dot gone" : "dot", cx: px(r), cy: py(ys[r]), r: slots.length > 60 ? 3 : 5 });
    tooltip(dot, () => `${name} ↦ ${format(ys[r])}`);
  });
  edge.cross = make(svg, "path", { class: "cross" });
  edge.mark = make(svg, "circle", { r: 4.5 });
  edge.toPlot = (v) => {
    const r = slotAt(slots, v < 0 ? slots.length - 1 - net.features[edge.i].missing : v);
    return [px(r), py(ys[r]), floor];
  };
  svg.setAttribute("aria-label", `Levels of ${edgeName(edge)}`);
  updatePlot();
}

// What there is to say about an edge now.
function edgeFacts(edge, layer, v) {
  const value = `${inputName(edge)} ↦ ${format(edgeAt(edge, v))}`;
  if (ofLevels(edge)) return [["Now", value], ["Category", `${net.features[edge.i].levels.length - 1} levels`]];
  const slope = unit(edge) * dot(coefficients(edge), design(layer, edge.i, v).slopes);
  const round = layer.periodic !== null && layer.periodic[edge.i];
  const outside = !round && (v < layer.lo[edge.i] || v > layer.hi[edge.i]) ? ", outside the grid" : "";
  return [
    ["Now", value + (Number.isNaN(v) ? "" : `, slope ${format(slope)}${outside}`)],
    ["Spline", `degree ${layer.degree}, ${layer.cells} intervals` + (layer.silu ? ", plus silu" : "")],
  ];
}

function updatePlot() {
  const edge = selected, v = edgeInput(edge), layer = net.splines[edge.layer], [cx, cy, floor] = edge.toPlot(v);
  edge.mark.setAttribute("cx", cx);
  edge.mark.setAttribute("cy", cy);
  edge.cross.setAttribute("d", `M${cx},${cy}V${floor}M${cx},${cy}H${PLOT.left}`);
  const list = $("edge-facts");
  list.replaceChildren();
  for (const [name, text] of edgeFacts(edge, layer, v)) {
    make(list, "dt", {}, name);
    make(list, "dd", {}, text);
  }
}

function buildEdgeList() {
  const list = $("edge-list"), byKey = new Map();
  list.replaceChildren();
  for (const edge of [...net.edges].sort((a, b) => a.layer - b.layer || b.importance - a.importance)) {
    const key = `${edge.layer}/${edge.i}/${edge.j}`;
    byKey.set(key, edge);
    make(list, "option", { value: key }, `${edgeName(edge)}  (${percent(edge.importance)})`);
  }
  list.onchange = () => select(byKey.get(list.value));
  $("edge").classList.toggle("empty", !net.edges.length);
}

$("show-basis").addEventListener("change", drawPlot);
