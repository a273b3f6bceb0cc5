/**
 * Who this browser is: the signed player token, one seat token a room, this tab.
 *
 * A tab that plays as somebody else keeps its identity in sessionStorage, so that it never overwrites the browser's.
 */

const PLAYER = "inkling.player";
const SEAT = "inkling.seat.";
const TAB = "inkling.tab";
const OTHER = "inkling.other";

/** Storage that may be switched off by the browser; then things last as long as the page. */
class Drawer {
  private readonly spare = new Map<string, string>();
  constructor(private readonly kind: "localStorage" | "sessionStorage") {}

  get(key: string): string | null {
    try {
      return globalThis[this.kind].getItem(key);
    } catch {
      return this.spare.get(key) ?? null;
    }
  }

  set(key: string, value: string | null): void {
    try {
      if (value === null) globalThis[this.kind].removeItem(key);
      else globalThis[this.kind].setItem(key, value);
    } catch {
      if (value === null) this.spare.delete(key);
      else this.spare.set(key, value);
    }
  }
}

export const local = new Drawer("localStorage");
export const session = new Drawer("sessionStorage");

function home(): Drawer {
  return session.get(OTHER) === null ? local : session;
}

export const identity = {
  player: (): string | null => home().get(PLAYER),
  setPlayer: (token: string | null): void => home().set(PLAYER, token),
  seat: (code: string): string | null => home().get(SEAT + code),
  setSeat: (code: string, token: string | null): void => home().set(SEAT + code, token),
  /** From now on this tab is a new person. */
  becomeSomebodyElse(): void {
    session.set(OTHER, "1");
    session.set(PLAYER, null);
  },
  tab(): string {
    const known = session.get(TAB);
    if (known !== null) return known;
    const fresh = randomId();
    session.set(TAB, fresh);
    return fresh;
  },
};

/**
 * A duplicated tab copies sessionStorage and must not pass for a reload: tabs with the same id hear of each other,
 * and the younger one takes a new id. Resolves after the others had time to answer.
 */
export function beOneTab(waitMs = 120): Promise<void> {
  if (typeof BroadcastChannel === "undefined") return Promise.resolve();
  const channel = new BroadcastChannel(TAB);
  const own = randomId();
  let sure = false;
  return new Promise((resolve) => {
    channel.onmessage = ({ data }: MessageEvent<{ tab: string; ask?: string; taken?: string }>) => {
      if (data.tab !== identity.tab()) return;
      if (data.ask !== undefined && data.ask !== own && sure)
        channel.postMessage({ tab: data.tab, taken: data.ask });
      if (data.taken === own && !sure) session.set(TAB, randomId());
    };
    channel.postMessage({ tab: identity.tab(), ask: own });
    setTimeout(() => {
      sure = true;
      resolve();
    }, waitMs);
  });
}

/** 128 random bits; crypto.randomUUID is missing on plain http. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
