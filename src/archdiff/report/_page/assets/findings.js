// The findings one under the other; each opens to both lines, what follows, what its rule says and what undoes it.

const MOST_SHOWN = 200;

class Findings {
  constructor(pair, rules, opened) {
    this.pair = pair;
    this.rules = rules;
    this.opened = opened; // is called with a finding's place when it is opened
    this.most = MOST_SHOWN;
    this.open = new Set(); // findings that a reader has opened, by their places
    this.element = h("div", { class: "list" });
    this.write();
  }

  write() {
    const wanted = this.pair.findings.map((finding, index) => [finding, index]).filter(([finding]) => this.pair.shown(finding));
    const parts = [];
    let before = "";
    for (const [finding, index] of wanted.slice(0, this.most)) {
      const kind = kind_of(finding);
      if (kind !== before) parts.push(h("h3", { class: `effect-${kind.replaceAll(" ", "-")}` }, kind));
      before = kind;
      parts.push(this.finding(finding, index));
    }
    const rest = wanted.length - this.most;
    if (rest > 0) parts.push(h("button", { type: "button", onclick: () => ((this.most += 1000), this.write()) }, `${count(rest)} more`));
    if (this.pair.left_out) parts.push(h("p", {}, `${plural(this.pair.left_out, "finding")} more than a page holds: --format json has all`));
    if (!wanted.length) parts.push(h("p", {}, this.pair.findings.length ? "no finding is like that" : "no findings"));
    this.element.replaceChildren(...parts);
  }

  finding(finding, index) {
    const chosen = index === this.chosen ? " selected" : "";
    const details = h("details", { class: `finding effect-${finding.effect}${chosen}`, id: finding.id, "data-finding": index },
      h("summary", {}, finding.where ? [h("b", {}, name(finding.where)), " "] : null, marked(finding.message, finding.spans),
        h("span", { class: "rule" }, ` ${finding.rule} ${lines_of(finding.lines)}`)));
    const begun = finding.hint && finding.code;
    if (begun) details.firstChild.append(h("span", { class: "tell" }, "to check: ", h("code", {}, name(finding.hint))));
    if (this.open.has(index)) this.unfold(details, finding);
    details.firstChild.addEventListener("click", (event) => {
      event.preventDefault(); // what opens by itself, for paper or behind a filter, is no choice of the reader
      if (details.open) {
        details.open = false;
        this.open.delete(index);
      } else {
        this.unfold(details, finding);
        this.open.add(index);
        this.opened(index);
      }
    });
    return details;
  }

  unfold(details, finding) {
    if (details.children.length === 1) details.append(this.body(finding));
    details.open = true;
  }

  body(finding) {
    const { pair } = this;
    const both = [0, 1].filter((which) => finding.printed[which] || finding.lines[which]).map((which) => [
      h("dt", {}, `${["candidate", "reference"][which]}${finding.lines[which] ? `, line ${finding.lines[which]}` : ""}`),
      h("dd", { class: ["ours", "theirs"][which] }, h("code", {}, name(finding.printed[which] || "-")))]);
    const rule = this.rules[finding.rule];
    return h("div", { class: "body" },
      h("dl", {}, both),
      finding.also.length ? h("p", {}, "also ", finding.also.slice(0, 40).map((path, at) => [at ? ", " : "", name(path)]),
        finding.also.length > 40 ? `, and ${count(finding.also.length - 40)} more` : "") : null,
      finding.members.length ? h("ul", {}, finding.members.slice(0, 40).map(([where, message]) => h("li", {}, name(where), " ", name(message)))) : null,
      following(finding.follows),
      finding.assumes ? h("p", {}, "taken for granted: ", name(finding.assumes)) : null,
      finding.hint ? [h("p", {}, finding.code ? "the line that would tell:" : "hint:"), finding.code ? code(finding.hint) : h("p", {}, name(finding.hint))] : null,
      finding.undo ? [h("p", {}, "run both without this difference:"), code(finding.undo)] : null,
      rule ? h("details", { class: "about" }, h("summary", {}, `${finding.rule} ${finding.name}`), rule.map((text) => h("p", {}, text))) : null);
  }

  element_of(index) {
    const find = () => this.element.querySelector(`details[data-finding="${index}"]`);
    if (!find() && this.most <= index) {
      this.most = index + 1;
      this.write();
    }
    return find(); // null where its effect is hidden
  }

  select(index) {
    this.chosen = index;
    for (const other of this.element.querySelectorAll(".selected")) other.classList.remove("selected");
    const details = this.element_of(index);
    if (!details) return;
    details.classList.add("selected");
    this.unfold(details, this.pair.findings[index]);
    this.open.add(index);
    const { scrollHeight, clientHeight } = this.element;
    if (scrollHeight > clientHeight) this.element.scrollTop = details.offsetTop - this.element.offsetTop - 8;
  }
}

// ":20|:45", the candidate's first; of one side alone which it is.
function lines_of([ours, theirs]) {
  if (ours && theirs) return `:${ours}|:${theirs}`;
  return ours ? `candidate :${ours}` : theirs ? `reference :${theirs}` : "";
}

function marked(text, spans) {
  const parts = [];
  let end = 0;
  for (const [first, last, side] of spans) {
    parts.push(name(text.slice(end, first)), h("mark", { class: side }, name(text.slice(first, last))));
    end = last;
  }
  return [...parts, name(text.slice(end))];
}

function following(findings) {
  if (!findings.length) return null;
  return h("ul", { class: "then" }, findings.map((each) =>
    h("li", {}, name(each.message), each.lines.some(Boolean) ? ` (${lines_of(each.lines)})` : "", following(each.follows))));
}
