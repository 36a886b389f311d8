// What can be seen of a page at once by somebody who checks it: read in the page, judged in the tests.
() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const describe = (element) => `${element.outerHTML.replace(/\s+/g, " ").slice(0, 120)}`;
  const named = (element) =>
    element.ariaLabel?.trim() ||
    (element.getAttribute("aria-labelledby") ?? "").split(" ").some((id) => document.getElementById(id)?.textContent.trim()) ||
    element.title?.trim() ||
    element.textContent.trim() ||
    [...element.querySelectorAll("img, svg")].some((image) => image.alt || image.ariaLabel || image.querySelector("title"));
  const controls = all("input:not([type=hidden]), select, textarea").filter((each) => !each.closest("[aria-hidden=true]"));
  const ids = all("[id]").map(({ id }) => id);
  const levels = all("h1, h2, h3, h4, h5, h6").filter(shown).map(({ tagName }) => +tagName[1]);
  return {
    lang: document.documentElement.lang,
    title: document.title,
    headings: levels,
    mains: all("main, [role=main]").filter(shown).length,
    primaries: all(".button-primary").filter(shown).map((button) => button.textContent.trim()),
    unlabeled: controls.filter((each) => !each.labels?.length && !each.ariaLabel && !each.getAttribute("aria-labelledby")).map(describe),
    nameless: all("a[href], button, summary").filter((each) => shown(each) && !named(each)).map(describe),
    unlabeled_navs: all("nav").length > 1 ? all("nav").filter((each) => !each.ariaLabel && !each.getAttribute("aria-labelledby")).map(describe) : [],
    without_alt: all("img:not([alt])").map(describe),
    loud_drawings: all("svg").filter((each) => shown(each) && !each.closest("[aria-hidden=true]") && each.getAttribute("role") !== "img").map(describe),
    repeated_ids: [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))],
    dangling: all("[aria-describedby], [aria-labelledby], [aria-controls], label[for], [list], [form]").flatMap((each) =>
      ["aria-describedby", "aria-labelledby", "aria-controls", "for", "list", "form"].flatMap((name) =>
        (each.getAttribute(name) ?? "").split(" ").filter((id) => id && !document.getElementById(id)).map((id) => `${name}=${id}`))),
    headless_tables: all("table").filter((table) => !table.querySelector("th")).map(describe),
  };
}
