// The first view: what each feature does to the prediction, and how this prediction comes about.

const effects = data.effects, LARGE = { left: 56, right: 14, top: 10, bottom: 38, width: 640, height: 300 };
// Room beside a curve for what a missing value does.
const MISSING = 66;
const MINI = { width: 132, height: 58 };
// What is looked at: an output and a sign, as of two classes the first has the log-odds of the other.
const choices = data.outputs.map((output, o) => ({ o, sign: 1, name: output.name, short: output.short }));
if (data.other) choices.push({ o: 0, sign: -1, name: data.other, short: data.other });
let choice = choices[0], part = null;

const SCALES = { identity: "", log: "the logarithm of ", logit: "the log-odds of ", softmax: "the score of " };
const scaleName = () => `${SCALES[data.link]}${choice.name}`;

// ---------------------------------------------------------------------------------------- values

// Node below v and how far v is on the way to the next, from 0 to 1.
function placeOf(nodes, v) {
  if (nodes.length === 1) return [0, 0];
  let r = 0;
  while (r < nodes.length - 2 && nodes[r + 1] <= v) r++;
  return [r, clamp((v - nodes[r]) / (nodes[r + 1] - nodes[r]), 0, 1)];
}

function curveAt(i, v) {
  const curve = effects.curves[i];
  if (effects.means) {
    const weights = first.coef[i][choice.o];
    return choice.sign * (weights === null ? 0 : data.outputs[choice.o].scale * dot(weights, design(first, i, v).values) - effects.means[i][choice.o]);
  }
  if (curve.y === null) return 0;
  if (Number.isNaN(v)) return curve.missing ? choice.sign * curve.missing.y[choice.o] : 0;
  const y = curve.y[choice.o], [r, t] = placeOf(curve.x, v);
  return choice.sign * (y.length === 1 ? y[0] : y[r] * (1 - t) + y[r + 1] * t);
}

// Of missing values, for which there is no map, it is part of what is more together.
function surfaceAt(surface, u, v) {
  if (Number.isNaN(u) || Number.isNaN(v)) return 0;
  const z = surface.z[choice.o], [r, s] = placeOf(surface.x[0], u), [q, t] = placeOf(surface.x[1], v);
  const row = (a) => (z[a] ? z[a][q] * (1 - t) + (q + 1 < z[a].length ? z[a][q + 1] * t : 0) : 0);
  return choice.sign * (row(r) * (1 - s) + row(r + 1) * s);
}

function contributions() {
  const values = x.map((v, i) => curveAt(i, v));
  for (const surface of effects.surfaces) {
    const [i, j] = surface.features, half = surfaceAt(surface, x[i], x[j]) / 2;
    values[i] += half;
    values[j] += half;
  }
  const mean = choice.sign * effects.mean[choice.o], raw = choice.sign * rawPrediction()[choice.o];
  return { mean, values, raw, rest: raw - mean - values.reduce((a, b) => a + b, 0) };
}

// ---------------------------------------------------------------------------------------- the list

const importance = (i) => effects.curves[i].importance;
const ranked = (effects ? data.features.map((_, i) => i) : []).sort((a, b) => importance(b) - importance(a) || a - b);
const isCurve = (one) => one.features.length === 1;
const parts = effects ? [
  ...ranked.map((i) => ({ features: [i], name: data.features[i].name, share: importance(i), curve: effects.curves[i] })),
  ...effects.surfaces.map((surface) => ({ features: surface.features, name: surface.features.map((i) => data.features[i].name).join(" × "), share: surface.share, surface })),
] : [];

const seen = (curve) => (curve.discrete ? [curve.x[0], curve.x[curve.x.length - 1]] : curve.middle);

// Points of a curve within the middle of the data.
function pointsOf(i) {
  const curve = effects.curves[i], [lo, hi] = seen(curve);
  const inner = curve.x.filter((v) => v > lo && v < hi);
  return (curve.discrete ? curve.x : [lo, ...inner, hi]).map((v) => [v, curveAt(i, v)]);
}

// What a missing value does, or nothing if none was missing: value and standard deviation.
function missingOf(i) {
  const { missing } = effects.curves[i];
  return missing && { y: curveAt(i, NaN), sd: missing.sd && missing.sd[choice.o] };
}

// One scale for all curves: bands of a few rows do not count.
function scaleOf() {
  const ys = ranked.flatMap((i) => [...pointsOf(i).map(([, y]) => y), ...(missingOf(i) ? [missingOf(i).y] : [])]), lo = Math.min(...ys, 0), hi = Math.max(...ys, 0);
  return [lo, hi === lo ? lo + 1 : hi];
}

let scale = [0, 1], largest = 1;

function rescale() {
  scale = scaleOf();
  const seenValues = effects.surfaces.flatMap(({ z, seen }) => z[choice.o].flatMap((row, r) => row.filter((_, q) => seen[r][q]).map(Math.abs)));
  largest = Math.max(...seenValues, 1e-300);
}

function heat(value) {
  const share = Math.round(100 * clamp(Math.abs(value) / largest, 0, 1));
  return `color-mix(in srgb, var(${value > 0 ? "--hot" : "--cold"}) ${share}%, var(--card))`;
}

function buildList() {
  const list = $("effect-list");
  for (const one of parts) {
    const button = make(list, "button", { class: "mini", "aria-pressed": "false" });
    const head = make(button, "span", { class: "mini-head" });
    make(head, "b", {}, one.name);
    make(head, "span", { class: "muted" }, percent(one.share));
    one.svg = makeSvg(button, { viewBox: `0 0 ${MINI.width} ${MINI.height}`, "aria-hidden": "true" });
    paint(one.svg, data.colors[0][one.features[0]]);
    one.button = button;
    button.addEventListener("click", () => choosePart(one));
  }
}

function drawMini(one) {
  one.svg.replaceChildren();
  if (!isCurve(one)) {
    drawCells(one.svg, one.surface, [0, 0, MINI.width, MINI.height], 8);
    return;
  }
  const i = one.features[0], [lo, hi] = seen(one.curve), [low, high] = scale;
  const gone = missingOf(i), room = MINI.width - 10 - (gone ? 16 : 0);
  const px = (v) => (Number.isNaN(v) ? MINI.width - 7 : 5 + clamp((v - lo) / (hi - lo || 1), 0, 1) * room);
  const py = (v) => MINI.height - 6 - ((clamp(v, low, high) - low) / (high - low)) * (MINI.height - 12);
  make(one.svg, "path", { class: "zero", d: `M2,${py(0)}H${MINI.width - 2}` });
  const points = pointsOf(i);
  if (one.curve.discrete) for (const [u, v] of points) make(one.svg, "circle", { class: "dot", cx: px(u), cy: py(v), r: 3.2 });
  else make(one.svg, "path", { class: "curve", d: `M${points.map(([u, v]) => `${px(u).toFixed(1)},${py(v).toFixed(1)}`).join("L")}` });
  if (gone) make(one.svg, "circle", { class: "dot gone", cx: px(NaN), cy: py(gone.y), r: 3.2 });
  one.now = make(one.svg, "circle", { class: "now", r: 3 });
  one.move = () => {
    one.now.setAttribute("cx", px(x[i]));
    one.now.setAttribute("cy", py(curveAt(i, x[i])));
  };
  one.move();
}

// A surface as cells of colour; bare where there are no rows.
function drawCells(svg, surface, [left, top, right, bottom], most) {
  const axis = [0, 1].map((k) => {
    const nodes = surface.x[k], [lo, hi] = surface.discrete[k] ? [0, 0] : effects.curves[surface.features[k]].middle;
    return surface.discrete[k] ? nodes : Array.from({ length: most }, (_, r) => lo + ((hi - lo) * (r + 0.5)) / most);
  });
  const wide = (right - left) / axis[0].length, tall = (bottom - top) / axis[1].length;
  axis[0].forEach((u, r) => axis[1].forEach((v, q) => {
    const [a, s] = placeOf(surface.x[0], u), [b, t] = placeOf(surface.x[1], v), row = surface.seen[s > 0.5 ? a + 1 : a];
    const known = row[t > 0.5 ? b + 1 : b];
    const cell = { x: left + r * wide, y: bottom - (q + 1) * tall, width: wide + 0.4, height: tall + 0.4 };
    make(svg, "rect", { ...cell, class: known ? "cell" : "cell bare", style: known ? `fill: ${heat(surfaceAt(surface, u, v))}` : "" });
  }));
  return axis;
}

// ---------------------------------------------------------------------------------------- one effect

function choosePart(one) {
  if (part) part.button.setAttribute("aria-pressed", "false");
  part = one;
  one.button.setAttribute("aria-pressed", "true");
  $("effect-title").textContent = one.name;
  $("effect-share").textContent = isCurve(one) ? `${percent(one.share)} of the variance` : `together ${percent(one.share)} of the variance`;
  drawEffect();
}

function drawEffect() {
  const svg = $("effect-plot");
  svg.replaceChildren();
  // Texts have their size on any screen.
  LARGE.width = clamp(Math.round(svg.getBoundingClientRect().width), 300, 900);
  LARGE.height = Math.round(clamp(LARGE.width * 0.5, 220, 360));
  svg.setAttribute("viewBox", `0 0 ${LARGE.width} ${LARGE.height}`);
  paint(svg, data.colors[0][part.features[0]]);
  if (isCurve(part)) drawCurve(svg, part.features[0], part.curve);
  else drawSurface(svg, part.surface);
  $("effect-note").textContent = isCurve(part)
    ? `Change of ${scaleName()}` + (part.curve.sd ? `; ${part.curve.discrete ? "bars" : "band"}: two standard deviations; grey: where the data lie` : "; grey: where the data lie")
    : `Change of ${scaleName()} beyond the two curves, from ${format(-largest, 2)} to ${format(largest, 2)}; bare where there are no rows`;
  watchEffects();
}

function drawCurve(svg, i, curve) {
  const [lo, hi] = seen(curve), points = pointsOf(i), gone = missingOf(i), sds = curve.sd && curve.sd[choice.o];
  const sdAt = (v) => { const [r, t] = placeOf(curve.x, v); return sds.length === 1 ? sds[0] : sds[r] * (1 - t) + sds[r + 1] * t; };
  const band = sds ? points.map(([u, v]) => [u, v - 2 * sdAt(u), v + 2 * sdAt(u)]) : [];
  if (gone && gone.sd !== null) band.push([NaN, gone.y - 2 * gone.sd, gone.y + 2 * gone.sd]);
  const span = scale[1] - scale[0], room = (v) => clamp(v, scale[0] - 0.25 * span, scale[1] + 0.25 * span);
  const low = Math.min(scale[0], ...band.map(([, v]) => room(v))), high = Math.max(scale[1], ...band.map(([, , v]) => room(v)));
  const pad = 0.05 * (high - low), under = 0.16 * (high - low);
  const gap = curve.discrete ? 0.5 * Math.min(...curve.x.slice(1).map((v, r) => v - curve.x[r]), hi - lo || 1) : 0;
  const ends = [lo - gap, hi + gap || 1], box = { ...LARGE, right: LARGE.right + (gone ? MISSING : 0) };
  const { px: place, py, floor } = axes(svg, box, ends, [low - pad - under, high + pad], ...marksOf(i, curve, box));
  const px = (v) => (Number.isNaN(v) ? LARGE.width - LARGE.right - MISSING / 2 : place(v));
  drawDensity(svg, curve, px, floor, gap);
  const clip = (v) => py(clamp(v, low - pad - under, high + pad)).toFixed(2);
  if (curve.discrete) {
    for (const [u, from, to] of band) make(svg, "path", { class: "bar", d: `M${px(u)},${clip(from)}V${clip(to)}` });
    points.forEach(([u, v], r) => {
      const dot = make(svg, "circle", { class: "dot", cx: px(u), cy: py(v), r: points.length > 60 ? 3 : 5 });
      tooltip(dot, () => `${curve.labels ? curve.labels[r] : format(u)}: ${format(v)}`);
    });
  } else {
    const edge = (k) => band.filter(([u]) => !Number.isNaN(u)).map((row) => `${px(row[0]).toFixed(2)},${clip(row[k])}`);
    if (sds) make(svg, "path", { class: "band", d: `M${edge(1).join("L")}L${edge(2).reverse().join("L")}Z` });
    make(svg, "path", { class: "curve", d: `M${points.map(([u, v]) => `${px(u).toFixed(2)},${py(v).toFixed(2)}`).join("L")}` });
  }
  if (gone) drawMissing(svg, gone, px(NaN), clip, curve.discrete ? [] : band);
  const cross = make(svg, "path", { class: "cross" }), mark = make(svg, "circle", { class: "now", r: 5 });
  part.follow = () => {
    const cx = px(Number.isNaN(x[i]) ? x[i] : clamp(x[i], ends[0], ends[1])), cy = clip(curveAt(i, x[i]));
    mark.setAttribute("cx", cx);
    mark.setAttribute("cy", cy);
    cross.setAttribute("d", `M${cx},${cy}V${floor}M${cx},${cy}H${LARGE.left}`);
  };
  svg.setAttribute("aria-label", `Effect of ${data.features[i].name} from ${valueName(i, lo)} to ${valueName(i, hi)}`);
}

// What a missing value does, beside the curve.
function drawMissing(svg, gone, cx, clip, band) {
  for (const [u, from, to] of band) if (Number.isNaN(u)) make(svg, "path", { class: "bar", d: `M${cx},${clip(from)}V${clip(to)}` });
  const dot = make(svg, "circle", { class: "dot gone", cx, cy: clip(gone.y), r: 5 });
  tooltip(dot, () => `missing: ${format(gone.y)}`);
  make(svg, "text", { x: cx, y: LARGE.height - 6, "text-anchor": "middle" }, "missing");
}

// Marks of the axis of a feature and their names: its few values, levels where there is room; else as the axis has them.
function marksOf(i, curve, { width, left, right }) {
  if (!curve.discrete || (!curve.labels && curve.x.length > 8)) return [null];
  if (!curve.labels) return [curve.x];
  const names = shortNames(curve.labels, Math.floor(((width - left - right) / curve.x.length - 5) / 7));
  return names ? [curve.x, (v) => names[curve.x.indexOf(v)]] : [[]];
}

function drawDensity(svg, curve, px, floor, gap) {
  const most = 34, inside = curve.x.map((v, r) => [v, curve.density[r], r]).filter(([v]) => v >= seen(curve)[0] && v <= seen(curve)[1]);
  if (curve.discrete) {
    const top = Math.max(...curve.density), wide = Math.max(px(gap) - px(0), 6);
    for (const [v, d] of inside) make(svg, "rect", { class: "density", x: px(v) - wide / 2, y: floor - (most * d) / top, width: wide, height: (most * d) / top });
    return;
  }
  const width = (r) => (curve.x[Math.min(r + 1, curve.x.length - 1)] - curve.x[Math.max(r - 1, 0)]) / 2;
  const level = inside.map(([v, d, r]) => [v, d / width(r)]), top = Math.max(...level.map(([, d]) => d));
  const [lo, hi] = curve.middle, ends = [[lo, level[0][1]], ...level, [hi, level[level.length - 1][1]]];
  make(svg, "path", { class: "density", d: `M${px(lo)},${floor}L${ends.map(([v, d]) => `${px(v).toFixed(2)},${(floor - (most * d) / top).toFixed(2)}`).join("L")}L${px(hi)},${floor}Z` });
}

function drawSurface(svg, surface) {
  const { left, right, top, bottom, width, height } = LARGE, box = [left, top, width - right, height - bottom];
  const grid = drawCells(svg, surface, box, 36);
  const spans = [0, 1].map((k) => (surface.discrete[k] ? [-0.5, grid[k].length - 0.5] : effects.curves[surface.features[k]].middle));
  const at = (k, v) => (surface.discrete[k] ? grid[k].indexOf(grid[k].reduce((a, b) => (Math.abs(b - v) < Math.abs(a - v) ? b : a))) : v);
  const px = (v) => left + clamp((at(0, v) - spans[0][0]) / (spans[0][1] - spans[0][0]), 0, 1) * (width - left - right);
  const py = (v) => height - bottom - clamp((at(1, v) - spans[1][0]) / (spans[1][1] - spans[1][0]), 0, 1) * (height - top - bottom);
  const marks = (k) => (surface.discrete[k] ? grid[k] : ticks(spans[k][0], spans[k][1], 5));
  const [i, j] = surface.features, most = [(width - left - right) / grid[0].length / 7, grid[1].length > 20 ? 0 : 6];
  const names = [i, j].map((feature, k) => (isCategory(feature) ? shortNames(grid[k].map((v) => valueName(feature, v)), Math.floor(most[k])) || [] : null));
  const name = (k, v) => (names[k] ? names[k][grid[k].indexOf(v)] || "" : format(v));
  for (const v of marks(0)) make(svg, "text", { x: px(v), y: height - 18, "text-anchor": "middle" }, name(0, v));
  for (const v of marks(1)) make(svg, "text", { x: left - 6, y: py(v) + 4, "text-anchor": "end" }, name(1, v));
  make(svg, "text", { x: (left + width - right) / 2, y: height - 3, "text-anchor": "middle" }, data.features[i].short);
  make(svg, "text", { x: 12, y: (top + height - bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 12 ${(top + height - bottom) / 2})` }, data.features[j].short);
  const mark = make(svg, "circle", { class: "now", r: 5.5 });
  part.follow = () => {
    mark.setAttribute("visibility", Number.isNaN(x[i] + x[j]) ? "hidden" : "visible");
    mark.setAttribute("cx", px(x[i] || 0));
    mark.setAttribute("cy", py(x[j] || 0));
  };
  svg.setAttribute("aria-label", `What ${part.name} do together`);
}

// ---------------------------------------------------------------------------------------- the sum

const FALL = { width: 400, row: 23, names: 160, right: 48, most: 9 };

function steps() {
  const { mean, values, raw, rest } = contributions();
  const most = ranked.length === FALL.most + 1 ? FALL.most + 1 : FALL.most;
  const rows = ranked.slice(0, most).map((i) => ({ name: `${cut(data.features[i].short, 13)} = ${cut(valueName(i, x[i], 3), 10)}`, value: values[i], i }));
  const others = ranked.slice(most);
  if (others.length) rows.push({ name: `${others.length} others`, value: others.reduce((sum, i) => sum + values[i], 0) });
  if (!effects.means) rows.push({ name: "more together", value: rest });
  return { mean, raw, rows };
}

function drawFall() {
  const svg = $("waterfall"), { mean, raw, rows } = steps(), height = rows.length * FALL.row + 22;
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${FALL.width} ${height}`);
  let total = mean;
  const ends = rows.map(({ value }) => { total += value; return total; });
  const low = Math.min(mean, ...ends), high = Math.max(mean, ...ends), span = high - low || 1, free = FALL.right / (FALL.width - FALL.names - 2 * FALL.right);
  const px = (v) => FALL.names + ((v - low + free * span) / (span * (1 + 2 * free))) * (FALL.width - FALL.names);
  make(svg, "path", { class: "cross", d: `M${px(mean)},4V${height - 18}` });
  rows.forEach(({ name, value, i }, r) => {
    const start = r ? ends[r - 1] : mean, y = r * FALL.row + 4, up = value >= 0;
    make(svg, "text", { x: FALL.names - 4, y: y + 13, "text-anchor": "end" }, name);
    const bar = make(svg, "rect", { class: up ? "up" : "down", x: Math.min(px(start), px(ends[r])), y, width: Math.max(Math.abs(px(ends[r]) - px(start)), 1), height: FALL.row - 7, rx: 2, "data-contribution": value });
    if (i !== undefined) bar.setAttribute("data-feature", i);
    const digits = Math.max(0, 2 - Math.floor(Math.log10(span))), shown = digits > 8 ? value : Number(value.toFixed(digits));
    make(svg, "text", { class: "amount", x: px(ends[r]) + (up ? 4 : -4), y: y + 13, "text-anchor": up ? "start" : "end" }, `${shown > 0 ? "+" : ""}${format(shown, 3)}`);
  });
  make(svg, "text", { x: px(mean), y: height - 5, "text-anchor": "middle" }, `mean ${format(mean, 3)}`);
  const means = data.link === "logit" ? `, a probability of ${(100 / (1 + Math.exp(-raw))).toFixed(1)} %` : data.link === "log" ? `, so ${format(inverseLink("log", [raw])[0])}` : "";
  $("waterfall-sum").textContent = `${scaleName()}: ${format(mean)} on average, ${format(raw)} here${means}`;
}

// ---------------------------------------------------------------------------------------- all of it

function watchEffects() {
  if (!effects || $("effect-card").offsetParent === null) return;
  for (const one of parts) if (one.move) one.move();
  if (part && part.follow) part.follow();
  drawFall();
}

function showEffects() {
  rescale();
  parts.forEach(drawMini);
  choosePart(part || parts[0]);
}

if (effects) {
  buildList();
  const list = $("output");
  choices.forEach(({ name }, r) => make(list, "option", { value: r }, name));
  list.hidden = choices.length === 1;
  list.addEventListener("change", () => {
    choice = choices[Number(list.value)];
    showEffects();
  });
  const pairs = effects.surfaces.reduce((sum, surface) => sum + surface.share, 0), alone = effects.curves.reduce((sum, curve) => sum + curve.share, 0);
  $("effect-shares").textContent = `Shares of the variance: curves ${percent(alone)}, pairs ${percent(pairs)}, rest ${percent(effects.rest)}.`;
  watchers.push(watchEffects);
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth !== width && $("effect-card").offsetParent !== null) drawEffect();
    width = innerWidth;
  });
}
