/**
 * The path below which this page is served: `/`, or `/draw/` where a host serves Inkling below a folder of its own.
 *
 * The server writes it into the page: `<meta name="inkling-base" content="/draw/">`. Every link, request and file that a
 * script names goes through here; all other code writes paths as if the base were `/`.
 */
import { attempt } from "../browser/attempt";

/** What the page says; `/` where it says nothing. */
function statedBase(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="inkling-base"]');
  return `/${meta?.content ?? ""}/`.replace(/\/{2,}/g, "/");
}

const BASE = attempt(statedBase, "/");

/** A path as the browser has to ask for it: `/help` is `/draw/help`. */
export function withBase(path: string): string {
  return BASE + path.slice(1);
}

/** A path that the browser shows, as this page knows it: `/draw/help` is `/help`. */
export function withoutBase(path: string): string {
  if (path.startsWith(BASE)) return path.slice(BASE.length - 1);
  return `${path}/` === BASE ? "/" : path;
}
