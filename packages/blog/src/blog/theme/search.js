// The page loads this when the search field gets the focus. A post matches if each word of the query begins a word of its
// title, tags, headings or description.
const form = document.querySelector(".search-form"), field = form.q, results = document.getElementById("search-results");
const normalize = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ").toLowerCase();
const posts = fetch(form.dataset.index).then((response) => response.json()).then((rows) =>
  rows.map(([url, title, ...rest]) => ({ url, title, name: " " + normalize(title), all: " " + normalize([title, ...rest].join(" ")) })));

async function show() {
  const words = normalize(field.value).match(/[\p{L}\p{N}]+/gu) ?? [];
  const rows = (await posts)
    .filter((post) => words.every((word) => post.all.includes(" " + word)))
    .map((post) => [words.filter((word) => post.name.includes(" " + word)).length, post])
    .sort((a, b) => b[0] - a[0]);
  results.replaceChildren();
  if (!words.length) return;
  const list = document.createElement("ul");
  for (const [, post] of rows.slice(0, 12)) {
    const link = Object.assign(document.createElement("a"), { href: post.url, textContent: post.title });
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  results.append(rows.length ? `${rows.length} ${rows.length === 1 ? "post" : "posts"}` : "No post has these words.", list);
}

field.addEventListener("input", show);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
const query = new URLSearchParams(location.search).get("q");
if (query && !field.value) field.value = query;
show();
