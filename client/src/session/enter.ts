/** The ways into a room. */

import { api } from "../api/api";
import { go } from "../routing/route";
import { whoIAm } from "../storage/profile";
import { en } from "../text/en";
import { note } from "../ui/toasts";
import { play } from "./session";

/** Make a room and sit down in it; `startAtOnce` plays alone right away. */
export async function makeRoom(startAtOnce: boolean): Promise<void> {
  const made = await api.makeRoom();
  if (!made.ok) {
    note(en.refusal(made.code), "bad");
    return;
  }
  const { code } = made.value;
  play.enter(code, whoIAm(), startAtOnce ? () => void play.command("start") : null);
  go(`/r/${code}`);
}

export function joinRoom(code: string): void {
  play.enter(code, whoIAm());
  go(`/r/${code}`);
}
