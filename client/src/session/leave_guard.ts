/**
 * Nobody leaves a room by accident: while one has a seat, going back in the browser asks first.
 *
 * A second entry of the same address lies in the history on top of the room's. Going back uncovers the room's own entry;
 * then the page goes forward again and asks. Browsers skip such an entry where nobody has touched the page yet: then one
 * is out, and the start page offers the way back to the room.
 */
import { computed, effect, signal } from "@preact/signals";
import { attempt } from "../browser/attempt";
import { writeHistory } from "../browser/history";
import { navigate, route } from "../routing/route";
import { joinState } from "./room_state";
import { session } from "./session";

const GUARD = "guard";

/** Whether the page asks if one really wants to leave. */
export const leaveAsked = signal(false);

function isGuard(): boolean {
  return attempt(() => history.state?.inkling === GUARD, false);
}

/** The room in which one sits, or an empty text. Going back changes the route to the same room. */
const seatedIn = computed(() =>
  joinState.value.is === "joined" && route.value.page === "room" ? route.value.code : "",
);

export function guardHistory(): void {
  effect(() => {
    if (seatedIn.value === "") leaveAsked.value = false;
    else if (!isGuard()) writeHistory(location.pathname, { inkling: GUARD }, false);
  });
  addEventListener("popstate", () => {
    if (seatedIn.value === "" || isGuard()) return;
    leaveAsked.value = true;
    attempt(() => history.forward(), undefined);
  });
}

/** Give the seat up and go to the start page. */
export async function leaveRoom(): Promise<void> {
  leaveAsked.value = false;
  await session.leave();
  navigate("/", true);
}
