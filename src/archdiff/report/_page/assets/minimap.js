// The whole length in a strip: every row that a finding names, and which part is in sight.

class Minimap {
  constructor(pair, go) {
    this.pair = pair;
    this.go = go;
    this.canvas = h("canvas", { class: "map", role: "img", onpointerdown: (event) => this.point(event),
      onpointermove: (event) => event.buttons && this.point(event) });
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
    canvas.width = canvas.clientWidth * scale;
    canvas.height = canvas.clientHeight * scale;
    const context = canvas.getContext("2d");
    const style = getComputedStyle(canvas);
    const total = pair.length || 1;
    const y = (place) => (place / total) * canvas.height;
    context.fillStyle = style.getPropertyValue("--sight");
    const [from, to] = this.sight.map((place) => columns.row_at(place));
    context.fillRect(0, y(from), canvas.width, Math.max(3, y(to) - y(from)));
    const ticks = new Map();
    const quiet = (finding) => ["cosmetic", "state"].includes(finding.effect) || finding.category !== "difference";
    const loud = pair.findings.some((finding) => !quiet(finding));
    for (let row = 0; row < pair.length; row++) {
      const finding = pair.owner[row];
      if (finding < 0 || !columns.shown(pair.findings[finding]) || (loud && quiet(pair.findings[finding]))) continue;
      const pixel = Math.floor(y(row));
      const best = ticks.get(pixel);
      const weight = (pair.follows[row] ? 1e6 : 0) + finding;
      if (best === undefined || weight < best) ticks.set(pixel, weight);
    }
    const tall = Math.max(2 * scale, Math.min(canvas.height / total, 6 * scale));
    for (const [pixel, weight] of [...ticks].reverse()) {
      const follows = weight >= 1e6;
      const { effect } = pair.findings[weight % 1e6];
      context.fillStyle = style.getPropertyValue(`--${effect.replace(" ", "-")}`);
      context.globalAlpha = follows ? 0.35 : 1;
      const left = follows ? canvas.width / 2 : 0; // a consequence is half as wide, so that no colour is needed
      context.fillRect(left, pixel, canvas.width - left, tall);
    }
    canvas.setAttribute("aria-label", `map of all ${plural(pair.length, "row")}: ${plural(pair.findings.length, "finding")}`);
  }
}
