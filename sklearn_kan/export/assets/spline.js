"use strict";
// The network in JavaScript: the same numbers as KANNetwork.forward, extrapolation and all.
// A spline layer has, in the unit of cells, knots[i] (k of them on each side outside the grid [0, cells]).

const FAR = 1e30;

// The degree + 1 B-splines that are not zero between knots t[m] and t[m + 1]; beyond them, their polynomials.
function alive(t, degree, m, s) {
  const values = [1];
  for (let d = 1; d <= degree; d++) {
    let saved = 0;
    for (let r = 0; r < d; r++) {
      // Far out their sum is not the distance of the knots any more.
      const right = t[m + r + 1] - s, left = s - t[m + 1 - d + r], width = t[m + r + 1] - t[m + 1 - d + r];
      const term = values[r] / width;
      values[r] = saved + right * term;
      saved = left * term;
    }
    values[d] = saved;
  }
  return values;
}

// Their derivatives, per cell.
function aliveSlopes(t, degree, m, s) {
  const lower = alive(t, degree - 1, m, s), slopes = [];
  for (let r = 0; r <= degree; r++) {
    const a = m - degree + r; // Number of the B-spline.
    const rise = r > 0 ? lower[r - 1] / (t[a + degree] - t[a]) : 0;
    const fall = r < degree ? lower[r] / (t[a + degree + 1] - t[a + 1]) : 0;
    slopes.push(degree * (rise - fall));
  }
  return slopes;
}

// silu at the place z on the grid mapped to [-1, 1], and a outside it by the rule of the splines.
function residualBranch(z, a, extrapolation) {
  const at = extrapolation === "continue" ? z + a : z, gate = 1 / (1 + Math.exp(-at));
  const value = at * gate, slope = gate * (1 + at * (1 - gate));
  if (a === 0 || extrapolation === "continue") return { value, slope };
  return extrapolation === "constant" ? { value, slope: 0 } : { value: value + a * slope, slope };
}

// The functions of a category, or of what is missing; null of a number that is known.
function columnDesign(layer, i, x) {
  const n = layer.levels === null ? 0 : layer.levels[i], missing = Number.isNaN(x) && layer.absent !== null;
  if (n === 0 && !missing) return null;
  const values = new Float64Array(layer.absent[i].length), slopes = new Float64Array(values.length);
  if (missing) values.set(layer.absent[i]);
  else values[x >= 0 && x < n ? Math.floor(x) : n] = 1;
  return { values, slopes };
}

// All basis functions of input i at x, and their derivatives by x; the residual branch comes last.
function design(layer, i, x) {
  const column = columnDesign(layer, i, x);
  if (column !== null) return column;
  const { cells, degree: k, reach, extrapolation } = layer, t = layer.knots[i];
  const scale = cells / (layer.hi[i] - layer.lo[i]);
  const round = layer.periodic !== null && layer.periodic[i];
  let s = (x - layer.lo[i]) * scale;
  if (round) s -= cells * Math.floor(s / cells);
  const inside = Math.min(Math.max(s, 0), cells);
  let excess = Math.min(Math.max(s - inside, -FAR), FAR), damp = 1;
  if (excess !== 0 && reach !== null) {
    const shrink = 1 / (1 + Math.abs(excess) / (reach * cells));
    excess *= shrink;
    damp = shrink * shrink;
  }
  let cell = 0;
  while (cell < cells - 1 && t[k + cell + 1] <= inside) cell++;
  const at = extrapolation === "continue" ? inside + excess : inside;
  let values = alive(t, k, k + cell, at), slopes = aliveSlopes(t, k, k + cell, at);
  if (excess !== 0 && extrapolation !== "continue") {
    if (extrapolation === "constant") slopes = slopes.map(() => 0);
    else values = values.map((v, r) => v + excess * slopes[r]);
  }
  const size = layer.absent === null ? layer.coefs : layer.absent[i].length;
  const all = new Float64Array(size), rates = new Float64Array(size);
  for (let r = 0; r <= k; r++) {
    all[cell + r] = values[r];
    rates[cell + r] = slopes[r] * scale * damp;
  }
  if (layer.silu) {
    const branch = residualBranch(2 * inside / cells - 1, 2 * excess / cells, extrapolation);
    all[size - 1] = branch.value;
    rates[size - 1] = branch.slope * damp * 2 / (layer.hi[i] - layer.lo[i]);
  }
  return { values: all, slopes: rates };
}

function dot(a, b) {
  let sum = 0;
  for (let r = 0; r < a.length; r++) sum += a[r] * b[r];
  return sum;
}

// One layer at x: its output and, for splines, the designs and the value and slope of each edge.
function layerForward(layer, x) {
  if (layer.type === "tanh") return { x, output: x.map(Math.tanh) };
  const designs = x.map((v, i) => design(layer, i, v));
  const output = new Array(layer.outputs).fill(0);
  const edges = designs.map((d, i) => layer.coef[i].map((w, j) => {
    if (w === null) return null;
    const edge = { value: dot(w, d.values), slope: dot(w, d.slopes) };
    output[j] += edge.value;
    return edge;
  }));
  return { x, output, designs, edges };
}

// Knots that are equally spaced are not written in the data.
function withKnots(layers) {
  for (const layer of layers) {
    if (layer.type !== "spline" || layer.knots !== null) continue;
    const row = Array.from({ length: layer.cells + 2 * layer.degree + 1 }, (_, r) => r - layer.degree);
    layer.knots = layer.lo.map(() => row);
  }
  return layers;
}

// The whole network: one record a layer.
function forward(layers, x) {
  const records = [];
  for (const layer of layers) {
    records.push(layerForward(layer, x));
    x = records[records.length - 1].output;
  }
  return records;
}

// Raw predictions to predictions.
function inverseLink(link, raw) {
  if (link === "log") return raw.map((v) => Math.exp(Math.min(Math.max(v, -700), 700)));
  if (link === "logit") return raw.map((v) => 1 / (1 + Math.exp(-v)));
  if (link !== "softmax") return raw;
  const most = Math.max(...raw), powers = raw.map((v) => Math.exp(v - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((v) => v / sum);
}
