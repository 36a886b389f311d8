// A click on the link of a player loads the player. Without this script, or with a modifier key, the link opens its page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-embed]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const frame = document.createElement("iframe");
  frame.src = link.dataset.embed;
  frame.title = link.dataset.title;
  if (link.dataset.height) frame.height = link.dataset.height;
  frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
  frame.allowFullscreen = true;
  frame.referrerPolicy = "strict-origin-when-cross-origin";
  link.replaceWith(frame);
  frame.focus();
});
