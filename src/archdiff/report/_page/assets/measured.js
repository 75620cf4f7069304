// What a run and a clock showed: how the error grows from layer to layer, and which times differ.

const WIDE = 600;
const TALL = 120;

function ran(run) {
  const steps = run.modes.map((mode) => mode.steps.filter((step) => step[1] !== null));
  const errors = steps.flat().map((step) => step[1]).filter((error) => error > 0);
  const low = Math.floor(Math.log10(Math.min(...errors, 1e-3)));
  const high = Math.max(Math.ceil(Math.log10(Math.max(...errors, 1e-3))), low + 1);
  const longest = Math.max(...steps.map((each) => each.length), 2);
  const x = (place) => 46 + (place / (longest - 1)) * (WIDE - 60);
  const y = (error) => (error > 0 ? 8 + ((high - Math.log10(error)) / (high - low)) * (TALL - 8) : TALL + 22);
  const lines = steps.map((each, mode) => s("g", { class: `mode${mode}` },
    s("polyline", { points: each.map((step, place) => `${x(place)},${y(step[1])}`).join(" ") }),
    each.length > 200 ? null : each.map((step, place) => s("circle", { cx: x(place), cy: y(step[1]), r: 3 },
      s("title", {}, `${run.modes[mode].name}: ${step[0]}: relative ${step[1].toPrecision(3)}`)))));
  const ticks = [high, low].map((power) => s("text", { x: 42, y: y(10 ** power) + 4 }, `1e${power}`));
  const label = `relative error behind each layer both share: ${run.modes.map((mode) => `${mode.name}: ${mode.text}`).join("; ")}`;
  return h("section", { class: "run" }, h("h2", {}, "Where they part when they run"), h("p", {}, name(run.head)),
    errors.length ? h("div", { class: "chart" }, s("svg", { viewBox: `0 0 ${WIDE} ${TALL + 30}`, role: "img", "aria-label": label },
      s("line", { x1: 46, x2: WIDE - 14, y1: TALL + 22, y2: TALL + 22 }), ticks, s("text", { x: 42, y: TALL + 26 }, "0"), lines)) : null,
    errors.length ? h("p", { class: "legend" }, "behind each layer: the norm of the difference as a share of the reference's; eval: drawn through, training: dashed") : null,
    run.modes.map((mode) => h("p", {}, h("b", {}, `${mode.name}: `), name(mode.text))),
    run.shows ? h("p", {}, h("b", {}, "shows: "), name(run.shows)) : null,
    run.more.map((text) => h("p", { class: "faint" }, name(text))));
}

function timed(bench) {
  return h("section", { class: "bench" }, h("h2", {}, "Time"), bench.head.map((text) => h("p", {}, name(text))),
    bench.points.map((point) => [h("h3", {}, `batch ${point.batch}: `, name(point.text)), interval(point), layers_of(point),
      h("p", { class: "faint" }, name(point.by)),
      point.metrics.length ? h("details", {}, h("summary", {}, plural(point.metrics.length, "metric")),
        table(["metric", "candidate", "reference", "ratio", ""], point.metrics)) : null]),
    bench.notes.map((text) => h("p", { class: "faint" }, name(text))));
}

const table = (titles, rows) => h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": titles.join(", ") }, h("table", {},
  h("thead", {}, h("tr", {}, titles.map((title) => (title ? h("th", { scope: "col" }, title) : h("td"))))),
  h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell instanceof Node ? cell : name(`${cell ?? ""}`))))))));

function interval(point) {
  if (!point.ratio) return null;
  const [estimate, low, high] = point.ratio;
  if (![estimate, low, high].every(Number.isFinite)) return null;
  const far = Math.max(Math.abs(Math.log(low)), Math.abs(Math.log(high)), Math.log(1.1));
  const x = (ratio) => WIDE / 2 + (Math.log(ratio) / far) * (WIDE / 2 - 40);
  const words = (ratio) => `${Number(ratio.toPrecision(3))}x`;
  return h("div", { class: "chart" }, s("svg", { viewBox: `0 0 ${WIDE} 44`, role: "img",
    "aria-label": `time of the candidate by that of the reference: ${words(estimate)}, 95 % interval ${words(low)} to ${words(high)}` },
    s("line", { x1: WIDE / 2, x2: WIDE / 2, y1: 0, y2: 28 }), s("text", { x: WIDE / 2, y: 41, class: "mid" }, "as fast"),
    s("line", { class: "interval", x1: x(low), x2: x(high), y1: 14, y2: 14 }), s("circle", { cx: x(estimate), cy: 14, r: 5 }),
    s("text", { x: x(estimate), y: 41, class: "mid" }, Math.abs(x(estimate) - WIDE / 2) > 60 ? words(estimate) : "")));
}

function layers_of(point) {
  if (!point.layers.length) return null;
  const most = Math.max(...point.layers.flatMap((layer) => [layer[3] || 0, layer[4] || 0])) || 1;
  const bar = (value, side) => (value === null ? "-" : h("span", { class: "time" }, s("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { class: side, width: (100 * value) / most, height: 10 })), ` ${seconds(value)}`));
  const shown = [...point.layers].sort((a, b) => Math.abs(b[5] || 0) - Math.abs(a[5] || 0)).slice(0, 30);
  return table(["layer", "class", "candidate", "reference", "of the difference"], shown.map(([ours, theirs, type, mine, other, share]) =>
    [ours || theirs || "(between layers)", type, bar(mine, "ours"), bar(other, "theirs"), share === null ? "" : `${Math.round(100 * share)} %`]));
}
