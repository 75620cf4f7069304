// The whole length in a strip: every row that a finding names, and which part is in sight.

class Minimap {
  constructor(pair, go) {
    this.pair = pair;
    this.go = go;
    this.canvas = h("canvas", { class: "map", role: "img", onpointerdown: (event) => this.point(event),
      onpointermove: (event) => event.buttons && this.point(event) });
    this.element = h("div", { class: "map-side" }, this.canvas); // a canvas alone would keep its height
    this.sight = [0, 1];
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  point(event) {
    const { top, height } = this.canvas.getBoundingClientRect();
    this.go(Math.max(0, Math.min(1, (event.clientY - top) / height)));
  }

  show(columns, from, to) {
    this.columns = columns;
    this.sight = [from, to];
    this.draw();
  }

  draw() {
    const { canvas, columns, pair } = this;
    if (!columns || !canvas.clientHeight) return;
    const scale = devicePixelRatio || 1;
    const width = canvas.clientWidth * scale;
    const height = canvas.clientHeight * scale;
    if (this.ticked !== pair.owner || canvas.width !== width || canvas.height !== height) {
      [canvas.width, canvas.height] = [width, height];
      this.ticks = this.ticks_of(height);
      this.ticked = pair.owner;
      canvas.setAttribute("aria-label", `map of all ${plural(pair.length, "row")}: ${plural(pair.findings.length, "finding")}`);
    }
    const context = canvas.getContext("2d");
    const style = getComputedStyle(canvas);
    const y = (row) => (row / (pair.length || 1)) * height;
    context.clearRect(0, 0, width, height);
    context.fillStyle = style.getPropertyValue("--sight");
    const [from, to] = this.sight.map((place) => columns.row_at(place));
    context.fillRect(0, y(from), width, Math.max(3, y(to) - y(from)));
    const tall = Math.max(2 * scale, Math.min(y(1), 6 * scale));
    for (const [pixel, effect, share] of this.ticks) {
      context.fillStyle = style.getPropertyValue(`--${effect.replace(" ", "-")}`);
      context.globalAlpha = share < 1 ? 0.4 : 1;
      context.fillRect(width * (1 - share), pixel, width * share, tall); // the less it weighs the narrower, so that no colour is needed
    }
    context.globalAlpha = 1;
  }

  // One tick a pixel, that of the row that weighs most: what differs, what follows, what is spelled differently.
  ticks_of(height) {
    const { pair } = this;
    const { length } = pair.findings;
    const share = pair.findings.map((finding) => (quiet(finding) ? 0.2 : 1));
    const best = new Map();
    for (let row = 0; row < pair.length; row++) {
      const finding = pair.owner[row];
      if (finding < 0) continue;
      const pixel = Math.floor((row / pair.length) * height);
      const level = share[finding] < 1 ? 2 : pair.follows[row];
      const weight = level * length + finding;
      if (!(best.get(pixel) <= weight)) best.set(pixel, weight);
    }
    const ticks = [...best].sort((a, b) => b[1] - a[1]);
    return ticks.map(([pixel, weight]) => [pixel, pair.findings[weight % length].effect, [1, 0.5, 0.2][Math.floor(weight / length)]]);
  }
}
