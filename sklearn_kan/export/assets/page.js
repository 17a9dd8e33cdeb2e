// What all views share: the data of the page, the row that is looked at, and helpers to draw.

const data = JSON.parse(document.getElementById("data").textContent);
const layers = withKnots(data.layers);
const first = layers.find((layer) => layer.type === "spline");
const members = data.interval && data.interval.members.map((member) => ({ ...member, layers: withKnots(member.layers), factor: member.factor && rowsOfBytes(member.factor, member.rank), rest: member.factor && floats(member.rest) }));
const x = data.features.map((feature) => feature.median);
let records = [];
// Views are told when the row or what is chosen changes.
const watchers = [];

// Numbers of two bytes (sign, 5 bits of exponent, 10 of fraction), times a unit.
function floats({ text, unit }) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return Float64Array.from({ length: bytes.length / 2 }, (_, r) => {
    const bits = bytes[2 * r] + 256 * bytes[2 * r + 1], power = (bits >> 10) & 31, part = bits & 1023;
    const size = power ? 2 ** (power - 15) * (1 + part / 1024) : 2 ** -24 * part;
    return (bits >> 15 ? -unit : unit) * size;
  });
}

// Rows of numbers of one byte, from -127 to 127, times a unit for each row.
function rowsOfBytes({ text, units }, rank) {
  const values = Int8Array.from(atob(text), (c) => c.charCodeAt(0)), sizes = floats(units);
  return Float64Array.from(values, (value, place) => (value / 127) * sizes[Math.floor(place / rank)]);
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

function makeSvg(parent, attributes) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  parent.appendChild(svg);
  return svg;
}

function format(value, digits = 4) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return value.toExponential(2).replace("-", "−").replace("e−", "e-");
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

// ---------------------------------------------------------------------------------------- columns

const isCategory = (i) => data.features[i].levels !== null;

// What a value of a feature is called: a number, a level, or that it is missing.
function valueName(i, v, digits = 4) {
  if (Number.isNaN(v)) return "missing";
  const { levels } = data.features[i];
  if (levels === null) return format(v, digits);
  return levels[v >= 0 && v < levels.length - 1 ? v : levels.length - 1];
}

// Codes of all levels, of other levels last.
const codesOf = (i) => data.features[i].levels.map((_, code, levels) => (code < levels.length - 1 ? code : -1));

const cut = (text, most) => (Array.from(text).length > most ? `${Array.from(text).slice(0, most - 1).join("")}…` : text);

// Names of so many letters at most that still differ, or null: cut at their ends, or at their beginnings.
function shortNames(names, most) {
  if (most < 3) return null;
  const tail = (text) => (Array.from(text).length > most ? `…${Array.from(text).slice(1 - most).join("").trimStart()}` : text);
  return [names.map((name) => cut(name, most)), names.map(tail)].find((short) => new Set(short).size === names.length) || null;
}

function percent(share) {
  return share >= 0.01 ? `${Math.round(100 * share)} %` : share > 0 ? "< 1 %" : "0 %";
}

// Sums of many pieces may end up a hair beyond the range; drawing only.
const clamp = (value, lo, hi) => Math.min(Math.max(value, lo), hi);

function paint(element, [light, dark]) {
  element.classList.add("k");
  element.style.setProperty("--light", light);
  element.style.setProperty("--dark", dark);
}

function ticks(lo, hi, most) {
  const raw = (hi - lo) / most, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999) || raw;
  const marks = [];
  for (let r = Math.ceil(lo / step - 1e-9); r * step <= hi + 1e-9 * step && marks.length < 20; r++) marks.push(r * step);
  return marks;
}

// Axes of a plot: places of values on an svg of this size, and a grid with numbers.
function axes(svg, { width, height, left, right, top, bottom }, [x0, x1], [y0, y1], marks = null, name = format) {
  const px = (v) => left + ((v - x0) / (x1 - x0)) * (width - left - right);
  const py = (v) => height - bottom - ((v - y0) / (y1 - y0)) * (height - top - bottom);
  for (const v of ticks(y0, y1, 5)) {
    make(svg, "path", { class: "axis", d: `M${left},${py(v)}H${width - right}` });
    make(svg, "text", { x: left - 6, y: py(v) + 4, "text-anchor": "end" }, format(v));
  }
  if (y0 < 0 && y1 > 0) make(svg, "path", { class: "zero", d: `M${left},${py(0)}H${width - right}` });
  for (const v of marks || ticks(x0, x1, 5)) make(svg, "text", { x: px(v), y: height - 6, "text-anchor": "middle" }, name(v));
  return { px, py, floor: height - bottom };
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

function rawPrediction() {
  return records[records.length - 1].output.map((v, o) => v * data.outputs[o].scale + data.outputs[o].mean);
}

function prediction() {
  return inverseLink(data.link, rawPrediction());
}

function update() {
  records = forward(layers, x);
  for (const watch of watchers) watch();
}
