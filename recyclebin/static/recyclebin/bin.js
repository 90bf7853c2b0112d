// Opens what is inside a deletion below its line. Without scripts the link leads to the deletion's page.
(() => {
  "use strict";
  let number = 0;

  async function open(link, line) {
    const row = document.createElement("tr");
    row.className = "bin-inside";
    row.id = link.getAttribute("aria-controls");
    const cell = row.insertCell();
    cell.colSpan = line.cells.length;
    line.after(row);
    cell.setAttribute("role", "status");
    cell.textContent = "…";
    try {
      const response = await fetch(link.dataset.contentsUrl, { redirect: "error" });
      if (!response.ok) throw new Error(response.statusText);
      cell.innerHTML = await response.text();
    } catch {
      window.location.assign(link.href); // the page says what is wrong
    }
  }

  function toggle(event) {
    event.preventDefault();
    const link = event.currentTarget;
    const line = link.closest("tr");
    const shown = document.getElementById(link.getAttribute("aria-controls"));
    if (shown) shown.remove();
    else open(link, line);
    link.setAttribute("aria-expanded", String(!shown));
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const link of document.querySelectorAll("a.bin-opener")) {
      number += 1;
      link.setAttribute("role", "button");
      link.setAttribute("aria-expanded", "false");
      link.setAttribute("aria-controls", `bin-inside-${number}`);
      link.addEventListener("click", toggle);
      link.addEventListener("keydown", (event) => {
        if (event.key === " ") toggle(event);
      });
    }
  });
})();
