(() => {
  "use strict";
  const one = (selector) => document.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const root = document.documentElement;
  for (const element of all("[data-js]")) element.hidden = false;

  // Filters
  const ranks = { unknown: 0, low: 1, medium: 2, high: 3, critical: 4 };
  const entries = all("details.f");
  const texts = entries.map((entry) => entry.textContent.toLowerCase());
  const [query, severity, status, fresh] = ["#q", "#fs", "#fg", "#fn"].map(one);
  let rule = "";
  function filter() {
    const wanted = query.value.trim().toLowerCase();
    const least = severity.value ? ranks[severity.value] : 0;
    let shown = 0;
    entries.forEach((entry, at) => {
      const { sev, gate, rule: own, fresh: isNew, n } = entry.dataset;
      const fits = (!wanted || texts[at].includes(wanted)) && ranks[sev] >= least && (!status.value || gate === status.value)
        && (!fresh.checked || isNew === "1") && (!rule || own === rule);
      entry.hidden = !fits;
      shown += fits ? Number(n) : 0;
    });
    one("#count").textContent = `${shown} of ${one("#count").dataset.n}`;
    one("#none").hidden = shown > 0;
  }
  function press(key) {
    rule = key;
    for (const button of all(".rule[data-r]")) button.setAttribute("aria-pressed", String(button.dataset.r === rule));
  }
  if (query) {
    for (const control of [query, severity, status, fresh]) control.addEventListener("input", filter);
    for (const button of all(".rule[data-r]")) {
      button.addEventListener("click", () => { press(rule === button.dataset.r ? "" : button.dataset.r); filter(); });
    }
  }

  // Permanent links open what encloses their target
  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    const entry = target.closest("details.f");
    if (entry && entry.hidden) {
      query.value = severity.value = status.value = "";
      fresh.checked = false;
      press("");
      filter();
    }
    for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    target.scrollIntoView({ block: "start" });
  }
  addEventListener("hashchange", reveal);
  reveal();

  // Theme and print
  const theme = one("#theme");
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const name = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  name();
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; name(); });
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details.f:not([open]), details.fw:not([open]), details.more:not([open])");
    for (const box of opened) box.open = true;
  });
  addEventListener("afterprint", () => { for (const box of opened) box.open = false; });
  one("#print").addEventListener("click", () => print());

  // Lineage: what a box is made from, and what is made from it
  for (const svg of all("svg.lin")) {
    const lines = all("path[data-a]", svg);
    const walk = (key, from, to, seen) => {
      for (const line of lines) {
        if (line.dataset[from] !== key || seen.has(line)) continue;
        seen.add(line).add(line.nextElementSibling);
        seen.add(svg.querySelector(`.n[data-k=${line.dataset[to]}]`));
        walk(line.dataset[to], from, to, seen);
      }
    };
    const on = (box) => {
      const seen = new Set([box]);
      walk(box.dataset.k, "a", "b", seen);
      walk(box.dataset.k, "b", "a", seen);
      svg.classList.add("hl");
      for (const part of all(".n, .e, .ah", svg)) part.classList.toggle("on", seen.has(part));
    };
    for (const box of all(".n", svg)) {
      for (const event of ["mouseenter", "focus"]) box.addEventListener(event, () => on(box));
      for (const event of ["mouseleave", "blur"]) box.addEventListener(event, () => svg.classList.remove("hl"));
    }
  }

  // All findings of a large result, a hundred at a time
  async function table() {
    const packed = Uint8Array.from(atob(one("#rows").content.textContent.trim()), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const { words, columns } = await new Response(stream).json();
    const lower = words.map((word) => word.toLowerCase());
    let rows = columns[0].map((_, at) => at);
    const every = rows;
    let page = 0;
    const size = 100;
    function show() {
      const body = one("#all tbody");
      const labels = all("#all th").map((head) => head.textContent);
      body.replaceChildren(...rows.slice(page * size, (page + 1) * size).map((row) => {
        const line = document.createElement("tr");
        columns.forEach((column, at) => {
          const cell = line.appendChild(document.createElement("td"));
          cell.dataset.l = labels[at];
          cell.appendChild(document.createElement("bdi")).textContent = words[column[row]];
        });
        return line;
      }));
      const last = Math.min((page + 1) * size, rows.length);
      one("#range").textContent = rows.length ? `${page * size + 1} to ${last} of ${rows.length}` : "none";
      one("#back").disabled = page === 0;
      one("#next").disabled = last >= rows.length;
    }
    one("#qa").addEventListener("input", (event) => {
      const wanted = event.target.value.trim().toLowerCase();
      const hits = lower.map((word) => word.includes(wanted));
      rows = wanted ? every.filter((row) => columns.some((column) => hits[column[row]])) : every;
      page = 0;
      show();
    });
    one("#back").addEventListener("click", () => { page -= 1; show(); });
    one("#next").addEventListener("click", () => { page += 1; show(); });
    show();
  }
  if (one("#rows")) table();

  // Contents: closed on small screens, following the reader on large ones
  if (matchMedia("(max-width: 1000px)").matches) one(".toc details").open = false;
  if (matchMedia("(max-width: 640px)").matches) for (const box of all(".astext")) box.open = true;
  const links = all(".toc a");
  const watcher = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (isIntersecting) for (const link of links) link.classList.toggle("on", link.hash === `#${target.id}`);
    }
  }, { rootMargin: "0px 0px -75% 0px" });
  for (const part of all("main > [id]")) watcher.observe(part);
})();
