/** What the screen is like, and when that changes. */
import { attempt } from "./attempt";

function query(text: string): MediaQueryList | null {
  return attempt(() => matchMedia(text), null);
}

const reduced = query("(prefers-reduced-motion: reduce)");

/** Whether people want things to hold still. */
export function calm(): boolean {
  return reduced?.matches ?? false;
}

/** How many pixels of the screen make one of CSS; between 1 and 3. */
export function density(): number {
  return Math.max(1, Math.min(3, globalThis.devicePixelRatio || 1));
}

/** Call back when an element's size or the screen's density changes. Returns how to end that. */
export function watchSize(element: Element, changed: () => void): () => void {
  const observer = attempt(() => {
    const made = new ResizeObserver(changed);
    made.observe(element);
    return made;
  }, null);
  // The size on the page stays the same when the window moves to a sharper screen: no observer tells.
  let screen: MediaQueryList | null = null;
  const listen = () => {
    screen = query(`(resolution: ${globalThis.devicePixelRatio || 1}dppx)`);
    attempt(() => screen?.addEventListener("change", moved, { once: true }), undefined);
  };
  const moved = () => {
    listen();
    changed();
  };
  listen();
  addEventListener("resize", changed);
  return () => {
    observer?.disconnect();
    attempt(() => screen?.removeEventListener("change", moved), undefined);
    removeEventListener("resize", changed);
  };
}
