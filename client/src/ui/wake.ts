/** Keep a phone's screen on while drawing, where the browser can. */
import { effect } from "@preact/signals";
import { phase } from "../state/room";

export function keepAwake(): void {
  let lock: WakeLockSentinel | null = null;
  effect(() => {
    const wanted = ["countdown", "drawing", "closing", "reveal"].includes(phase.value);
    if (!("wakeLock" in navigator)) return;
    if (wanted && lock === null) {
      navigator.wakeLock.request("screen").then(
        (held) => {
          lock = held;
          held.addEventListener("release", () => {
            lock = null;
          });
        },
        () => undefined,
      );
    } else if (!wanted) void lock?.release();
  });
}
