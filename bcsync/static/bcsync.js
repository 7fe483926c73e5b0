// Comfort only: every page works without it. Selection of rows, the row the FactBoxes follow, a live preview.
(function () {
  "use strict";

  var thousands = document.currentScript.dataset.thousands;

  // As the page writes its numbers.
  function number(count) { return String(count).replace(/\B(?=(\d{3})+$)/g, thousands); }

  // The pages' times are in this zone from the next page on, unless the reader chose another one.
  try {
    var zone = Intl.DateTimeFormat().resolvedOptions().timeZone, secure = location.protocol === "https:" ? "; Secure" : "";
    if (zone) { document.cookie = "zone=" + zone + "; Path=/; Max-Age=31536000; SameSite=Lax" + secure; }
  } catch (error) { /* A browser without zones, or without cookies: times say UTC. */ }

  // Check boxes: all at once, and the count on the buttons that work on them.
  function countSelected(form) {
    var boxes = Array.from(form.elements), rows = boxes.filter(function (box) { return box.hasAttribute("data-row"); });
    var on = rows.filter(function (box) { return box.checked; }).length;
    form.querySelectorAll("[data-count]").forEach(function (place) { place.textContent = on ? number(on) + " selected" : "selected"; });
    var all = boxes.find(function (box) { return box.hasAttribute("data-all"); });
    var every = boxes.find(function (box) { return box.hasAttribute("data-every"); });
    if (every && !on) { every.checked = false; }
    if (all) { all.checked = on > 0 && on === rows.length; all.indeterminate = on > 0 && on < rows.length; }
  }

  document.addEventListener("change", function (event) {
    var box = event.target, form = box.form;
    if (!form || !form.hasAttribute("data-selects")) { return; }
    if (box.hasAttribute("data-all")) {
      Array.from(form.elements).forEach(function (row) { if (row.hasAttribute("data-row")) { row.checked = box.checked; } });
    }
    countSelected(form);
  });

  // The browser keeps ticks when one comes back to the page.
  window.addEventListener("pageshow", function () { document.querySelectorAll("[data-selects]").forEach(countSelected); });

  // On a narrow screen the filter pane would push the list out of sight.
  document.addEventListener("DOMContentLoaded", function () {
    if (!window.matchMedia("(max-width: 40rem)").matches) { return; }
    document.querySelectorAll("details.filters").forEach(function (pane) { pane.open = false; });
  });

  // The row whose customer the FactBoxes show.
  document.addEventListener("htmx:afterRequest", function (event) {
    var row = event.target.closest && event.target.closest("tr[data-customer]");
    if (!row || !event.detail.successful) { return; }
    document.querySelectorAll("tr.sel").forEach(function (other) {
      other.classList.remove("sel");
      other.querySelectorAll("[aria-current]").forEach(function (link) { link.removeAttribute("aria-current"); });
    });
    row.classList.add("sel");
    event.target.setAttribute("aria-current", "true");
  });

  // A click elsewhere, or Escape, closes an open menu.
  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      menu.open = false;
      if (menu.contains(document.activeElement)) { menu.querySelector("summary").focus(); }
    });
  });
})();
