/** What the tab's title says while one is in a room: it has to be readable from another tab. */

import { connection, ownHit, phase, players, round, view } from "../../session/room_state";
import { capitalised, t } from "../../text";

export function pageTitle(): string {
  if (connection.value.is === "lost") return t("tab.lost");
  const now = round.value;
  switch (phase.value) {
    case "lobby":
      return t("tab.lobby", {
        count: players.value.filter((player) => player.here).length,
        code: view.value?.code ?? "",
      });
    case "closing":
      return t("tab.closing");
    case "podium":
      return t("tab.podium");
  }
  if (now === null) return "";
  const place = { round: now.n, rounds: now.of };
  if (phase.value === "reveal") return t("tab.reveal", { prompt: now.display, ...place });
  if (ownHit.value !== null) return t("tab.hit", { prompt: capitalised(now.display), ...place });
  return t("tab.draw", { prompt: now.display, ...place });
}
