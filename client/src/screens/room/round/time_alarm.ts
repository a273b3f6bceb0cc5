/** The clock that is heard: ten and five seconds for screen readers, a tick in the last five. */

import * as room from "../../../session/room_state";
import { play } from "../../../sound/sounds";
import { en } from "../../../text/en";
import { shout } from "../../../ui/toasts";

export function secondsLeft(): number {
  const round = room.round.value;
  if (round === null) return 0;
  return Math.max(0, (round.ends - room.roomNow()) / 1000);
}

export function startTicking(): void {
  let before = Number.POSITIVE_INFINITY;
  setInterval(() => {
    if (room.phase.value !== "drawing" || room.round.value?.stopped) {
      before = Number.POSITIVE_INFINITY;
      return;
    }
    const now = Math.ceil(secondsLeft());
    if (now < before && now > 0) {
      if (now <= 5) play("tick");
      if (now === 10 || now === 5) shout(en.announce.time(now));
    }
    before = now;
  }, 200);
}
