// The comparison that the address of the page names: "#AD101-conv1" is a finding, "#7" the seventh comparison,
// "#7:AD101-conv1" a finding in it.

let page = null;
let shown = -1;

async function show(number) {
  if (number === shown) return;
  shown = number;
  const articles = [...document.querySelectorAll("article.pair")];
  page?.close();
  page = null;
  articles.forEach((article, place) => (article.hidden = place !== number));
  for (const link of document.querySelectorAll("nav [aria-current]")) link.removeAttribute("aria-current");
  const link = document.querySelector(`nav a[href="#${number + 1}"]`);
  link?.setAttribute("aria-current", "true");
  link?.scrollIntoView({ block: "nearest" });
  const article = articles[number];
  if (!article?.dataset.pair) return;
  const [data, rules] = await Promise.all([unpacked(article.dataset.pair), unpacked("rules")]);
  if (shown !== number) return;
  page = new Page(article, new Pair(data), rules);
  page.prefix = articles.length > 1 ? `${number + 1}:` : "";
}

async function follow() {
  const [, number, id] = /^#?(?:(\d+)(?::|$))?(.*)$/.exec(location.hash);
  const places = [...document.querySelectorAll("article.pair")];
  const first = Math.max(0, places.findIndex((article) => article.matches(".failed")));
  await show(places[number - 1] ? number - 1 : id && shown >= 0 ? shown : first);
  const index = page?.pair.byId.get(decoded(id));
  if (index === undefined) return;
  page.go(index);
  if (innerWidth < 1100) page.findings.element_of(index)?.scrollIntoView(); // it stands below the rows there
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // somebody has cut the address
  }
}

addEventListener("hashchange", follow);
addEventListener("keydown", (event) => page?.key(event));
addEventListener("beforeprint", () => page?.print());
addEventListener("afterprint", () => page?.printed());
document.documentElement.classList.add("alive");
follow().then(() => requestAnimationFrame(() => (document.documentElement.dataset.ready = Math.round(performance.now()))));
