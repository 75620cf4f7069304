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
    this.chosen = chosen; // is called with a finding's place when its row is chosen
    this.changed = changed; // is called when what is in sight changes
    this.opened = new Set();
    this.shown = () => true;
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
    this.skips = pair.sides.map((side, which) => this.joined(side, which));
    this.element.classList.toggle("traced", this.skips.some((each) => each.length));
    this.element.classList.toggle("unlined", pair.sides.every((each) => !each.line.length));
    new ResizeObserver(() => this.measure()).observe(this.element);
    this.arrange();
  }

  // Rows and folds in the order in which they are shown; a fold is ~its place.
  arrange() {
    const { pair } = this;
    const entries = [];
    this.at = new Int32Array(pair.length);
    let row = 0;
    const until = (end) => {
      for (; row < end; row++) this.at[row] = entries.push(row) - 1;
    };
    pair.folds.forEach(([first, last], fold) => {
      if (this.opened.has(fold)) return;
      until(first);
      entries.push(~fold);
      for (; row <= last; row++) this.at[row] = entries.length - 1;
    });
    until(pair.length);
    this.entries = Int32Array.from(entries);
    this.element.setAttribute("aria-rowcount", this.entries.length);
    this.clear();
    this.measure();
  }

  clear() {
    for (const element of this.made.values()) element.remove();
    this.made.clear();
  }

  measure() {
    const height = parseFloat(getComputedStyle(this.element).getPropertyValue("--row"));
    if (height !== this.height) this.clear();
    this.height = height;
    this.space.style.height = `${this.entries.length * height}px`;
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
        const element = this.made.set(place, this.made_at(place)).get(place);
        element.style.top = `${place * this.height}px`;
        added.append(element);
      }
    this.window.append(added);
    this.draw(from, to);
    this.changed(scrollTop / this.height, (scrollTop + clientHeight) / this.height);
  }

  made_at(place) {
    const entry = this.entries[place];
    const own = { role: "row", "aria-rowindex": place + 1, id: `row${place}` };
    if (entry < 0) {
      const [first, last, times, label] = this.pair.folds[~entry];
      const text = `${label}`;
      return h("div", { ...own, class: "row fold", "aria-expanded": "false" },
        h("span", { role: "gridcell", class: "folded", title: `open ${plural(last - first + 1, "row")}` },
          h("b", {}, times), " ", name(text)));
    }
    const { pair } = this;
    const mark = pair.marks[entry];
    const finding = pair.findings[pair.owner[entry]];
    const kind = `is-${MARKS[mark][1].split(" ")[0]}`;
    const effect = finding ? finding.effect.replace(" ", "-") : "";
    const classes = ["row", kind, effect && `effect-${effect}`, pair.follows[entry] && "consequence"];
    if (finding && !this.shown(finding)) classes.push("aside");
    if (pair.owner[entry] >= 0 && pair.owner[entry] === this.selected) classes.push("selected");
    if (place === this.active) classes.push("active");
    const told = finding ? `${MARKS[mark][1]}, ${effect}: ${finding.message}` : MARKS[mark][1];
    return h("div", { ...own, class: classes.filter(Boolean).join(" "), title: finding ? finding.message : null },
      this.cell(0, entry, mark, finding),
      h("span", { role: "gridcell", class: "mark", "aria-label": told }, pair.partners[0].has(entry) || pair.partners[1].has(entry) ? "" : MARKS[mark][0]),
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
    const compared = other >= 0 && mark < REPEATED + 3 && mark !== NOTE;
    const wanted = finding ? finding.setting : null;
    const [type, another, parts] = this.print(side.printed(layer), compared ? otherSide.printed(other) : "", wanted);
    const first = (part) => (wanted && part[0].startsWith(`${wanted}=`) ? 0 : 1);
    const changed = parts.filter((part) => part[1]).sort((a, b) => first(a) - first(b)).map((part) => h("mark", {}, name(part[0])));
    const rest = parts.filter((part) => !part[1]).map((part) => part[0]).join(", ");
    const known = side.known(layer);
    const size = side.size(layer);
    const theirs = compared ? otherSide.known(other) : known;
    const is_other = (a, b) => compared && a !== b && a !== null && b !== null;
    const winners = known.k === null ? null : h("span", { class: "winners",
      title: `${count(known.k)} winners in training, ${count(known.kInference)} in eval mode, of ${count(known.n)}` },
      is_other(known.k, theirs.k) || is_other(known.n, theirs.n) ? h("mark", {}, `k ${count(known.k)}`) : `k ${count(known.k)}`);
    const shares = known.weights === null ? "?" : percent(known.weights);
    const sparse = (known.weights !== null && known.weights !== 1) || known.weights !== theirs.weights;
    const weights = sparse && (known.parameters || known.weights !== null) ? h("span", { class: "winners", title: "share of weights that are not zero" },
      known.weights !== theirs.weights ? h("mark", {}, shares) : shares, " weights") : null;
    return h("span", { role: "gridcell", class: `side ${["ours", "theirs"][which]}` },
      h("span", { class: "line", "aria-hidden": "true" }, side.place(layer)),
      h("span", { class: "path" }, path_of(side.path(layer))),
      h("span", { class: "print" }, h(another && [DIFFERS, UNKNOWN].includes(mark) ? "mark" : "b", {}, name(type)), " ", changed.map((part) => [part, " "]),
        h("span", { class: "rest" }, name(rest))),
      winners || weights || h("span"),
      size ? h("span", { class: "size" }, is_other(size, compared ? otherSide.size(other) : size) ? h("mark", {}, size) : size) : h("span"));
  }

  print(printed, other, wanted) {
    const key = `${printed}\n${other}\n${wanted}`;
    if (!this.prints.has(key)) this.prints.set(key, beside(printed, other, wanted));
    return this.prints.get(key);
  }

  // Lines between layers that changed places, and arcs of skip connections.
  draw(from, to) {
    const { pair, height } = this;
    const middle = (row) => (this.at[row] + 0.5) * height;
    const seen = (a, b) => Math.max(this.at[a], this.at[b]) >= from && Math.min(this.at[a], this.at[b]) < to;
    const lines = pair.links.filter(([left, right]) => seen(left, right));
    const width = this.crossings.clientWidth || 64;
    this.crossings.replaceChildren(...lines.map(([left, right]) =>
      s("path", { d: `M0 ${middle(left)} C${width / 2} ${middle(left)} ${width / 2} ${middle(right)} ${width} ${middle(right)}`,
        class: this.selected >= 0 && pair.owner[left] === this.selected ? "selected" : "" })));
    this.arcs.forEach((element, which) => {
      const arcs = this.skips[which].filter((skip) => seen(skip.from, skip.to)).slice(0, MOST_ARCS);
      element.replaceChildren(...arcs.map(({ from: start, to: end, operation, lone }) => {
        const [a, b] = [middle(start), middle(end)];
        const depth = Math.min(26, 8 + Math.abs(this.at[end] - this.at[start]) * 2);
        const edge = which ? 0 : 28;
        const out = which ? depth : 28 - depth;
        return s("path", { d: `M${edge} ${a} C${out} ${a} ${out} ${b} ${edge} ${b}`, class: lone ? "lone" : "" },
          s("title", {}, `${operation}${lone ? ", on this side alone" : ""}`));
      }));
    });
  }

  // The skip connections of one side as rows, and whether the other side has one between the same rows.
  joined(side, which) {
    const { pair } = this;
    const of = (each, place) => (each.skips || []).map(([from, to, operation]) => ({
      from: pair.rowOf[place][Math.max(from, 0)], to: pair.rowOf[place][to < 0 ? each.length - 1 : to], operation,
    })).filter((skip) => skip.from >= 0 && skip.to >= 0);
    const theirs = new Set(of(pair.sides[1 - which], 1 - which).map((each) => `${each.from}-${each.to}`));
    const both = pair.sides.every((each) => each.skips); // of a print nothing is known
    return of(side, which).map((each) => ({ ...each, lone: both && !theirs.has(`${each.from}-${each.to}`) }));
  }

  // Where a reader is

  reveal(row, focus = false) {
    const fold = this.entries[this.at[row]];
    if (fold < 0) this.open(~fold);
    this.activate(this.at[row]);
    const middle = (this.at[row] + 0.5) * this.height - this.element.clientHeight / 2;
    this.element.scrollTop = middle;
    this.render();
    if (focus) this.element.focus({ preventScroll: true });
  }

  select(finding) {
    this.selected = finding;
    this.clear();
    this.render();
  }

  filter(shown) {
    this.shown = shown;
    this.clear();
    this.render();
  }

  open(fold) {
    this.opened.add(fold);
    this.arrange();
  }

  open_all(opened) {
    this.opened = new Set(opened ? this.pair.folds.keys() : []);
    this.arrange();
  }

  // The row that stands at a place of what is shown; the end of all behind the last.
  row_at(place) {
    const entry = this.entries[Math.floor(place)];
    return entry === undefined ? this.pair.length : entry < 0 ? this.pair.folds[~entry][0] : entry;
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
    if (entry < 0) this.open(~entry);
    else this.chosen(this.pair.owner[entry], entry);
  }
}
