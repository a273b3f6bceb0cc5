/** Which page this is: `/`, `/r/CODE`, `/try`, `/try/RECIPE`, `/help`, `/drawings`, `/drawings/WORD`, `/d/ID`, `/mine`, `/held`. */
import { signal } from "@preact/signals";

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

export function parse(path: string): Route {
  if (path === "/" || path === "") return { page: "home" };
  if (path === "/help" || path === "/help/") return { page: "help" };
  if (/^\/mine\/?$/.test(path)) return { page: "mine" };
  if (/^\/held\/?$/.test(path)) return { page: "held" };
  const wall = /^\/drawings(?:\/([^/]{1,300}))?\/?$/.exec(path);
  if (wall !== null) return { page: "drawings", word: plain(wall[1] ?? "") };
  const id = /^\/d\/([0-9]{1,20})\/?$/.exec(path)?.[1];
  if (id !== undefined) return { page: "drawing", id };
  const recipe = /^\/try(?:\/([a-z0-9-]{0,64}))?\/?$/.exec(path);
  if (recipe !== null) return { page: "try", recipe: recipe[1] ?? "" };
  const code = /^\/r\/([^/]+)\/?$/.exec(path)?.[1]?.toUpperCase();
  return code !== undefined ? { page: "room", code } : { page: "nowhere" };
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const route = signal<Route>(parse(location.pathname));

export function go(path: string, replace = false): void {
  history[replace ? "replaceState" : "pushState"]({}, "", path);
  route.value = parse(path);
  scrollTo(0, 0);
}

addEventListener("popstate", () => {
  route.value = parse(location.pathname);
});

/** For links: follow inside the page, unless a new tab is wanted. */
export function follow(event: MouseEvent, path: string): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  go(path);
}
