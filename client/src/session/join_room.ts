/** The ways into a room. */

import { api } from "../api/api";
import { navigate } from "../routing/route";
import { currentProfile } from "../storage/profile";
import { refusalText } from "../text";
import { showToast } from "../ui/messages/show_toast";
import { session } from "./session";

/** Make a room and sit down in it; `startAtOnce` plays alone right away. */
export async function createRoom(startAtOnce: boolean): Promise<void> {
  const made = await api.createRoom();
  if (!made.ok) {
    showToast(refusalText(made.code), "bad");
    return;
  }
  const { code } = made.value;
  session.join(code, currentProfile(), startAtOnce ? () => void session.command("start") : null);
  navigate(`/r/${code}`);
}

export function joinRoom(code: string): void {
  session.join(code, currentProfile());
  navigate(`/r/${code}`);
}
