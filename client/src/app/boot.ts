/** What happens once, before the first picture. */
import { effect } from "@preact/signals";
import { api } from "../api/api";
import { attempt } from "../browser/attempt";
import { keepAwake } from "../browser/wake";
import { normaliseAddress, route } from "../routing/route";
import { startTimeAlarm } from "../screens/room/round/time_alarm";
import { guardHistory } from "../session/leave_guard";
import * as room from "../session/room_state";
import { session } from "../session/session";
import { claimTabId, identity } from "../storage/identity";
import { currentProfile } from "../storage/profile";
import { survivesTranslation } from "../ui/browser_translation";
import "@fontsource-variable/fredoka/wght.css";
import "@fontsource-variable/nunito/wght.css";

/** The phases in which a phone may not fall asleep. */
const AWAKE = new Set(["countdown", "drawing", "closing", "reveal"]);

export function boot(): void {
  normaliseAddress();
  attempt(() => survivesTranslation(document.body), undefined);
  void api.info().then((answer) => {
    if (answer.ok) room.serverInfo.value = answer.value;
  });
  addEventListener(
    "pointerdown",
    (event) => {
      session.pointer = event.pointerType || "mouse";
    },
    { passive: true },
  );
  void claimTabId().finally(() => {
    comeBack();
    room.tabReady.value = true;
  });
  leaveWithTheRoute();
  guardHistory();
  startTimeAlarm();
  keepAwake(() => AWAKE.has(room.phase.value));
}

/** A reload costs nothing: with a seat token for this room there is no door. */
function comeBack(): void {
  const where = route.value;
  if (where.page === "room" && identity.seat(where.code) !== null && room.joinState.value.is === "outside") {
    session.join(where.code, currentProfile());
  }
}

/** Going back in the browser hangs up; the seat stays for whoever comes again. */
function leaveWithTheRoute(): void {
  let before = route.value;
  effect(() => {
    const now = route.value;
    const left = before.page === "room" && (now.page !== "room" || now.code !== before.code);
    const came = now.page === "room" && (before.page !== "room" || now.code !== before.code);
    before = now;
    if (left && !(now.page === "room" && session.roomCode === now.code)) {
      session.disconnect();
      room.forgetRoom();
      room.joinState.value = { is: "outside" };
      room.connection.value = { is: "idle" };
    }
    if (came && session.roomCode !== now.code) comeBack();
  });
}
