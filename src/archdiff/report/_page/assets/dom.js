// Elements and words. What comes from the input is only ever text: nothing here, or anywhere, reads markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}
const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
const name = (text) => h("bdi", {}, text);

const count = (number) => (number === null || number === undefined ? "?" : number.toLocaleString("en"));
const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
function seconds(value) {
  for (const [unit, word] of [[1, "s"], [1e-3, "ms"], [1e-6, "us"]])
    if (value >= unit) return `${Number((value / unit).toPrecision(3))} ${word}`;
  return `${Math.round(value * 1e9)} ns`;
}
const percent = (share) => `${Number((100 * share).toPrecision(3))} %`;

function copier(text) {
  const say = (button, word) => {
    button.textContent = word;
    setTimeout(() => (button.textContent = "copy"), 1500);
  };
  const copy = async (event) => {
    const button = event.currentTarget;
    try {
      await navigator.clipboard.writeText(text);
      say(button, "copied");
    } catch {
      getSelection().selectAllChildren(button.previousElementSibling); // no clipboard without a server: Ctrl-C does it
      say(button, "selected");
    }
  };
  return h("button", { type: "button", class: "copy", "aria-label": `copy ${text}`, onclick: copy }, "copy");
}
const code = (text) => h("div", { class: "code" }, h("code", {}, name(text)), copier(text));
