// Enhances the pages. All of them work without this script: every action is a link or a form.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (name, act) => document.addEventListener(name, act);

// Toasts appear one at a time, for 6 seconds or 10 with Undo. Hover and focus pause them; errors stay until dismissed.

const toasts = $("#toasts");
const waiting = [];

function element(tag, values = {}, ...inside) {
  const node = Object.assign(document.createElement(tag), values);
  node.append(...inside);
  return node;
}

function toast(message) {
  waiting.push(message);
  if (!toasts?.childElementCount) next();
}

function next() {
  const message = waiting.shift();
  if (!message || !toasts) return;
  const shown = element("div", { className: message.bad ? "toast toast-bad" : "toast" },
    element("span", { className: "toast-text", textContent: message.text }));
  if (message.undo) {
    shown.append(element("form", { method: "post", action: message.undo },
      element("input", { type: "hidden", name: "back", value: location.pathname + location.search }), element("button", { textContent: "Undo", ariaKeyShortcuts: "z" })));
  }
  toasts.append(shown);
  keep(shown, message.bad);
}

function keep(shown, stays) {
  const leave = () => { shown.remove(); next(); };
  let timer;
  const start = () => { if (!stays) timer = setTimeout(leave, $("form", shown) ? 10000 : 6000); };
  const stop = () => clearTimeout(timer);
  const close = element("button", { type: "button", textContent: "Dismiss" });
  close.addEventListener("click", leave);
  shown.append(close);
  for (const [name, act] of Object.entries({ mouseenter: stop, focusin: stop, mouseleave: start, focusout: start })) {
    shown.addEventListener(name, act);
  }
  start();
}

for (const shown of $$(".toast", toasts ?? document.createElement("div"))) keep(shown, false);
on("toast", (event) => toast(event.detail.text ? event.detail : { text: event.detail.value }));

// htmx: an error shows a toast and swaps nothing. An invalid form comes back with the focus on its first bad field.

const LOST = "Not saved: the server cannot be reached. What you typed is still here. Please try again.";
on("htmx:error", (event) => {
  if (event.detail.error?.name !== "AbortError") toast({ text: LOST, bad: true });
});
on("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  const page = new DOMParser().parseFromString(ctx.text, "text/html");
  const detail = $("#error-detail", page)?.textContent;
  if (detail || ![409, 422].includes(ctx.response.status)) toast({ text: detail || LOST, bad: true });
});
on("htmx:after:swap", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  if (response?.status === 422) $("[aria-invalid=true]")?.focus();
  const form = sourceElement?.closest("form");
  if (form && response?.status < 400) sent.add(form);
  if (form && document.activeElement === document.body) refocus(form);
  const stays = sourceElement?.closest("details[data-stays]");
  if (stays) $(`#${stays.id}`).open = true;
  if (form?.id === "bulk") {
    for (const each of $$(".cell-pick input")) each.checked = false;
    // The bar is gone, and with it the button that had the focus.
    $("#rows [tabindex]")?.focus({ preventScroll: true });
  }
  // An enquiry opened beside a long list is scrolled into view.
  const opened = $("#submission");
  if (opened && sourceElement?.matches(".thread")) {
    if (!sourceElement.offsetParent) opened.focus();
    else if (opened.getBoundingClientRect().top < 0) opened.scrollIntoView();
  }
  reveal();
});

// The form that was sent has been replaced, and with it what had the focus: the new one takes it, else the heading.
function refocus(form) {
  const box = form.closest("details[id]");
  const summary = box && $(`#${CSS.escape(box.id)} > summary`);
  const controls = $$(`form[action="${CSS.escape(form.getAttribute("action"))}"] :is(textarea, select, input, button)`);
  (summary ?? controls.find((each) => each.type !== "hidden" && each.offsetParent) ?? $("main h1"))?.focus({ preventScroll: true });
}

// A field that is edited in place gets the focus when its form opens.

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.edit[open]")) $(":is(input:not([type=hidden]), select, textarea)", event.target)?.focus();
}, true);

// Forms: a double click submits once. Leaving a page with unsaved changes asks first.

const sent = new WeakSet();
const changed = (field) =>
  field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
  : field.options ? [...field.options].some((option) => option.selected !== option.defaultSelected) && field.dataset.touched
  : field.type !== "hidden" && field.value !== field.defaultValue;
const dirty = () =>
  $$("main form[method=post]").some((form) => !sent.has(form) && !form.matches("[data-free]") &&
    [...form.elements].some((field) => field.name && field.type !== "password" && changed(field)));

on("input", (event) => {
  event.target.dataset.touched = "1";
  sent.delete(event.target.form);
});
on("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.going) return event.preventDefault();
  form.dataset.going = "1";
  sent.add(form);
});
addEventListener("beforeunload", (event) => { if (dirty()) event.preventDefault(); });
addEventListener("pageshow", () => $$("[data-going]").forEach((form) => delete form.dataset.going));

// Files are uploaded once they are chosen, or dropped on the area of their form.

function upload(input) {
  const { limit } = input.form.dataset;
  const large = [...input.files].find((file) => file.size > limit * 1e6);
  if (large) {
    input.value = "";
    return toast({ text: `“${large.name}” is larger than ${limit} MB, which is the most for one file.`, bad: true });
  }
  const button = $("[data-upload]", input.form);
  button.lastChild.textContent = "Uploading…";
  input.form.requestSubmit(button);
}
on("change", ({ target }) => {
  if (target.type === "file" && target.files.length && $("[data-upload]", target.form)) upload(target);
});
for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  on(name, (event) => {
    const area = event.target.closest?.("[data-drop]");
    if (!area || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    area.toggleAttribute("data-over", name === "dragover");
    if (name !== "drop") return;
    const input = $("input[type=file]", area);
    input.files = event.dataTransfer.files;
    upload(input);
  });
}

// Copy buttons appear where the browser allows copying.

function reveal() {
  $$("#pick-all").forEach((box) => { box.hidden = false; });
  if (navigator.clipboard) $$("[data-copy][hidden]").forEach((button) => { button.hidden = false; });
}
on("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) {
    await navigator.clipboard.writeText($(`#${button.dataset.copy}`).textContent.trim());
    toast({ text: "Copied." });
  }
  if (event.target.closest("[data-shortcuts]")) {
    event.preventDefault();
    $("#shortcuts").showModal();
  }
  for (const menu of $$("details:is(.menu, .bar-more)[open]")) if (!menu.contains(event.target)) menu.open = false;
});

// The sidebar can be collapsed to its icons. A cookie remembers it.

const collapse = $("#collapse");
collapse?.addEventListener("click", () => {
  const narrow = document.documentElement.dataset.rail !== "narrow";
  if (narrow) document.documentElement.dataset.rail = "narrow";
  else delete document.documentElement.dataset.rail;
  collapse.setAttribute("aria-pressed", narrow);
  document.cookie = `rail=${narrow ? "narrow" : ""}; Path=/; Max-Age=${narrow ? 31536000 : 0}; SameSite=Lax`;
});
if (collapse) collapse.hidden = false;

// Keyboard shortcuts. An element with aria-keyshortcuts reacts to its key; j and k move between rows.

const ROWS = "main :is(tbody tr, .threads > li, .queue-item, .task)";
let going = false;

function moveFocus(step) {
  const rows = $$(ROWS).filter((row) => $("a", row) && row.offsetParent);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)];
  (row && ($("a.row-link, a.thread", row) || $("a", row)))?.focus();
}

const picks = () => $$("[name=pick]");
let picked = null;

on("click", (event) => {
  const box = event.target;
  if (box.id === "pick-all") for (const each of picks()) each.checked = box.checked;
  if (box.name === "pick") {
    const all = picks(), [from, to] = [all.indexOf(picked), all.indexOf(box)].sort((one, other) => one - other);
    if (event.shiftKey && from >= 0) for (const each of all.slice(from, to)) each.checked = box.checked;
    picked = box;
  }
  const number = picks().filter((each) => each.checked).length;
  const ticked = $("#ticked");
  if (ticked) ticked.textContent = number === 1 ? `this ${ticked.dataset.one}` : `these ${number} ${ticked.dataset.many}`;
});

function press(key) {
  const found = $$("[aria-keyshortcuts]").find((each) => each.offsetParent && each.getAttribute("aria-keyshortcuts").split(" ").includes(key));
  if (!found) return false;
  const control = found.matches("section") ? $("summary, input:not([type=hidden])", found) : found;
  control?.focus();
  if (!control?.matches("input, select, textarea")) control?.click();
  if (control?.matches("summary")) $("input[required]", control.parentElement)?.focus();
  return true;
}

// On the page of a record, Shift and a letter start an entry of that kind in its timeline.

const ENTRIES = { N: "note", C: "call", M: "meeting", E: "email" };

function compose(key) {
  const form = ENTRIES[key] && $(".composer");
  if (!form) return false;
  form.elements.kind.value = ENTRIES[key];
  form.elements.body.focus();
  return true;
}

on("keydown", (event) => {
  const { key, target } = event;
  if (key === "Escape") {
    for (const menu of $$("details:is(.menu, .bar-more, .edit)[open]")) {
      menu.open = false;
      $("summary", menu).focus();
    }
    if (target.id === "search") target.blur();
  }
  if (key === "Enter" && (event.ctrlKey || event.metaKey)) return target.form?.requestSubmit(event.shiftKey ? $("[data-again]", target.form) : null);
  if (event.metaKey || event.altKey || event.isComposing || $("dialog[open]")) return;
  if (target.matches("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]")) return;
  if (event.ctrlKey) return press(`Control+${key}`) && event.preventDefault();
  if (going) {
    going = false;
    const link = $(`[data-go="${CSS.escape(key)}"]`);
    if (link) { event.preventDefault(); link.click(); }
    return;
  }
  if (key === "g") { going = true; setTimeout(() => { going = false; }, 1500); }
  else if (key === "j") moveFocus(1);
  else if (key === "k") moveFocus(-1);
  else if (key === "?") $("#shortcuts").showModal();
  else if (key === "o" && document.activeElement.closest(ROWS)) document.activeElement.click();
  else if (key === "x") document.activeElement.closest("tr")?.querySelector("[name=pick]")?.click();
  else if (compose(key) || press(event.shiftKey && /^[A-Z]$/.test(key) ? `Shift+${key}` : key)) event.preventDefault();
});

$("main [aria-invalid=true]")?.focus();
reveal();
