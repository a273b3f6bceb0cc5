/** Inside a room: the header, what is wrong with the connection, and the screen of the phase. */
import { phase, round } from "../../session/room_state";
import { ConnectionBanner } from "./ConnectionBanner";
import { Lobby } from "./lobby/Lobby";
import { RoomHeader } from "./RoomHeader";
import styles from "./RoomScreen.module.css";
import { Podium } from "./results/Podium";
import { Reveal } from "./results/Reveal";
import { Countdown } from "./round/Countdown";
import { DrawingScreen } from "./round/DrawingScreen";

export function RoomScreen() {
  return (
    <div class={styles.room} data-screen={phase.value}>
      <RoomHeader />
      {!["drawing", "closing"].includes(phase.value) && <ConnectionBanner />}
      <PhaseScreen />
    </div>
  );
}

function PhaseScreen() {
  switch (phase.value) {
    case "lobby":
      return <Lobby />;
    case "countdown":
      return <Countdown key={round.value?.id} />;
    case "drawing":
    case "closing":
      return <DrawingScreen key={round.value?.id} />;
    case "reveal":
      return <Reveal key={round.value?.id} />;
    default:
      return <Podium />;
  }
}
