/** The tab's history. Browsers refuse to write it too often (Safari: 100 times in half a minute). */
import { attempt } from "./attempt";

/** Write a page into the history, on top of the one that is shown or in its place. */
export function writeHistory(path: string, state: unknown, replace: boolean): void {
  attempt(() => history[replace ? "replaceState" : "pushState"](state, "", path), undefined);
}
