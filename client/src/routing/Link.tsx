/** A link to one of our pages: followed inside the page, unless a new tab is wanted. */
import type { ComponentChildren } from "preact";
import { withBase } from "./base_path";
import { navigate } from "./route";

interface Props {
  /** A path as this page knows it: without the base. */
  to: string;
  class?: string | undefined;
  "aria-label"?: string;
  "aria-current"?: "page" | undefined;
  children: ComponentChildren;
}

export function Link({ to, children, ...attributes }: Props) {
  return (
    <a {...attributes} href={withBase(to)} onClick={(event) => follow(event, to)}>
      {children}
    </a>
  );
}

function follow(event: MouseEvent, path: string): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  navigate(path);
}
