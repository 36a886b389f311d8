// The page loads this when the search field gets the focus. A post matches if each word of the query begins a word of its
// title, tags, headings or description. A word of a script without spaces may begin anywhere. Marks of Latin and Greek
// letters do not count; in other scripts a mark makes another letter.
const form = document.querySelector(".search-form"), field = form.q, results = document.getElementById("search-results");
const normalize = (text) => text.normalize("NFKD").replace(/([\p{Script=Latin}\p{Script=Greek}])\p{M}+/gu, "$1").normalize("NFC")
  .toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, " ").trim();
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const begins = (text, word) => text.includes(unspaced.test(word) ? word : " " + word);
const { index, parts = 1, one, many, none } = form.dataset;
const posts = [];
const load = async (part) => {
  const rows = await (await fetch(part > 1 ? index.replace(/\.json$/, `-${part}.json`) : index)).json();
  for (const [url, title, tags, headings, description, lang = "", dir = ""] of rows) {
    const all = " " + normalize([title, tags, headings, description].join(" "));
    posts.push({ url, title, lang, dir, name: " " + normalize(title), all });
  }
};

function show() {
  const words = normalize(field.value).split(" ").filter(Boolean);
  results.replaceChildren();
  if (!words.length) return;
  const rows = posts
    .filter((post) => words.every((word) => begins(post.all, word)))
    .map((post) => [words.filter((word) => begins(post.name, word)).length, post])
    .sort((a, b) => b[0] - a[0]);
  const list = document.createElement("ul");
  for (const [, post] of rows.slice(0, 12)) {
    const link = Object.assign(document.createElement("a"), { href: post.url, textContent: post.title });
    if (post.lang) link.lang = post.lang;
    if (post.dir) link.dir = post.dir;
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  results.append(rows.length ? (rows.length === 1 ? one : many).replace("{count}", rows.length) : none, list);
}

field.addEventListener("input", show);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
const query = new URLSearchParams(location.search).get("q");
if (query && !field.value) field.value = query;
for (let part = 1; part <= parts; part++) await load(part).then(show);
