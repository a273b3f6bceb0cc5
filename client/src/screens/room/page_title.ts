/** What the tab's title says while one is in a room: it has to be readable from another tab. */

import { connection, ownHit, phase, players, round, view } from "../../session/room_state";
import { en } from "../../text/en";

export function pageTitle(): string {
  if (connection.value.is === "lost") return en.tab.lost;
  const now = round.value;
  switch (phase.value) {
    case "lobby":
      return en.tab.lobby(players.value.filter((player) => player.here).length, view.value?.code ?? "");
    case "closing":
      return en.tab.closing;
    case "podium":
      return en.tab.podium;
  }
  if (now === null) return "";
  const says = phase.value === "reveal" ? en.tab.reveal : ownHit.value !== null ? en.tab.hit : en.tab.draw;
  return says(now.display, now.n, now.of);
}
