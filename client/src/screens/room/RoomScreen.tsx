/** Inside a room: the bar, what is wrong with the line, and the screen of the phase. */
import { hasVoice } from "../../browser/speech";
import { Inkling } from "../../inkling/Inkling";
import { asking, leaveForGood } from "../../session/leave_guard";
import { guesserReady, phase, round, view } from "../../session/room_state";
import { setSounds, setVoice, soundsOn, voiceOn } from "../../sound/sounds";
import { en } from "../../text/en";
import { Confirm } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { Line } from "./ConnectionBanner";
import { Lobby } from "./lobby/Lobby";
import { Podium } from "./results/Podium";
import { Reveal } from "./results/Reveal";
import { Countdown } from "./round/Countdown";
import { Drawing } from "./round/DrawingScreen";

export function Game() {
  return (
    <div class="game" data-screen={phase.value}>
      <Bar />
      {!["drawing", "closing"].includes(phase.value) && <Line />}
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
      return <Drawing key={round.value?.id} />;
    case "reveal":
      return <Reveal key={round.value?.id} />;
    default:
      return <Podium />;
  }
}

function Bar() {
  const current = round.value;
  const counting = current !== null && !["lobby", "podium"].includes(phase.value);
  return (
    <header class="bar">
      <button
        type="button"
        class="brand"
        aria-label={en.bar.home}
        onClick={() => {
          asking.value = true;
        }}
      >
        <Inkling pose={guesserReady.value ? "idle" : "asleep"} still />
        <span>{en.name}</span>
      </button>
      <p class="bar-middle">
        {counting ? (
          <span class="bar-round">{en.countdown.round(current.n, current.of)}</span>
        ) : (
          <span class="bar-round">{en.door.room(view.value?.code ?? "")}</span>
        )}
      </p>
      <nav class="bar-tools" aria-label={en.bar.menu}>
        <Toggle
          on={soundsOn.value}
          set={setSounds}
          icons={["volume", "mute"]}
          labels={[en.bar.soundsOn, en.bar.soundsOff]}
        />
        {hasVoice && (
          <Toggle
            on={voiceOn.value}
            set={setVoice}
            icons={["voice", "voice"]}
            labels={[en.bar.voiceOn, en.bar.voiceOff]}
          />
        )}
        <a class="button square quiet" href="/help" target="_blank" rel="noopener" aria-label={en.bar.help}>
          <Icon name="help" />
        </a>
        <button
          type="button"
          class="button square quiet"
          aria-label={en.lobby.leave}
          onClick={() => {
            asking.value = true;
          }}
        >
          <Icon name="out" />
        </button>
      </nav>
      {asking.value && (
        <Confirm
          ask={en.bar.leaveAsk}
          yes={en.bar.leaveYes}
          no={en.bar.leaveNo}
          testid="leave-yes"
          onNo={() => {
            asking.value = false;
          }}
          onYes={() => void leaveForGood()}
        />
      )}
    </header>
  );
}

function Toggle(props: {
  on: boolean;
  set(on: boolean): void;
  icons: ["volume" | "voice", "mute" | "voice"];
  labels: [string, string];
}) {
  const label = props.labels[props.on ? 0 : 1];
  return (
    <button
      type="button"
      class="button square quiet"
      aria-pressed={props.on}
      aria-label={label}
      title={label}
      data-off={!props.on}
      onClick={() => props.set(!props.on)}
    >
      <Icon name={props.icons[props.on ? 0 : 1]} />
    </button>
  );
}
