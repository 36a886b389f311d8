// What is wrong with how a list fits its screen: cells cut too short, text over text, a page wider than the screen.
(short) => {
    const problems = [];
    if (document.documentElement.scrollWidth > innerWidth) problems.push(`wider than the screen: ${document.documentElement.scrollWidth}`);
    const canvas = document.createElement("canvas").getContext("2d");
    for (const cell of document.querySelectorAll("main :is(td, .row-link, .row-line, .thread strong, .thread p)")) {
        const style = getComputedStyle(cell);
        if (!cell.offsetParent || style.overflowX !== "hidden" || cell.scrollWidth <= cell.clientWidth) continue;
        canvas.font = style.font;
        const width = cell.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
        const shown = Math.floor(width / (canvas.measureText("abcdefghijklmnopqrstuvwxyz").width / 26));
        if (shown < short) problems.push(`${shown} characters of: ${cell.innerText.slice(0, 60)}`);
    }
    // What lies beyond the edge of its cell is not seen.
    const seen = (each) => {
        const { left, right, top, bottom } = each.getBoundingClientRect(), cell = each.closest("td")?.getBoundingClientRect();
        return { left, top, bottom, right: cell?.width ? Math.min(right, cell.right) : right };
    };
    const boxes = [...document.querySelectorAll("main :is(td, th, .row-link, .row-line, .chip, .button, h1)")]
        .filter((each) => each.offsetParent && each.innerText?.trim() && !each.querySelector(".row-link"))
        .map((each) => [each, seen(each)]);
    for (const [index, [one, a]] of boxes.entries()) for (const [other, b] of boxes.slice(index + 1)) {
        if (one.contains(other) || other.contains(one)) continue;
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 1) problems.push(`${one.innerText.slice(0, 30)} over ${other.innerText.slice(0, 30)}`);
    }
    return problems;
}
