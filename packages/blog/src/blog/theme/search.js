// Loaded when the search field gets the focus. Every word typed must begin a word of the title, tags, headings or summary.
const form = document.querySelector(".find"), field = form.q, found = document.getElementById("found");
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ").toLowerCase();
const posts = fetch(form.dataset.index).then((answer) => answer.json()).then((rows) =>
  rows.map(([url, title, ...rest]) => ({ url, title, name: " " + plain(title), all: " " + plain([title, ...rest].join(" ")) })));

async function show() {
  const words = plain(field.value).match(/[\p{L}\p{N}]+/gu) ?? [];
  const rows = (await posts)
    .filter((post) => words.every((word) => post.all.includes(" " + word)))
    .map((post) => [words.filter((word) => post.name.includes(" " + word)).length, post])
    .sort((a, b) => b[0] - a[0]);
  found.replaceChildren();
  if (!words.length) return;
  const list = document.createElement("ul");
  for (const [, post] of rows.slice(0, 12)) {
    const link = Object.assign(document.createElement("a"), { href: post.url, textContent: post.title });
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  found.append(rows.length ? `${rows.length} ${rows.length === 1 ? "post" : "posts"}` : "No post has these words.", list);
}

field.addEventListener("input", show);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
const asked = new URLSearchParams(location.search).get("q");
if (asked && !field.value) field.value = asked;
show();
