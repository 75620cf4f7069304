// Both networks side by side, a row a pair of layers. Rows are made when they come into sight, and runs of rows in
// which nothing stands out are one closed row until somebody opens it.

const SPARE = 12; // rows that are made above and below those in sight
const MOST_ARCS = 400;

// The last name of a path stays whole where there is no room for all of it.
function path_of(path) {
  const at = path.lastIndexOf(".") + 1;
  return [at ? h("span", { class: "holder" }, name(path.slice(0, at))) : null, h("span", { class: "own" }, name(path.slice(at)))];
}

class Columns {
  constructor(pair, chosen, changed) {
    this.pair = pair;
    this.chosen = chosen; // is called with a finding's place, or -1, and the row that was chosen
    this.changed = changed; // is called when what is in sight changes
    this.opened = new Set();
    this.selected = new Uint8Array(pair.length); // rows of the finding that is open
    this.made = new Map();
    this.active = 0;
    this.prints = new Map();
    this.window = h("div", { role: "rowgroup", class: "rows" });
    this.crossings = s("svg", { class: "crossings", "aria-hidden": "true" });
    this.arcs = [0, 1].map((side) => s("svg", { class: `arcs side${side}`, "aria-hidden": "true" }));
    this.space = h("div", { class: "space", role: "presentation" }, this.window, this.crossings, this.arcs);
    this.element = h("div", {
      class: "pane", role: "treegrid", tabindex: "0", "aria-colcount": "3", "aria-readonly": "true",
      "aria-label": "layers of both networks side by side; arrow keys go from row to row, Enter opens",
      onscroll: () => this.ask(), onkeydown: (event) => this.key(event), onclick: (event) => this.click(event),
    }, this.space);
    this.skips = pair.sides.map((side, which) => (side.skips || []).map(([from, to, operation, lone]) => (
      { from: from < 0 ? -1 : pair.rowOf[which][from], to: to < 0 ? pair.length : pair.rowOf[which][to], operation, lone })));
    this.element.classList.toggle("traced", this.skips.some((each) => each.length));
    this.element.classList.toggle("unlined", pair.sides.every((each) => !each.line.length));
    new ResizeObserver(() => this.measure()).observe(this.element);
    this.arrange();
  }

  // Rows and the heads of folds in the order in which they are shown; a fold is ~its place.
  arrange() {
    const { pair } = this;
    const entries = [];
    const scrolled = this.entries ? this.element.scrollTop / this.height : 0;
    const [top, active] = this.entries ? [this.entries[Math.floor(scrolled)], this.entries[this.active]] : [0, 0];
    this.at = new Int32Array(pair.length + 1); // the end has a place, too
    let row = 0;
    const until = (end) => {
      for (; row < end; row++) this.at[row] = entries.push(row) - 1;
    };
    pair.folds.forEach(([first, last], fold) => {
      until(first);
      entries.push(~fold);
      if (this.opened.has(fold)) until(last + 1);
      for (; row <= last; row++) this.at[row] = entries.length - 1;
    });
    until(pair.length);
    this.at[pair.length] = entries.length;
    this.entries = Int32Array.from(entries);
    this.element.setAttribute("aria-rowcount", this.entries.length);
    this.clear();
    this.measure();
    this.element.scrollTop = (this.place_of(top) + (scrolled % 1)) * this.height; // what was at the top stays there
    this.activate(this.place_of(active));
    this.render();
  }

  // The place of a row, or of the head of a fold (~its number).
  place_of(entry = this.pair.length) {
    if (entry >= 0) return this.at[entry];
    return this.at[this.pair.folds[~entry][0]] - (this.opened.has(~entry) ? 1 : 0);
  }

  clear() {
    for (const element of this.made.values()) element.remove();
    this.made.clear();
  }

  measure() {
    const height = parseFloat(getComputedStyle(this.element).getPropertyValue("--row"));
    const place = this.height ? this.element.scrollTop / this.height : 0;
    this.space.style.height = `${this.entries.length * height}px`;
    if (height !== this.height) {
      this.height = height;
      this.clear();
      this.element.scrollTop = place * height; // a reader keeps the place when rows grow
    }
    this.render();
  }

  ask() {
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.render();
    });
  }

  render(all = false) {
    const { scrollTop, clientHeight } = this.element;
    const last = this.entries.length;
    const from = all ? 0 : Math.max(0, Math.floor(scrollTop / this.height) - SPARE);
    const to = all ? last : Math.min(last, Math.ceil((scrollTop + clientHeight) / this.height) + SPARE);
    for (const [place, element] of this.made)
      if (place < from || place >= to) {
        element.remove();
        this.made.delete(place);
      }
    const added = document.createDocumentFragment();
    for (let place = from; place < to; place++)
      if (!this.made.has(place)) {
        const element = this.made.set(place, this.element_at(place)).get(place);
        element.style.top = `${place * this.height}px`;
        added.append(element);
      }
    this.window.append(added);
    this.draw(from, to);
    this.changed(scrollTop / this.height, (scrollTop + clientHeight) / this.height);
  }

  element_at(place) {
    const entry = this.entries[place];
    const own = { role: "row", "aria-rowindex": place + 1, id: `row${place}` };
    if (entry < 0) {
      const [first, last, times, label] = this.pair.folds[~entry];
      const is_open = this.opened.has(~entry);
      return h("div", { ...own, class: place === this.active ? "row fold active" : "row fold", "aria-expanded": `${is_open}` },
        h("span", { role: "gridcell", class: "folded", title: `${is_open ? "close" : "open"} ${plural(last - first + 1, "row")}` },
          h("b", {}, times), " ", name(label)));
    }
    const { pair } = this;
    const mark = pair.marks[entry];
    const finding = pair.findings[pair.owner[entry]];
    const effect = finding ? finding.effect.replace(" ", "-") : "";
    const classes = ["row", `is-${MARKS[mark][1].split(" ")[0]}`, effect && `effect-${effect}`];
    if (pair.follows[entry] || (mark === FOLLOWS && !finding)) classes.push("consequence");
    if (this.selected[entry]) classes.push("selected");
    if (place === this.active) classes.push("active");
    const told = finding ? `${MARKS[mark][1]}, ${effect}: ${finding.message}` : MARKS[mark][1];
    const crossed = pair.partners[0].has(entry) || pair.partners[1].has(entry);
    return h("div", { ...own, class: classes.filter(Boolean).join(" "), title: finding ? finding.message : null },
      this.cell(0, entry, mark, finding),
      h("span", { role: "gridcell", class: "mark", "aria-label": told }, crossed ? "" : MARKS[mark][0]),
      this.cell(1, entry, mark, finding));
  }

  cell(which, row, mark, finding) {
    const { pair } = this;
    const layer = pair.columns[which][row];
    if (layer < 0) {
      const tells = finding && finding.code && mark < SAME; // how to find out, where there is room for it
      return h("span", { role: "gridcell", class: "side none", "aria-label": "no such layer" },
        tells ? h("code", { title: finding.hint }, name(finding.hint)) : null);
    }
    const side = pair.sides[which];
    const other = pair.counterpart(which, row);
    const otherSide = pair.sides[1 - which];
    const printed = side.printed(layer);
    const differs = other >= 0 && mark <= REPEATED && mark !== NOTE;
    const [type, another, parts] = this.print(printed, differs ? otherSide.printed(other) : "", differs ? pair.settingsOf(row) : "");
    const changed = parts.filter((part) => part[1]).map((part) => h("mark", {}, name(part[0])));
    const rest = parts.filter((part) => !part[1]).map((part) => part[0]).join(", ");
    const known = side.known(layer);
    const theirs = other >= 0 ? otherSide.known(other) : known;
    const told = (text, a, b) => (a !== b && a !== null && b !== null && a !== "" && b !== "" ? h("mark", {}, text) : text);
    const winners = known.k === null ? null : h("span", { class: "winners",
      title: `${count(known.k)} winners in training, ${count(known.kInference)} in eval mode, of ${count(known.n)}` },
      told(`k ${count(known.k)}`, `${known.k}/${known.n}`, theirs.k === null ? "" : `${theirs.k}/${theirs.n}`));
    const dense = known.weights === 1 && [1, null].includes(theirs.weights);
    const weights = known.weights === null || dense ? null : h("span", { class: "winners", title: "share of weights that are not zero" },
      told(percent(known.weights), known.weights, theirs.weights), " weights");
    const size = side.size(layer);
    return h("span", { role: "gridcell", class: `side ${["ours", "theirs"][which]}`, title: `${side.path(layer)}: ${printed}` },
      h("span", { class: "line", "aria-hidden": "true" }, side.place(layer)),
      h("span", { class: "path" }, path_of(side.path(layer))),
      h("span", { class: "print" }, h(another && [DIFFERS, UNKNOWN].includes(mark) ? "mark" : "b", {}, name(type)), " ",
        changed.map((part) => [part, " "]), h("span", { class: "rest" }, name(rest))),
      winners || weights || h("span"),
      size ? h("span", { class: "size" }, told(size, size, other >= 0 ? otherSide.size(other) : "")) : h("span"));
  }

  print(printed, other, wanted) {
    const key = `${printed}\n${other}\n${[...wanted].join()}`;
    if (!this.prints.has(key)) this.prints.set(key, beside(printed, other, wanted));
    return this.prints.get(key);
  }

  // Lines between layers that changed places, and arcs of skip connections; those of the input begin above all rows.
  draw(from, to) {
    const { pair, height } = this;
    const place = (row) => (row < 0 ? -0.5 : row >= pair.length ? this.entries.length - 0.5 : this.at[row]);
    const middle = (row) => Math.max(1, Math.min(this.entries.length * height - 1, (place(row) + 0.5) * height));
    const seen = (a, b) => Math.max(place(a), place(b)) >= from && Math.min(place(a), place(b)) < to;
    const width = this.crossings.clientWidth || 64;
    const apart = (a, b) => place(a) !== place(b); // not both in one fold
    const lines = pair.links.filter((link) => seen(...link) && apart(...link));
    this.crossings.replaceChildren(...lines.map(([left, right]) => {
      const [a, b] = [middle(left), middle(right)];
      const finding = pair.findings[pair.owner[left]];
      const classes = [finding ? `effect-${finding.effect}` : "", this.selected[left] ? "selected" : "", Math.abs(b - a) > 12 * height ? "long" : ""];
      return s("path", { d: `M0 ${a} C${width / 2} ${a} ${width / 2} ${b} ${width} ${b}`, class: classes.filter(Boolean).join(" ") });
    }));
    this.arcs.forEach((element, which) => {
      const arcs = this.skips[which].filter(({ from: start, to: end }) => seen(start, end) && apart(start, end)).slice(0, MOST_ARCS);
      element.replaceChildren(...arcs.map(({ from: start, to: end, operation, lone }) => {
        const [a, b] = [middle(start), middle(end)];
        const depth = Math.min(26, 8 + (Math.abs(b - a) / height) * 2);
        const edge = which ? 0 : 28;
        const out = which ? depth : 28 - depth;
        return s("path", { d: `M${edge} ${a} C${out} ${a} ${out} ${b} ${edge} ${b}`, class: lone ? "lone" : "" },
          s("title", {}, `${operation}${lone ? ", on this side alone" : ""}`));
      }));
    });
  }

  // Where a reader is

  reveal(row) {
    const fold = this.entries[this.at[row]];
    if (fold < 0) this.toggle(~fold, true);
    this.activate(this.at[row]);
    this.element.scrollTop = (this.at[row] + 0.5) * this.height - this.element.clientHeight / 2;
    this.render();
  }

  // Whatever a finding names is framed, and so is what follows from it.
  select(finding) {
    this.selected.fill(0);
    const frame = (each) => {
      for (const [first, last] of each.rows) this.selected.fill(1, first, last + 1);
    };
    if (finding) frame(finding);
    this.redraw();
  }

  redraw() {
    this.clear();
    this.render();
  }

  toggle(fold, is_open) {
    if (is_open) this.opened.add(fold);
    else this.opened.delete(fold);
    this.arrange();
  }

  open_all(opened) {
    this.opened = new Set(opened ? this.pair.folds.keys() : []);
    this.arrange();
  }

  // The row that stands at a place of what is shown; the end of all behind the last.
  row_at(place) {
    const entry = this.entries[Math.floor(place)];
    return entry === undefined ? this.pair.length : entry >= 0 ? entry : this.pair.folds[~entry][0];
  }

  activate(place) {
    const before = this.made.get(this.active);
    if (before) before.classList.remove("active");
    this.active = Math.max(0, Math.min(this.entries.length - 1, place));
    const now = this.made.get(this.active);
    if (now) now.classList.add("active");
    this.element.setAttribute("aria-activedescendant", `row${this.active}`);
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.height) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) {
      this.activate(Math.max(0, Math.min(this.entries.length - 1, this.active + steps[event.key])));
      const top = this.active * this.height;
      const { scrollTop, clientHeight } = this.element;
      if (top < scrollTop) this.element.scrollTop = top;
      else if (top + this.height > scrollTop + clientHeight) this.element.scrollTop = top + this.height - clientHeight;
      this.render();
    } else if (event.key === "Enter" || event.key === " ") this.enter(this.active);
    else return;
    event.preventDefault();
  }

  click(event) {
    const row = event.target.closest(".row");
    if (!row || !getSelection().isCollapsed) return;
    const place = Number(row.id.slice(3));
    this.activate(place);
    this.enter(place);
  }

  enter(place) {
    const entry = this.entries[place];
    if (entry < 0) this.toggle(~entry, !this.opened.has(~entry));
    else this.chosen(this.pair.owner[entry], entry);
  }
}
