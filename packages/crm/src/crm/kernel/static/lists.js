// Lists: Space shows a row's record beside the list, a double click or `e` edits a cell in place. Without this script
// both are done on the record's page, from whose fragment the facts and the forms are taken.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const panel = $("#preview");
let shown = 0;

const parse = (text) => new DOMParser().parseFromString(text, "text/html");
const urlOf = (row) => $("a.row-link", row)?.href;
const toast = (text, bad = true) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, bad } }));

async function load(url, options = {}) {
  const answer = await fetch(url, { ...options, headers: { "hx-request": "true" } });
  return { status: answer.status, page: parse(await answer.text()) };
}

// The preview: a panel with what the record's page says first. Arrows show the next row, Escape closes it.

async function preview(row) {
  const url = urlOf(row);
  if (!url) return;
  const turn = (shown += 1);
  const { status, page } = await load(url).catch(() => ({ status: 0 }));
  if (turn !== shown) return;
  if (status !== 200) return toast("This record cannot be shown. It may have been deleted.");
  const body = $(".dialog-body", panel);
  body.replaceChildren(...$$(".record-name, .owner, .next, .record-side .card", page));
  for (const form of $$("form, details.menu .menu-list, [id]", body)) {
    if (form.id) form.removeAttribute("id");
    if (form.matches("form, .menu-list")) form.remove();
  }
  for (const menu of $$(".record-tags details, .edit .faint", body)) menu.remove();
  for (const field of $$("details", body)) field.replaceWith(...$("summary", field)?.childNodes ?? []);
  for (const hint of $$(".icon, .visually-hidden", body)) hint.remove();
  for (const box of $$(".next", body)) if (!box.textContent.trim()) box.remove();
  $("h2", panel).textContent = $("h1", body)?.textContent.trim() ?? "";
  $("h1", body)?.remove();
  $("#preview-open").href = url;
  panel.hidden = false;
}

function move(step) {
  const rows = $$("#rows tbody tr").filter(urlOf);
  const row = rows[rows.findIndex((each) => each.contains(document.activeElement)) + step];
  if (!row) return;
  $("a.row-link", row).focus();
  preview(row);
}

// A cell is edited by the form of its field. What the server refuses stays in the cell, with the reason.

function editable(row) {
  const fields = $$("thead th", row.closest("table")).map((heading) => heading.dataset.field);
  return [...row.cells].filter((cell) => fields[cell.cellIndex]);
}

async function edit(cell) {
  const row = cell.closest("tr");
  const field = $$("thead th", row.closest("table"))[cell.cellIndex].dataset.field;
  const { page } = await load(urlOf(row)).catch(() => ({}));
  const form = page && $(`#field-${field.replaceAll("_", "-")} form`, page);
  if (!form) return toast("Edit this on the record's page.");
  const before = [...cell.childNodes];
  const revert = () => { cell.replaceChildren(...before); cell.classList.remove("cell-editing"); };
  form.dataset.free = "1";
  form.removeAttribute("hx-post");
  for (const each of $$("[id]", form)) each.removeAttribute("id");
  const control = $("[name=value]", form);
  control.setAttribute("aria-label", $("label", form).textContent);
  $$("label, button, .field-hint", form).forEach((each) => each.remove());
  cell.replaceChildren(form);
  cell.classList.add("cell-editing");
  control.focus();
  control.select?.();
  form.addEventListener("keydown", (event) => {
    const { key } = event;
    if (!["Enter", "Tab", "Escape"].includes(key) || (key === "Enter" && control.matches("textarea"))) return;
    event.preventDefault();
    event.stopPropagation();
    if (key === "Escape") {
      revert();
      $("a.row-link", row).focus();
    } else save(form, cell, key === "Tab" ? (event.shiftKey ? -1 : 1) : 0);
  });
  form.addEventListener("focusout", () => setTimeout(() => {
    if (form.isConnected && !form.contains(document.activeElement) && control.value === control.defaultValue) revert();
  }));
}

async function save(form, cell, step) {
  const row = cell.closest("tr");
  const { id } = row;
  const place = cell.cellIndex;
  const body = new URLSearchParams(new FormData(form));
  const { status, page } = await load(form.action, { method: "POST", body }).catch(() => ({ status: 0 }));
  if (status !== 200) {
    toast($(".field-error, #error-detail", page ?? document.createElement("p"))?.textContent
      ?? "Not saved: the server cannot be reached. What you typed is still here. Please try again.");
    $("[name=value]", form).focus();
    return;
  }
  const list = await load(location.href).catch(() => ({}));
  const fresh = list.page && list.page.getElementById(id);
  const below = row.nextElementSibling;
  if (fresh) row.replaceWith(fresh);
  raise();
  const saved = fresh?.cells[place];
  saved?.classList.add("flash");
  const cells = fresh ? editable(fresh) : [];
  const next = step ? cells[cells.indexOf(saved) + step] : below?.cells[place];
  if (next) edit(next);
  else $("a.row-link", fresh ?? below ?? document)?.focus();
}

// The link of a row lies over all of its cells but those that can be edited. A click on one of these opens the record
// too, unless a second one follows.

function raise() {
  for (const row of $$("#rows tbody tr")) for (const cell of editable(row)) cell.classList.add("cell-edit");
}

let opening;
document.addEventListener("click", (event) => {
  const cell = event.target.closest?.(".cell-edit");
  if (!cell || event.target.closest("a, form")) return;
  clearTimeout(opening);
  if (event.detail > 1) edit(cell);
  else opening = setTimeout(() => $("a.row-link", cell.closest("tr"))?.click(), 300);
});
document.addEventListener("htmx:after:swap", raise);
raise();

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
  if (key === "Escape" && panel && !panel.hidden) panel.hidden = true;
  if (target.matches("input, select, textarea, button, summary")) return;
  const row = target.closest?.("#rows tbody tr");
  if (!row) return;
  if (key === " ") {
    event.preventDefault();
    if (panel.hidden) preview(row);
    else panel.hidden = true;
  } else if (panel && !panel.hidden && (key === "ArrowDown" || key === "ArrowUp")) {
    event.preventDefault();
    move(key === "ArrowDown" ? 1 : -1);
  } else if (key === "e") {
    const [first] = editable(row);
    if (first) { event.preventDefault(); edit(first); }
  }
});
$("#preview-close")?.addEventListener("click", () => { panel.hidden = true; });
