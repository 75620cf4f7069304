// One comparison as the page holds it, and questions to it.

const MARKS = [
  ["x", "swapped"], ["m", "moved"], ["-", "missing"], ["+", "extra"], ["!", "differs"], ["?", "unknown"],
  ["~", "same computation"], [">", "follows from another row"], ["n", "note"], ['"', "like another row"],
  ["'", "with the note of another row"], [".", "spelling"], ["", "equal"],
];
const [SWAPPED, MOVED, MISSING, EXTRA, DIFFERS, UNKNOWN, SAME, FOLLOWS, NOTE, REPEATED] = MARKS.keys();

function summed(deltas) {
  let value = 0;
  return Int32Array.from(deltas, (delta) => (value += delta));
}

// One of the two networks. Layers are known by their place in it, counted from 0.
class Side {
  constructor(data, tables) {
    Object.assign(this, data, { tables });
    this.holder = summed(data.holder);
    this.name = summed(data.name);
    this.layer = summed(data.layer);
    this.line = data.line.length && typeof data.line[0] === "number" ? summed(data.line) : data.line;
  }
  path(layer) {
    const holder = this.tables.holders[this.holder[layer]];
    const own = this.tables.names[this.name[layer]];
    return holder && own ? `${holder}.${own}` : holder || own;
  }
  place(layer) {
    return this.line.length ? `${this.line[layer]}` : "";
  }
  printed(layer) {
    return this.tables.texts[this.tables.text[this.layer[layer]]];
  }
  size(layer) {
    return this.tables.shapes[this.tables.shape[this.layer[layer]]];
  }
  known(layer) {
    return this.tables.details[this.tables.detail[this.layer[layer]]];
  }
}

// What both sides share: prints, shapes and what is known of a layer, each once.
function tables(data) {
  const details = data.details.map(([parameters, nonzero, macs, weights, training, inference, n, k, kInference]) => (
    { parameters, nonzero: nonzero === -1 ? parameters : nonzero, macs, weights, training, inference, n, k, kInference }));
  return { ...data, details, text: summed(data.text), shape: summed(data.shape), detail: summed(data.detail) };
}

// One comparison: rows of both sides, and which finding each row belongs to.
class Pair {
  constructor(data) {
    Object.assign(this, data);
    const shared = tables(data.layers);
    this.sides = data.sides.map((side) => new Side(side, shared));
    this.marks = Uint8Array.from(data.rows.mark);
    this.columns = [summed(data.rows.left), summed(data.rows.right)];
    this.length = this.marks.length;
    this.rowOf = this.columns.map((layers, side) => {
      const rows = new Int32Array(this.sides[side].length).fill(-1);
      layers.forEach((layer, row) => layer >= 0 && (rows[layer] = row));
      return rows;
    });
    this.partners = [new Map(), new Map()];
    for (const [left, right] of data.links) {
      this.partners[0].set(left, right);
      this.partners[1].set(right, left);
    }
    this.own(() => true);
    this.byId = new Map(this.findings.map((finding, index) => [finding.id, index]));
  }
  // Which finding each row belongs to, of those that are shown: what differs before what follows and what is spelling,
  // a layer before the block that it is in. A class around layers that are equal is named on them, and marks none.
  own(shown) {
    this.shown = shown;
    const size = (finding) => (finding.rows.length ? finding.rows[0][1] - finding.rows[0][0] : 0);
    const order = this.findings.map((finding, index) => [finding, index]).filter(([finding]) => shown(finding)).reverse();
    order.sort((a, b) => size(b[0]) - size(a[0])); // the last one wins
    const [silent, loud] = [order.filter(([each]) => quiet(each)), order.filter(([each]) => !quiet(each))];
    const start = () => [(this.owner = new Int32Array(this.length).fill(-1)), (this.follows = new Uint8Array(this.length))];
    const [spelling] = start();
    for (const [finding, index] of silent) this.#own([finding], index, 0);
    const [owner, follows] = start();
    for (const [finding, index] of loud) this.#own(finding.follows, index, 1);
    for (const [finding, index] of loud) this.#own([finding], index, 0);
    this.marks.forEach((mark, row) => {
      if (spelling[row] < 0 && mark <= REPEATED) return;
      const own = this.findings[spelling[row]];
      const alone = [MISSING, EXTRA].includes(mark) && own && own.category === "difference" && !size(own)
        && owner[row] >= 0 && size(this.findings[owner[row]]) > 0; // it is named for itself, and else as a part of a block
      if (mark > REPEATED || owner[row] < 0 || alone) [owner[row], follows[row]] = [spelling[row], 0];
    });
  }
  #own(findings, index, follows) {
    for (const finding of findings) {
      for (const [first, last] of finding.rows) {
        this.owner.fill(index, first, last + 1);
        this.follows.fill(follows, first, last + 1);
      }
      if (follows) this.#own(finding.follows, index, 1);
    }
  }
  // The settings that findings name in a row, where they name few rows.
  settingsOf(row) {
    if (!this.settings) {
      this.settings = new Map();
      for (const finding of this.findings)
        for (const [first, last] of finding.settings.length ? finding.rows.filter((range) => range[1] - range[0] < 8) : [])
          for (let each = first; each <= last; each++) this.settings.set(each, [...(this.settings.get(each) || []), ...finding.settings]);
    }
    return this.settings.get(row) || [];
  }
  // The layer that stands for the one of this side in a row; -1 where there is none.
  counterpart(side, row) {
    const other = this.partners[side].get(row);
    return this.columns[1 - side][other === undefined ? row : other];
  }
}

// "Conv2d(1, 64, kernel_size=(5, 5))" to its class and its settings, split at a comma and a blank that no bracket or quote holds.
function settings(printed) {
  const open = printed.indexOf("(");
  if (open < 0) return [printed, []];
  const parts = [];
  let depth = 0;
  let quote = "";
  let start = open + 1;
  for (let at = open + 1; at < printed.length; at++) {
    const char = printed[at];
    if (quote) quote = char === quote ? "" : quote;
    else if (char === '"' || char === "'") quote = char;
    else if ("([{".includes(char)) depth++;
    else if (")]}".includes(char)) depth--;
    if ((char === "," && /\s/.test(printed[at + 1]) && !depth && !quote) || depth < 0) {
      if (printed.slice(start, at).trim()) parts.push(printed.slice(start, at).trim());
      start = at + 1;
      if (depth < 0) break;
    }
  }
  return [printed.slice(0, open), parts];
}

// Under which heading a finding stands, and which button hides it.
const kind_of = (finding) => (finding.category === "difference" ? finding.effect : finding.category);

// What no reader has to act on: spelling, state, and what is no difference.
const quiet = (finding) => ["cosmetic", "state"].includes(finding.effect) || finding.category !== "difference";

// A setting's name, and its value so that spelling is none: (2, 2) is 2.
function setting(text, place) {
  const [, key, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) || [, `${place}`, text];
  const each = /^\((.*)\)$/s.exec(value);
  const values = each ? each[1].split(",").map((part) => part.trim()).filter(Boolean) : [];
  return [key, values.length && values.every((part) => part === values[0]) ? values[0] : value.replace(/\s+/g, "")];
}

// One print beside another: [its class, whether the other is of another, [setting, whether the other has another value]].
function beside(printed, other, wanted) {
  const [type, parts] = settings(printed);
  if (!other) return [type, false, parts.map((part) => [part, false])];
  const [otherType, otherParts] = settings(other);
  const values = new Map(otherParts.map(setting));
  const told = parts.map((part, place) => {
    const [key, value] = setting(part, place);
    const known = values.has(key) && (type === otherType || !/^\d/.test(key)); // by position only in one class
    return [part, known ? values.get(key) !== value : wanted.includes(key)];
  });
  return [type, type !== otherType, told];
}
