// What a page does by itself: says whether it is live, keeps what was opened, answers keys.
(() => {
  const byId = (id) => document.getElementById(id);
  const live = byId("live");
  const pulse = byId("pulse");
  const away = byId("away");

  // Whether the page is live ------------------------------------------------------------------
  const WORDS = { live: "live", paused: "paused", lost: "connection lost", away: "store away", still: "not live" };
  let now = "still";
  const say = (state) => {
    if (!pulse || now === state) return;
    now = state;
    pulse.dataset.is = state;
    pulse.lastElementChild.textContent = WORDS[state];
    document.body.classList.toggle("stale", state === "away" || state === "lost");
  };
  const warn = (title, text) => {
    away.replaceChildren();
    const strong = document.createElement("strong");
    strong.textContent = title;
    away.append(strong, ` ${text}`);
    away.hidden = false;
  };

  live?.addEventListener("htmx:sse:after:message", (event) => {
    if (event.detail.message.event) return;
    away.hidden = true;
    say(document.hidden ? "paused" : "live");
  });
  live?.addEventListener("away", (event) => {
    const problem = JSON.parse(event.detail.data);
    warn(problem.message, `What you see is from before. ${problem.advice}`);
    say("away");
  });
  live?.addEventListener("htmx:sse:error", () => {
    if (document.hidden) return;
    warn("The ops server does not answer.", "What you see is from before; the page connects again by itself.");
    say("lost");
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && now !== "still") say("paused");
  });

  // What a person has opened stays open while the page around it changes -----------------------
  htmx.registerExtension("keep-open", {
    htmx_before_morph_attr: (element, { attrName }) => !(element.tagName === "DETAILS" && attrName === "open"),
  });

  // Here and not in the page: htmx may look at the page before its extension has arrived, and then
  // would never connect. That look has its own timer, which was set before this one.
  const connect = () => {
    live.setAttribute("hx-sse:connect", live.dataset.live);
    htmx.process(live);
  };
  if (live?.dataset.live) setTimeout(connect);

  // Light and dark ---------------------------------------------------------------------------
  const theme = byId("theme");
  const ORDER = ["auto", "light", "dark"];
  const shown = () => document.documentElement.dataset.theme ?? "auto";
  const change = () => {
    const next = ORDER[(ORDER.indexOf(shown()) + 1) % ORDER.length];
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem("theme", next);
    } catch {
      // Then it lasts as long as the page.
    }
    theme.textContent = next;
    document.dispatchEvent(new Event("themechange"));
  };
  theme.hidden = false;
  theme.textContent = shown();
  theme.addEventListener("click", change);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new Event("themechange")));

  // Keys -------------------------------------------------------------------------------------
  const help = byId("help");
  byId("keys").hidden = false;
  byId("keys").addEventListener("click", () => help.showModal());
  const rows = () => [...document.querySelectorAll("tr[data-href]")];
  const step = (by) => {
    const found = rows();
    const at = found.indexOf(document.activeElement?.closest?.("tr[data-href]"));
    const next = found[Math.min(found.length - 1, Math.max(0, at + by))];
    next?.querySelector("a")?.focus();
  };
  let going = 0;
  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    x: () => document.activeElement?.closest?.("tr[data-href]")?.querySelector("input[type=checkbox]")?.click(),
    t: change,
    "?": () => help.showModal(),
    "/": () => byId("search")?.focus(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    if (Date.now() - going < 1500) {
      going = 0;
      document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`)?.click();
      event.preventDefault();
    } else if (event.key === "g") {
      going = Date.now();
    } else if (KEYS[event.key]) {
      event.preventDefault();
      KEYS[event.key]();
    }
  });

  // Rows, confirmations, copying ---------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a, button, input, label, summary") && !getSelection().toString()) {
      row.querySelector("a")?.click();
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "every") {
      document.querySelectorAll("input[name=job]").forEach((box) => (box.checked = event.target.checked));
    }
  });
  document.addEventListener("submit", (event) => {
    const sure = event.target.dataset.sure;
    if (sure && !confirm(sure)) event.preventDefault();
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    event.preventDefault();
    const answer = await fetch(button.dataset.copy, { headers: { Accept: "application/json" } });
    await navigator.clipboard.writeText(JSON.stringify(await answer.json(), null, 2));
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = before), 1500);
  });
})();
