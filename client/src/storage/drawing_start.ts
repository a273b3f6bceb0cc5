/** When the drawing of a round began, kept by the tab so that a reload does not turn ink's time back. */
import { tabStore } from "../browser/storage";

/** Holds a round and the moment (ms of the wall clock) of its first point. */
const KEY = "inkling.began";

export function drawingStart(round: string): { get(): number | null; set(zero: number): void } {
  return {
    get: () => {
      const [known, wall] = (tabStore.get(KEY) ?? "").split(" ");
      const at = Number(wall);
      if (known !== round || !(at > 0)) return null;
      return performance.now() - Math.max(0, Date.now() - at);
    },
    set: (zero) => tabStore.set(KEY, `${round} ${Math.round(Date.now() - (performance.now() - zero))}`),
  };
}
