/**
 * Which page this is: `/`, `/r/CODE`, `/try`, `/try/RECIPE`, `/help`, `/drawings`, `/drawings/WORD`, `/d/ID`, `/mine`, `/held`.
 * `server/http/pages.py` knows the same addresses and answers 404 to others.
 */
import { signal } from "@preact/signals";
import { writeHistory } from "../browser/history";
import { withBase, withoutBase } from "./base_path";
import { CODE_PATTERN, decoded, readCode } from "./room_code";

export type Route =
  | { page: "home" }
  | { page: "room"; code: string }
  | { page: "help" }
  | { page: "try"; recipe: string }
  | { page: "drawings"; word: string }
  | { page: "drawing"; id: string }
  | { page: "mine" }
  | { page: "held" }
  | { page: "nowhere" };

/** What a chat takes for a part of a link. */
const AFTER_A_LINK = /[.,;:!?)\]}>'"»”’…]+$/u;

export function parsePath(path: string): Route {
  const parts = path.split("/").filter((part) => part !== "");
  const page = parts[0]?.toLowerCase() ?? "";
  const last = decoded(parts.at(-1) ?? "");
  const [first = "", second] = [
    ...parts.slice(0, -1),
    page === "drawings" ? last : last.replace(AFTER_A_LINK, ""),
  ];
  if (parts.length > 2) return { page: "nowhere" };
  switch (first.toLowerCase()) {
    case "":
      return { page: "home" };
    case "help":
    case "mine":
    case "held":
      return second === undefined
        ? { page: first.toLowerCase() as "help" | "mine" | "held" }
        : { page: "nowhere" };
    case "drawings":
      return (second ?? "").length <= 300 ? { page: "drawings", word: second ?? "" } : { page: "nowhere" };
    case "try": {
      const recipe = (second ?? "").toLowerCase();
      return /^[a-z0-9-]{0,64}$/.test(recipe) ? { page: "try", recipe } : { page: "nowhere" };
    }
    case "d":
      return /^[0-9]{1,20}$/.test(second ?? "")
        ? { page: "drawing", id: second as string }
        : { page: "nowhere" };
    case "r":
      // What cannot be a code stays as it is: the room's door says that there is no such room.
      return second ? { page: "room", code: readCode(second) || second.toUpperCase() } : { page: "nowhere" };
  }
  return { page: "nowhere" };
}

/** The address of a page as it should be; "" where there is none. */
export function pathOf(of: Route): string {
  switch (of.page) {
    case "home":
      return "/";
    case "room":
      return CODE_PATTERN.test(of.code) ? `/r/${of.code}` : "";
    case "drawing":
      return `/d/${of.id}`;
    case "try":
      return of.recipe === "" ? "/try" : `/try/${of.recipe}`;
    case "drawings":
      return of.word === "" ? "/drawings" : `/drawings/${encodeURIComponent(of.word)}`;
    case "nowhere":
      return "";
    default:
      return `/${of.page}`;
  }
}

export const route = signal<Route>(parsePath(withoutBase(location.pathname)));

/** Put the address right that somebody came by: what was shared from it should work everywhere. */
export function normaliseAddress(): void {
  const path = pathOf(route.value);
  if (path !== "" && withBase(path) !== location.pathname)
    writeHistory(withBase(path) + location.search + location.hash, history.state, true);
}

export function navigate(path: string, replace = false): void {
  writeHistory(withBase(path), {}, replace);
  route.value = parsePath(path);
  scrollTo(0, 0);
}

addEventListener("popstate", () => {
  route.value = parsePath(withoutBase(location.pathname));
});
