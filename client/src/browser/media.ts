/** What the screen is like, and when that changes. */
import { attempt } from "./attempt";

function query(text: string): MediaQueryList | null {
  return attempt(() => matchMedia(text), null);
}

const reduced = query("(prefers-reduced-motion: reduce)");

/** Whether people want things to hold still. */
export function prefersReducedMotion(): boolean {
  return reduced?.matches ?? false;
}

/** How many pixels of the screen make one of CSS; between 1 and 3. */
export function pixelRatio(): number {
  return Math.max(1, Math.min(3, globalThis.devicePixelRatio || 1));
}

const DENSITY_MS = 400;

const onDensity = new Set<() => void>();
let known = pixelRatio();
let looking: ReturnType<typeof setInterval> | undefined;

/** The window moved to a sharper screen: no event tells so in every browser, and what is watched keeps its size. */
function lookAtDensity(): void {
  const now = pixelRatio();
  if (now === known) return;
  known = now;
  for (const changed of onDensity) changed();
}

/** Call back when an element's size or the screen's density changes. Returns how to end that. */
export function watchSize(element: Element, changed: () => void): () => void {
  const observer = attempt(() => {
    const made = new ResizeObserver(changed);
    made.observe(element);
    return made;
  }, null);
  const once = () => changed();
  onDensity.add(once);
  looking ??= setInterval(lookAtDensity, DENSITY_MS);
  addEventListener("resize", once);
  return () => {
    observer?.disconnect();
    onDensity.delete(once);
    removeEventListener("resize", once);
    if (onDensity.size > 0) return;
    clearInterval(looking);
    looking = undefined;
  };
}
