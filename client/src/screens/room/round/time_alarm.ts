/** The clock that is heard: ten and five seconds for screen readers, a tick in the last five. */

import * as room from "../../../session/room_state";
import { playSound } from "../../../sound/sounds";
import { t } from "../../../text";
import { announceNow } from "../../../ui/messages/announcer";

export function secondsLeft(): number {
  const round = room.round.value;
  if (round === null) return 0;
  return Math.max(0, (round.ends - room.roomTime()) / 1000);
}

export function startTimeAlarm(): void {
  let before = Number.POSITIVE_INFINITY;
  setInterval(() => {
    if (room.phase.value !== "drawing" || room.round.value?.stopped) {
      before = Number.POSITIVE_INFINITY;
      return;
    }
    const now = Math.ceil(secondsLeft());
    if (now < before && now > 0) {
      if (now <= 5) playSound("tick");
      if (now === 10 || now === 5) announceNow(t("announce.time", { count: now }));
    }
    before = now;
  }, 200);
}
