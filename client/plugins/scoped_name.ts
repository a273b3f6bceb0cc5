/** How classes of CSS modules are called on the page. */
import { basename } from "node:path";

/** `.seat` of Lobby.module.css is `Lobby_seat`: no two modules have the same name (test/styles.test.ts). */
export function scopedName(name: string, path: string): string {
  return `${basename(path.split("?")[0] ?? path, ".module.css")}_${name}`;
}
