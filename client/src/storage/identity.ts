/**
 * Who this browser is: the signed player token, one seat token a room, this tab.
 *
 * A tab that plays as somebody else keeps its identity in sessionStorage, so that it never overwrites the browser's.
 */
import { openChannel } from "../browser/channel";
import { randomId } from "../browser/random";
import { localStore, type SafeStorage, tabStore } from "../browser/storage";
import { storageName } from "./names";

const PLAYER = storageName("inkling.player");
const SEAT = storageName("inkling.seat.");
const ROOM = storageName("inkling.room");
const TAB = storageName("inkling.tab");
const OTHER = storageName("inkling.other");

function home(): SafeStorage {
  return tabStore.get(OTHER) === null ? localStore : tabStore;
}

export const identity = {
  player: (): string | null => home().get(PLAYER),
  setPlayer: (token: string | null): void => home().set(PLAYER, token),
  seat: (code: string): string | null => home().get(SEAT + code),
  setSeat(code: string, token: string | null): void {
    home().set(SEAT + code, token);
    if (token !== null) home().set(ROOM, `${code} ${Date.now()}`);
    else if (identity.lastRoom()?.code === code) home().set(ROOM, null);
  },
  /** The room in which one sat down last and still has a seat, and when that was (ms). */
  lastRoom(): { code: string; at: number } | null {
    const [code, at] = (home().get(ROOM) ?? "").split(" ");
    return code === undefined || identity.seat(code) === null ? null : { code, at: Number(at) || 0 };
  },
  /** From now on this tab is a new person. */
  becomeSomebodyElse(): void {
    tabStore.set(OTHER, "1");
    tabStore.set(PLAYER, null);
  },
  tab(): string {
    const known = tabStore.get(TAB);
    if (known !== null) return known;
    const fresh = randomId();
    tabStore.set(TAB, fresh);
    return fresh;
  },
};

/**
 * A duplicated tab copies sessionStorage and must not pass for a reload: tabs with the same id hear of each other,
 * and the younger one takes a new id. Resolves after the others had time to answer.
 */
export function claimTabId(waitMs = 120): Promise<void> {
  const own = randomId();
  let sure = false;
  const channel = openChannel<{ tab: string; ask?: string; taken?: string }>(TAB, (data) => {
    if (data.tab !== identity.tab()) return;
    if (data.ask !== undefined && data.ask !== own && sure) channel?.post({ tab: data.tab, taken: data.ask });
    if (data.taken === own && !sure) tabStore.set(TAB, randomId());
  });
  if (channel === null) return Promise.resolve();
  channel.post({ tab: identity.tab(), ask: own });
  return new Promise((resolve) => {
    setTimeout(() => {
      sure = true;
      resolve();
    }, waitMs);
  });
}
