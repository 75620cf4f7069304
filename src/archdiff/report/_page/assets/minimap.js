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
    if (this.ticked !== columns.shown || canvas.width !== width || canvas.height !== height) {
      [canvas.width, canvas.height] = [width, height];
      this.ticks = this.ticks_of(height);
      this.ticked = columns.shown;
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
    for (const [pixel, effect, follows] of this.ticks) {
      context.fillStyle = style.getPropertyValue(`--${effect.replace(" ", "-")}`);
      context.globalAlpha = follows ? 0.35 : 1;
      const left = follows ? width / 2 : 0; // a consequence is half as wide, so that no colour is needed
      context.fillRect(left, pixel, width - left, tall);
    }
    context.globalAlpha = 1;
  }

  // One tick a pixel: the gravest of its rows. Spelling is shown where there is nothing else.
  ticks_of(height) {
    const { columns, pair } = this;
    const quiet = (finding) => ["cosmetic", "state"].includes(finding.effect) || finding.category !== "difference";
    const loud = pair.findings.some((finding) => !quiet(finding));
    const shown = pair.findings.map((finding) => columns.shown(finding) && !(loud && quiet(finding)));
    const best = new Map();
    for (let row = 0; row < pair.length; row++) {
      const finding = pair.owner[row];
      if (finding < 0 || !shown[finding]) continue;
      const pixel = Math.floor((row / pair.length) * height);
      const weight = pair.follows[row] * pair.findings.length + finding;
      if (!(best.get(pixel) <= weight)) best.set(pixel, weight);
    }
    const { length } = pair.findings;
    const ticks = [...best].sort((a, b) => b[1] - a[1]);
    return ticks.map(([pixel, weight]) => [pixel, pair.findings[weight % length].effect, weight >= length]);
  }
}
