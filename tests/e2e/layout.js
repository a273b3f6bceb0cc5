// Looks at an open page: what can be pressed, what lies over it, and how well it can be read. Ends with no value.
(() => {
  const CONTROLS = "a[href], button, input, select, textarea, summary, [role=application], [role=slider]";
  const name = (e) =>
    `${e.tagName.toLowerCase()}${e.dataset.testid ? `[${e.dataset.testid}]` : ""} ${(
      e.getAttribute("aria-label") || e.innerText || e.className || ""
    ).toString().trim().slice(0, 40)}`;
  const bar = (e) => {
    for (let one = e; one instanceof Element; one = one.parentElement)
      if (["fixed", "sticky"].includes(getComputedStyle(one).position)) return one;
    return null;
  };
  const box = (e) => (e.matches(".check input, fieldset input") ? e.closest("label") : e).getBoundingClientRect();
  const seen = (e) => {
    const { width, height } = e.getBoundingClientRect();
    return width > 0 && height > 0 && getComputedStyle(e).visibility === "visible" && !e.closest("[inert], .sr");
  };
  const controls = () => {
    const root = [...document.querySelectorAll("dialog[open]")].pop() ?? document;
    return [...root.querySelectorAll(CONTROLS)].filter(seen);
  };

  /** Whether a place that scrolls by itself hides this point of an element. */
  const scrolledAway = (e, x, y) => {
    for (let one = e.parentElement; one; one = one.parentElement) {
      if (one === document.body || !/auto|scroll/.test(getComputedStyle(one).overflow)) continue;
      const r = one.getBoundingClientRect();
      if (x < r.left || x > r.right || y < r.top || y > r.bottom) return true;
    }
    return false;
  };

  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = colour;
    pixel.fillRect(0, 0, 1, 1);
    return pixel.getImageData(0, 0, 1, 1).data;
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (e) => {
    for (let one = e; one; one = one.parentElement) {
      const styles = one.matches(".card") ? [getComputedStyle(one), getComputedStyle(one, "::before")] : [getComputedStyle(one)];
      for (const style of styles) {
        const colour = rgba(style.backgroundColor);
        if (colour[3] > 200) return colour;
      }
    }
    return rgba("#fff");
  };
  const contrast = (e) => {
    const [a, b] = [light(rgba(getComputedStyle(e).color)), light(ground(e))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };

  /** Everything that is wrong with the page as it is. */
  window.look = async () => {
    const wrong = new Set();
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const page = document.scrollingElement;
    if (page.scrollWidth > innerWidth) {
      const widest = [...document.querySelectorAll("main *, header *")].find((e) => e.getBoundingClientRect().right > innerWidth + 1);
      wrong.add(`is ${page.scrollWidth - innerWidth} px too wide (${widest ? name(widest) : "?"})`);
    }
    const free = new Set();
    const covered = new Map();
    const all = new Set();
    for (let top = 0; ; top += Math.round(innerHeight * 0.8)) {
      scrollTo(0, top);
      for (const e of controls()) {
        all.add(e);
        const r = box(e);
        const [x, y] = [r.left + r.width / 2, r.top + r.height / 2];
        if (y < 0 || y >= innerHeight - 1 || scrolledAway(e, x, y)) continue;
        const on = document.elementFromPoint(x, y);
        if (on !== null && (e.contains(on) || on.closest("label")?.contains(e))) {
          free.add(e);
          continue;
        }
        covered.set(e, on === null ? "outside of the window" : `${name(on)} in ${name(on.closest(CONTROLS) ?? on.parentElement ?? on)}${e.isConnected ? "" : " (gone meanwhile)"}`);
        // A bar at the edge may lie over what the page can scroll away from it; over another bar it may not.
        if (on === null || bar(on) === null || bar(e) !== null) wrong.add(`${name(e)} at ${Math.round(x)},${Math.round(y)} lies under ${covered.get(e)}`);
      }
      if (top + innerHeight >= page.scrollHeight) break;
    }
    for (const [e, on] of covered) if (!free.has(e)) wrong.add(`${name(e)} never comes out from under ${on}`);
    // A dialog scrolls by itself.
    for (const e of document.querySelector("dialog[open]") ? controls() : []) {
      e.scrollIntoView({ block: "center" });
      const r = box(e);
      const on = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
      if (on === null || !(e.contains(on) || on.closest("label")?.contains(e)))
        wrong.add(`${name(e)} cannot be reached in its dialog (${on === null ? "outside of the window" : name(on)})`);
    }
    for (const e of all) {
      if (e.matches("input[type=range]") && !/seconds$/.test(e.getAttribute("aria-valuetext") ?? ""))
        wrong.add(`${name(e)} does not say its seconds`);
      if (e.matches(".button") && e.scrollWidth > e.clientWidth + 2)
        wrong.add(`the text of ${name(e)} is ${e.scrollWidth - e.clientWidth} px too wide for it`);
      if (e.matches("button:not(:disabled), a") && contrast(e) < (e.innerText.trim() ? 4.5 : 3))
        wrong.add(`${name(e)} has a contrast of ${contrast(e).toFixed(2)}`);
    }
    scrollTo(0, 0);
    return [...wrong];
  };

  /** Show messages, as the page itself does. */
  window.tell = async (texts) => {
    const { name: address } = performance.getEntriesByType("resource").find((one) => one.name.includes("messages/show_toast"));
    const { showToast, toasts } = await import(address);
    toasts.value = [];
    for (const text of texts) showToast(text, "plain", 60_000);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  };

  /** What messages lie over, at the end of the page and, while drawing, at once. */
  window.besideMessages = () => {
    scrollTo(0, document.scrollingElement.scrollHeight);
    const wrong = [];
    for (const message of document.querySelectorAll("[data-testid=notice] > p")) {
      const m = message.getBoundingClientRect();
      if (m.left < 0 || m.right > innerWidth || m.bottom > innerHeight) wrong.push("a message is cut off");
      for (const e of controls()) {
        const r = box(e);
        if (r.left < m.right && m.left < r.right && r.top < m.bottom && m.top < r.bottom)
          wrong.push(`a message lies over ${name(e)}`);
      }
    }
    scrollTo(0, 0);
    return wrong;
  };
})();
