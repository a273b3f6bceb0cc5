/** Keep a phone's screen on while something is wanted of its owner, where the browser can. */
import { effect } from "@preact/signals";
import { attemptLater } from "./attempt";

/**
 * Hold the screen while `wanted` (it may read signals). The browser lets go whenever the page is hidden, and by itself
 * when the battery is low: it is asked again when the page is back, and with every change of what `wanted` reads.
 */
export function keepAwake(wanted: () => boolean): void {
  let held: WakeLockSentinel | null = null;
  let asking = false;
  const settle = async () => {
    if (asking || document.visibilityState !== "visible") return;
    if (!wanted()) {
      const lock = held;
      held = null;
      if (lock !== null) await attemptLater(() => lock.release(), undefined);
      return;
    }
    if (held !== null) return;
    asking = true;
    held = await attemptLater(() => navigator.wakeLock.request("screen"), null);
    asking = false;
    held?.addEventListener("release", (event) => {
      if (event.target === held) held = null;
    });
    if (held !== null && !wanted()) await settle();
  };
  document.addEventListener("visibilitychange", () => void settle());
  effect(() => {
    wanted();
    void settle();
  });
}
