// Unfold hides every page until its scripts have run, and a browser gives no focus to what is hidden. So what asks for
// the focus gets it here, once the page is there, unless the reader was faster.
window.addEventListener("load", () => {
  if (document.activeElement === document.body) document.querySelector("[autofocus]")?.focus();
});
