/** What happens once, before the first picture. */
import { effect } from "@preact/signals";
import { api } from "../api/api";
import { attempt } from "../browser/attempt";
import { keepAwake } from "../browser/wake";
import { route, tidyAddress } from "../routing/route";
import { startTicking } from "../screens/room/round/time_alarm";
import { guardHistory } from "../session/leave_guard";
import * as room from "../session/room_state";
import { play } from "../session/session";
import { beOneTab, identity } from "../storage/identity";
import { whoIAm } from "../storage/profile";
import { survivesTranslation } from "../ui/browser_translation";
import "@fontsource-variable/fredoka/wght.css";
import "@fontsource-variable/nunito/wght.css";
import "../styles/index.css";

/** The phases in which a phone may not fall asleep. */
const AWAKE = new Set(["countdown", "drawing", "closing", "reveal"]);

export function boot(): void {
  tidyAddress();
  attempt(() => survivesTranslation(document.body), undefined);
  void api.info().then((answer) => {
    if (answer.ok) room.info.value = answer.value;
  });
  addEventListener(
    "pointerdown",
    (event) => {
      play.pointer = event.pointerType || "mouse";
    },
    { passive: true },
  );
  void beOneTab().finally(() => {
    comeBack();
    room.settled.value = true;
  });
  leaveWithTheRoute();
  guardHistory();
  startTicking();
  keepAwake(() => AWAKE.has(room.phase.value));
}

/** A reload costs nothing: with a seat token for this room there is no door. */
function comeBack(): void {
  const where = route.value;
  if (where.page === "room" && identity.seat(where.code) !== null && room.door.value.is === "closed") {
    play.enter(where.code, whoIAm());
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
    if (left && !(now.page === "room" && play.where === now.code)) {
      play.hangUp();
      room.forgetRoom();
      room.door.value = { is: "closed" };
      room.link.value = { is: "idle" };
    }
    if (came && play.where !== now.code) comeBack();
  });
}
