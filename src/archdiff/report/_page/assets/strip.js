// A quantity of each layer along both networks: the candidate's upwards, the reference's downwards from one axis.

const QUANTITIES = {
  parameters: ["parameters", (side, layer) => side.known(layer).parameters],
  macs: ["multiply-accumulates", (side, layer) => side.known(layer).macs],
  outputs: ["output size", (side, layer) => {
    const size = side.size(layer);
    return size && /^[\dx]+$/.test(size) ? size.split("x").reduce((product, each) => product * each, 1) : null;
  }],
  density: ["non-zero outputs", (side, layer) => side.known(layer).training],
  weights: ["non-zero weights", (side, layer) => side.known(layer).weights],
  k: ["k", (side, layer) => side.known(layer).k],
};
const MOST_BARS = 220;
const HALF = 52;

class Strip {
  constructor(pair, go) {
    this.pair = pair;
    this.go = go;
    this.known = Object.keys(QUANTITIES).filter((key) => [0, 1].some((which) => this.has(which, key)));
    this.chart = h("div", { class: "chart" });
    this.tabs = h("div", { class: "tabs", role: "group", "aria-label": "what the strip shows" }, this.known.map((key) =>
      h("button", { type: "button", "aria-pressed": "false", "data-key": key, onclick: () => this.show(key) }, QUANTITIES[key][0])));
    this.element = h("section", { class: "strip" }, h("h2", {}, "Along both networks"), this.tabs, this.chart);
    this.element.hidden = !this.known.length;
    const first = ["k", "parameters", "macs"].find((key) => this.known.includes(key) && this.differs(key));
    if (this.known.length) this.show(first || this.known[0]);
  }

  has(which, key) {
    const side = this.pair.sides[which];
    for (let layer = 0; layer < side.length; layer++) {
      const value = QUANTITIES[key][1](side, layer);
      if (value !== null && value !== undefined && value !== 0) return true;
    }
    return false;
  }

  values(key) {
    const { pair } = this;
    const of = QUANTITIES[key][1];
    return pair.columns.map((layers, which) => Array.from(layers, (layer) => (layer < 0 ? null : of(pair.sides[which], layer))));
  }

  differs(key) {
    const [ours, theirs] = this.values(key);
    return ours.some((value, row) => value !== theirs[row]);
  }

  show(key) {
    for (const tab of this.tabs.children) tab.setAttribute("aria-pressed", tab.dataset.key === key);
    const { pair } = this;
    const both = this.values(key);
    const bars = Math.min(pair.length, MOST_BARS);
    const most = both.flat().reduce((max, value) => Math.max(max, value || 0), 0) || 1;
    const tall = (value) => Math.max(value ? 1.5 : 0, Math.sqrt((value || 0) / most) * HALF);
    const shown = (value) => (value === null || value === undefined ? "not known" : most <= 1 ? percent(value) : count(value));
    const parts = [];
    const places = Array.from({ length: bars }, (_, bar) => Math.floor((bar * pair.length) / bars));
    places.forEach((first, bar) => {
      const end = Math.max(first + 1, places[bar + 1] ?? pair.length);
      const peak = both.map((values) => {
        let best = first;
        for (let row = first; row < end; row++) if ((values[row] || 0) > (values[best] || 0)) best = row;
        return best;
      });
      let other = false;
      for (let row = first; row < end; row++) other ||= both[0][row] !== both[1][row];
      const words = peak.map((row, which) => {
        const layer = pair.columns[which][row];
        const size = layer < 0 ? "" : pair.sides[which].size(layer);
        return layer < 0 ? "none" : `${pair.sides[which].path(layer)}${size ? ` (${size})` : ""}: ${shown(both[which][row])}`;
      });
      parts.push(s("g", { class: other ? "bar other" : "bar", onclick: () => this.go(first) },
        s("title", {}, `${words[0]} | ${words[1]}`),
        s("rect", { class: "catch", x: bar, y: 0, width: 1, height: 2 * HALF }),
        peak.map((row, which) => {
          const height = tall(both[which][row]);
          return s("rect", { class: ["ours", "theirs"][which], x: bar + 0.08, width: 0.84, y: which ? HALF : HALF - height, height });
        })));
    });
    this.chart.replaceChildren();
    const label = `${QUANTITIES[key][0]} of each layer: the candidate above the line, the reference below; the largest is ${shown(most)}`;
    fill(this.chart, {}, [
      s("svg", { viewBox: `0 0 ${Math.max(bars, 24)} ${2 * HALF}`, preserveAspectRatio: "none", role: "img", "aria-label": label }, parts,
        s("line", { x1: 0, x2: Math.max(bars, 24), y1: HALF, y2: HALF })),
      this.sizes(),
      h("p", { class: "legend" }, h("i", { class: "key ours" }), "candidate ", h("i", { class: "key theirs" }), "reference",
        `; largest: ${shown(most)}; heights are square roots; a bar is in full colour where a layer in it differs`)]);
  }

  // Where the output shape changes, in words, as far as there is room.
  sizes() {
    const { pair } = this;
    const lists = pair.sides.map((side) => {
      const found = [];
      for (let layer = 0; layer < side.length; layer++) {
        const size = side.size(layer);
        if (size && size !== found[found.length - 1]) found.push(size);
      }
      return found;
    });
    if (!lists[0].length && !lists[1].length) return null;
    const same = lists[0].join() === lists[1].join();
    const words = (found) => (found.length > 12 ? [...found.slice(0, 7), "...", ...found.slice(-4)] : found).join("  ");
    return h("p", { class: "sizes" }, "shapes: ",
      same ? words(lists[0]) : [h("span", { class: "ours" }, words(lists[0])), h("br"), "against ", h("span", { class: "theirs" }, words(lists[1]))]);
  }
}
