/** Names in the browser's storage: every Inkling of one address has its own, by the path below which it is served. */
import { withBase } from "../routing/base_path";

export function storageName(name: string): string {
  const base = withBase("/");
  return base === "/" ? name : `${name}@${base}`;
}
