// The command palette: Ctrl K opens the search of the server as a list of options. The page /search does the same.
const palette = document.querySelector("#palette");
const box = palette?.querySelector("input");
const list = palette?.querySelector("#options");
let opensFirst = false;
let hasAsked = false;

const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
const options = () => [...list.querySelectorAll("[role=option]")];
const selected = () => list.querySelector("[aria-selected=true]");
// A slow answer to an earlier question is never acted on.
const isCurrent = () => list.firstElementChild?.dataset.query === box.value.trim();

function select(option) {
  for (const each of options()) each.setAttribute("aria-selected", each === option);
  if (option) box.setAttribute("aria-activedescendant", option.id);
  else box.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

// The actions of the record on this page: its own links, buttons and next step.
const ACTIONS = "#record :is(.page-actions, .owner, .meter) :is(a[href], button), #next > form:not(.step-form) button, #next summary, #next > form input[name=next_action]";

function listPageActions() {
  return [...document.querySelectorAll(ACTIONS)].flatMap((element) => {
    const menu = element.closest("#next") ? "Next step" : element.closest("details.menu")?.querySelector("summary").title;
    const own = element.matches("input") ? "" : element.ariaLabel || element.textContent.trim();
    const name = [menu, own].filter(Boolean).join(": ");
    return name ? [{ element, name }] : [];
  });
}

function showPageActions() {
  const text = box.value.trim();
  if (text.startsWith("@")) return;
  const wanted = words(text.replace(/^>/, ""));
  const found = listPageActions().filter(({ name }) => wanted.every((word) => words(name).some((each) => each.startsWith(word))));
  if (!found.length) return;
  const noun = document.querySelector("#record")?.dataset.kind ?? "lead";
  const title = Object.assign(document.createElement("p"), { className: "rail-title", textContent: `This ${noun}`, ariaHidden: "true" });
  const group = Object.assign(document.createElement("div"), { role: "group", ariaLabel: `This ${noun}` });
  group.append(title, ...found.map(({ element, name }) => {
    const option = Object.assign(document.createElement(element.href ? "a" : "div"), { className: "menu-item", role: "option", textContent: name, tabIndex: -1 });
    if (element.href) option.href = element.href;
    option.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      palette.close();
      if (element.matches("input")) element.focus();
      else element.click();
    });
    return option;
  }));
  list.firstElementChild?.prepend(group);
}

function open(option, apart) {
  if (!option) return;
  if (apart && option.href) window.open(option.href, "_blank", "noopener");
  else option.click();
}

// On a page that has just loaded, htmx may not listen yet: it asks again until a request leaves.
function ask() {
  hasAsked = false;
  box.form.dispatchEvent(new Event("ask"));
  setTimeout(() => { if (palette.open && !hasAsked) ask(); }, 200);
}

function openPalette() {
  palette.showModal();
  box.select();
  ask();
}

document.addEventListener("htmx:after:swap", () => {
  if (!palette?.open || !isCurrent()) return;
  showPageActions();
  options().forEach((each, number) => { each.id = `option-${number}`; });
  const first = options()[0];
  select(first);
  if (!first) list.firstElementChild.append(Object.assign(document.createElement("p"), { className: "rail-title", textContent: "Nothing matches. Every word must be found." }));
  if (opensFirst) open(first);
  opensFirst = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  if (!palette || (document.querySelector("dialog[open]") && !palette.open)) return;
  event.preventDefault();
  if (palette.open) palette.close();
  else openPalette();
});

palette?.addEventListener("keydown", (event) => {
  const { key } = event;
  const all = options();
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (step && all.length) {
    event.preventDefault();
    select(all[(all.indexOf(selected()) + step + all.length) % all.length]);
  } else if (key === "Enter") {
    event.preventDefault();
    if (isCurrent()) open(selected(), event.ctrlKey || event.metaKey);
    else opensFirst = true;
  }
  if (!(key === "k" && (event.ctrlKey || event.metaKey))) event.stopPropagation();
});

palette?.addEventListener("input", () => { opensFirst = false; hasAsked = true; });
palette?.addEventListener("htmx:before:request", () => { hasAsked = true; });
palette?.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
