// What is wrong with how a page is laid out in this window: read in the page, judged in the tests.
() => {
  const SHORTEST = 12;
  const problems = [];
  const quote = (text) => `“${text.trim().replace(/\s+/g, " ").slice(0, 60)}”`;
  const place = (element) => element.closest("[id]")?.id || element.className || element.localName;

  if (document.documentElement.scrollWidth > innerWidth) {
    const wide = [...document.body.querySelectorAll("*")].filter((each) => each.getBoundingClientRect().right > innerWidth + 1);
    problems.push(`wider than the screen: ${document.documentElement.scrollWidth} px, ${wide.slice(-1).map(place)}`);
  }

  // Each line of text that is painted: its place, without what its ancestors cut off.
  const lines = [];
  const known = new Map([[document.body, { boxes: [], floats: false }]]);
  const clips = (element) => {
    if (!known.has(element)) {
      const style = getComputedStyle(element);
      const { boxes, floats } = clips(element.parentElement);
      const scrolls = style.overflowX !== "visible";
      known.set(element, {
        boxes: scrolls ? [[element, style], ...boxes] : boxes,
        floats: floats || style.position === "fixed" || style.clipPath === "inset(50%)",
      });
    }
    return known.get(element);
  };
  const cut = new Map();
  const range = document.createRange();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("script, style, noscript, option, svg, .visually-hidden, .skip-link, [popover]")) continue;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const { boxes, floats } = clips(element);
    if (floats) continue;
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      let { left, right, top, bottom } = rect;
      for (const [each, style] of boxes) {
        const box = each.getBoundingClientRect();
        if (["hidden", "clip"].includes(style.overflowX) && style.textOverflow !== "ellipsis" && !each.matches("td, th") && right > box.right + 2) {
          problems.push(`cut off: ${quote(node.data)} in ${place(each)}`);
        }
        left = Math.max(left, box.left); right = Math.min(right, box.right);
        top = Math.max(top, box.top); bottom = Math.min(bottom, box.bottom);
      }
      // The font's box is higher than its letters.
      const slack = (bottom - top) * 0.25;
      if (right - left > 2 && bottom - top > 4) lines.push({ left, right, top: top + slack, bottom: bottom - slack, node });
    }
    for (const [each, style] of boxes) {
      const cell = each.matches("td, th") || style.textOverflow === "ellipsis";
      if (cell && each.scrollWidth > each.clientWidth + 1) cut.set(each, [...(cut.get(each) ?? []), node]);
    }
  }

  for (const [element, nodes] of cut) {
    const edge = element.getBoundingClientRect().right;
    let seen = 0;
    for (const node of nodes) {
      for (let at = 0; at < node.length; at += 1) {
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const box = range.getBoundingClientRect();
        if (box.width && box.right <= edge) seen += 1;
      }
    }
    if (seen < SHORTEST) problems.push(`cut after ${seen} characters: ${quote(element.textContent)} in ${place(element)}`);
  }

  lines.sort((one, other) => one.top - other.top);
  for (const [at, one] of lines.entries()) {
    for (let next = at + 1; next < lines.length && lines[next].top < one.bottom - 1; next += 1) {
      const other = lines[next];
      if (one.node === other.node) continue;
      if (Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1.5) {
        problems.push(`text over text: ${quote(one.node.data)} and ${quote(other.node.data)} in ${place(other.node.parentElement)}`);
      }
    }
  }
  return problems.slice(0, 5);
}
