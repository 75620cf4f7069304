// One comparison: its list of findings is taken over from the HTML, and the rest is made of the packed data.

const EFFECTS = ["function", "unknown", "inference", "training", "init", "state", "equivalent", "cosmetic"];
const KEYS = "keys: n and p next and previous finding, / search, u all rows, Esc back to the rows";

class Page {
  constructor(article, pair, rules) {
    this.pair = pair;
    this.article = article;
    this.hidden = new Set();
    this.findings = new Findings(pair, rules, (index) => this.go(index));
    this.map = new Minimap(pair, (share) => this.scroll(share));
    this.columns = new Columns(pair, (index, row) => this.choose(index, row), (from, to) => this.map.show(this.columns, from, to));
    this.map.show(this.columns, 0, 1);
    const list = article.querySelector(".findings");
    list.querySelector(".list").replaceWith(this.findings.element);
    this.status = h("span", { class: "status", role: "status" });
    const below = h("div", { class: "below" }, pair.length ? new Strip(pair, (row) => this.columns.reveal(row)).element : null,
      pair.run ? ran(pair.run) : null, pair.bench ? timed(pair.bench) : null);
    this.work = h("div", { class: "work" }, this.layers(), list, below);
    article.querySelector(".facts").after(this.work);
    this.columns.measure();
    this.at = -1;
  }

  layers() {
    const { pair } = this;
    const kinds = pair.findings.map(kind_of);
    const used = [...EFFECTS, "not printed", "measured", "about the paper"].filter((kind) => kinds.includes(kind));
    const buttons = used.map((kind) =>
      h("button", { type: "button", class: `chip effect-${kind.replaceAll(" ", "-")}`, "aria-pressed": "true",
        onclick: (event) => this.toggle(event.currentTarget, kind) }, `${count(kinds.filter((each) => each === kind).length)} ${kind}`));
    this.chips = new Map(used.map((kind, place) => [kind, buttons[place]]));
    this.search = h("input", { type: "search", placeholder: "path, class, setting", "aria-label": "search the layers",
      onkeydown: (event) => event.key === "Enter" && this.find(event.shiftKey ? -1 : 1), oninput: () => this.find(0) });
    const all = h("button", { type: "button", "aria-pressed": "false", onclick: () => this.all(all) }, "all rows");
    this.all_button = all;
    const heads = pair.sides.map((side, which) => h("div", { class: ["ours", "theirs"][which] }, h("b", {}, ["candidate ", "reference "][which]),
      name(side.label), h("span", { class: "rest" }, ` ${plural(side.length, "layer")}`)));
    return h("section", { class: "layers", "aria-label": "layers" },
      h("div", { class: "tools" }, buttons, pair.length ? [this.search, pair.folds.length ? all : null] : null, this.status),
      pair.length ? [h("div", { class: "heads" }, heads), h("div", { class: "sides" }, this.columns.element, this.map.element)]
        : h("p", {}, "no layers to show side by side"),
      h("p", { class: "keys" }, this.legend(), KEYS));
  }

  // The signs between the columns that there are.
  legend() {
    const [lefts, rights] = this.pair.partners;
    const shown = this.pair.marks.filter((mark, row) => !lefts.has(row) && !rights.has(row)); // others have lines for signs
    const used = [...new Set(shown)].sort((a, b) => a - b).filter((mark) => MARKS[mark][0].trim());
    const words = used.map((mark) => `${MARKS[mark][0]} ${MARKS[mark][1]}`);
    if (lefts.size) words.unshift("crossing lines: changed places");
    if (this.columns.skips.some((each) => each.length)) words.push("arcs: skip connections");
    if (this.columns.skips.flat().some((each) => each.lone)) words.push("dashed arcs: on one side alone");
    return words.length ? `${words.join(", ")}; ` : "";
  }

  // A finding that is opened in the list shows its rows, and its address.
  go(index) {
    const finding = this.pair.findings[index];
    if (!this.shown(finding)) this.toggle(this.chips.get(kind_of(finding)), kind_of(finding)); // an address may name it
    this.at = index;
    this.columns.select(finding);
    if (finding.rows.length) this.columns.reveal(finding.rows[0][0]);
    this.findings.select(index);
    try {
      history.replaceState(null, "", `#${this.prefix || ""}${encodeURIComponent(finding.id)}`);
    } catch {
      return; // a frame of a notebook has no address
    }
  }

  choose(index, row) {
    if (index >= 0) {
      this.go(index);
      this.columns.reveal(row);
      if (innerWidth < 1100) this.findings.element_of(index)?.scrollIntoView({ block: "nearest" });
      this.say(this.pair.findings[index].message);
    } else {
      const both = [0, 1].map((which) => {
        const layer = this.pair.columns[which][row];
        return layer < 0 ? "no such layer" : `${this.pair.sides[which].path(layer)}: ${this.pair.sides[which].printed(layer)}`;
      });
      this.say(both[0] === both[1] ? both[0] : both.join(" | "));
    }
  }

  say(text) {
    this.status.replaceChildren(name(text));
  }

  // To the next finding that is shown, or the one before.
  step(by) {
    const { findings } = this.pair;
    const start = this.at < 0 && by < 0 ? 0 : this.at; // before the first stands the last
    for (let index = start + by, left = findings.length; left > 0; left--, index += by) {
      index = (index + findings.length) % findings.length;
      if (!this.shown(findings[index])) continue;
      this.go(index);
      this.findings.element_of(index)?.querySelector("summary").focus({ preventScroll: innerWidth >= 1100 });
      return;
    }
  }

  shown(finding) {
    return !this.hidden.has(kind_of(finding));
  }

  toggle(button, kind) {
    const on = this.hidden.delete(kind) || !this.hidden.add(kind);
    button.setAttribute("aria-pressed", on);
    this.pair.own((finding) => this.shown(finding));
    this.findings.write();
    this.columns.redraw();
    const open = this.pair.findings[this.at];
    if (open && this.shown(open)) this.findings.select(this.at);
    else this.columns.select(null);
    if (open && !this.shown(open)) this.at = -1;
  }

  all(button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", on);
    this.columns.open_all(on);
  }

  find(by) {
    const { pair } = this;
    const text = this.search.value.trim().toLowerCase();
    if (text !== this.text) {
      this.text = text;
      const shared = pair.sides[0].tables;
      const texts = shared.texts.map((each) => each.toLowerCase().includes(text));
      this.found = [];
      for (let row = 0; text && row < pair.length; row++)
        if ([0, 1].some((which) => {
          const layer = pair.columns[which][row];
          const side = pair.sides[which];
          return layer >= 0 && (texts[shared.text[side.layer[layer]]] || side.path(layer).toLowerCase().includes(text));
        })) this.found.push(row);
      this.hit = 0;
    } else if (this.found.length) this.hit = (this.hit + by + this.found.length) % this.found.length;
    if (!text) return this.say("");
    if (this.found.length) this.columns.reveal(this.found[this.hit]);
    return this.say(this.found.length ? `${count(this.hit + 1)} of ${count(this.found.length)}` : "nothing of that name");
  }

  // To a share of all rows; a fold that is closed stays so.
  scroll(share) {
    const { element, at, height } = this.columns;
    const row = Math.min(this.pair.length - 1, Math.floor(share * this.pair.length));
    element.scrollTop = at[row] * height - element.clientHeight / 2;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches?.("input, textarea, select");
    if (event.key === "Escape") this.columns.element.focus();
    else if (typing) return;
    else if (event.key === "n") this.step(1);
    else if (event.key === "p") this.step(-1);
    else if (event.key === "u") this.all(this.all_button);
    else if (event.key === "/") this.search.focus();
    else return;
    event.preventDefault();
  }

  // For paper there is no scrolling: as many rows as a reader may want to turn over, and every finding open.
  print() {
    this.before = [new Set(this.findings.open), this.columns.element.scrollTop];
    if (this.columns.entries.length <= 3000) this.columns.render(true);
    this.findings.open = new Set(this.pair.findings.keys());
    this.findings.most = Math.max(this.findings.most, 2000);
    this.findings.write();
  }

  printed() {
    [this.findings.open, this.columns.element.scrollTop] = this.before;
    this.columns.render();
    this.findings.write();
  }

  close() {
    this.article.querySelector(".facts").after(this.work.querySelector(".findings"));
    this.work.remove();
  }
}
