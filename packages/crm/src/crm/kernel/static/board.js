// The board: cards move by drag and by keys. The menu of each card does the same without this script.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const cardOf = (node) => node?.closest?.(".board-card");
const cardsOf = (column) => $$(`.board-cards[data-column="${CSS.escape(column)}"] > .board-card`);
const columns = () => $$(".board-cards").map((list) => list.dataset.column);

const columnOf = (card) => card.closest(".board-cards").dataset.column;

// Posts a move. The server sends the board as it is then, so a refused move shows the card where it is.
function move(card, column, after) {
  const form = $("#board-move"), { lead } = card.dataset;
  if (column === "won" || column === "lost") {
    location.assign(`/leads/${lead}/${column}?${new URLSearchParams({ back: form.elements.back.value })}`);
    return;
  }
  const values = { lead_id: lead, status: column, was: columnOf(card), after };
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  moved = card.id;
  form.requestSubmit();
}

function shift(card, way) {
  const list = cardsOf(columnOf(card)), at = list.indexOf(card);
  if (way === "up" && at > 0) move(card, columnOf(card), list[at - 2]?.dataset.lead ?? 0);
  if (way === "down" && list[at + 1]) move(card, columnOf(card), list[at + 1].dataset.lead);
}

let moved = "";
document.addEventListener("htmx:after:swap", () => {
  if (moved) $(`#${CSS.escape(moved)} .row-link`)?.focus({ preventScroll: false });
  moved = "";
});

// The menu of a card

let chosen = null;
document.addEventListener("click", (event) => {
  const opener = event.target.closest(".board-menu"), choice = event.target.closest("[data-move], [data-shift]");
  if (opener && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    chosen = cardOf(opener);
    const menu = $("#board-choices"), box = opener.getBoundingClientRect();
    for (const each of $$("[data-move]", menu)) each.hidden = each.dataset.move === columnOf(chosen);
    menu.showPopover();
    menu.style.insetInlineStart = `${Math.max(8, Math.min(box.right, innerWidth - 8) - menu.offsetWidth)}px`;
    menu.style.insetBlockStart = `${Math.max(8, Math.min(box.bottom, innerHeight - menu.offsetHeight - 8))}px`;
    $("button:not([hidden])", menu).focus();
  }
  if (choice) {
    $("#board-choices").hidePopover();
    if (choice.dataset.move) move(chosen, choice.dataset.move, 0);
    else shift(chosen, choice.dataset.shift);
  }
});

// Drag

let dragged = null;
const clear = () => $$(".board-over, .board-under").forEach((each) => each.classList.remove("board-over", "board-under"));

// The card above the pointer, in the list the pointer is over.
function findAbove(list, y) {
  const others = $$(".board-card", list).filter((each) => each !== dragged);
  return others.filter((each) => { const box = each.getBoundingClientRect(); return box.top + box.height / 2 < y; }).at(-1);
}

const targetOf = (event) => event.target.closest?.(".board-column, .board-zone");

document.addEventListener("dragstart", (event) => {
  dragged = cardOf(event.target);
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.lead);
  $("#board").classList.add("board-dragging");
});
document.addEventListener("dragover", (event) => {
  const target = dragged && targetOf(event);
  if (!target) return;
  event.preventDefault();
  clear();
  const list = $(".board-cards", target);
  (list ? findAbove(list, event.clientY) ?? target : target).classList.add(list && findAbove(list, event.clientY) ? "board-under" : "board-over");
});
document.addEventListener("drop", (event) => {
  const target = dragged && targetOf(event);
  if (!target) return;
  event.preventDefault();
  const list = $(".board-cards", target);
  const above = list ? findAbove(list, event.clientY) : null;
  move(dragged, (list ?? target).dataset.column, above?.dataset.lead ?? 0);
});
document.addEventListener("dragend", () => {
  dragged = null;
  clear();
  $("#board").classList.remove("board-dragging");
});

// Keys

function focusCard(card) { $(".row-link", card)?.focus(); }

function moveFocus(card, key) {
  const column = columnOf(card), list = cardsOf(column), at = list.indexOf(card);
  if (key === "ArrowUp" || key === "ArrowDown") return focusCard(list[at + (key === "ArrowUp" ? -1 : 1)] ?? card);
  const every = columns(), step = key === "ArrowLeft" ? -1 : 1;
  for (let place = every.indexOf(column) + step; every[place]; place += step) {
    const next = cardsOf(every[place]);
    if (next.length) return focusCard(next[Math.min(at, next.length - 1)]);
  }
}

document.addEventListener("keydown", (event) => {
  const card = cardOf(document.activeElement);
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  const { key, shiftKey } = event;
  if (key.startsWith("Arrow") && !shiftKey) moveFocus(card, key);
  else if (!$("#board-move")) return;
  else if (key === "[" || key === "]") {
    const every = columns(), column = every[every.indexOf(columnOf(card)) + (key === "]" ? 1 : -1)];
    if (column) move(card, column, 0);
  } else if (shiftKey && (key === "ArrowUp" || key === "ArrowDown")) shift(card, key === "ArrowUp" ? "up" : "down");
  else if (key === "w" || key === "l") move(card, key === "w" ? "won" : "lost", 0);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
