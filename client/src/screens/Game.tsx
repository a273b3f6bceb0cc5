/** Inside a room: the bar, what is wrong with the line, and the screen of the phase. */
import { useState } from "preact/hooks";
import { hasVoice } from "../browser/speech";
import { Inkling } from "../inkling/Inkling";
import { play } from "../net/session";
import { setSounds, setVoice, soundsOn, voiceOn } from "../sound/sounds";
import { guesserReady, link, phase, round, saving, view } from "../state/room";
import { go } from "../state/route";
import { en } from "../text/en";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { Countdown } from "./Countdown";
import { Drawing } from "./Drawing";
import { Lobby } from "./Lobby";
import { Podium } from "./Podium";
import { Reveal } from "./Reveal";

export function Game() {
  return (
    <div class="game" data-screen={phase.value}>
      <Bar />
      <Line />
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
  const [leaving, setLeaving] = useState(false);
  const current = round.value;
  const counting = current !== null && !["lobby", "podium"].includes(phase.value);
  return (
    <header class="bar">
      <button type="button" class="brand" aria-label={en.bar.home} onClick={() => setLeaving(true)}>
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
          onClick={() => setLeaving(true)}
        >
          <Icon name="out" />
        </button>
      </nav>
      {leaving && (
        <Confirm
          ask={en.bar.leaveAsk}
          yes={en.bar.leaveYes}
          no={en.bar.leaveNo}
          onNo={() => setLeaving(false)}
          onYes={() => {
            setLeaving(false);
            void play.leave().then(() => go("/"));
          }}
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

/** What is wrong, as people would say it. */
function Line() {
  const state = link.value;
  if (state.is === "lost") {
    return (
      <p class="line" data-testid="reconnecting" role="status">
        <span class="line-dots" aria-hidden="true" />
        {state.why === "restart" ? en.waiting.restart : en.waiting.lost}
      </p>
    );
  }
  if (!saving.value) {
    return (
      <p class="line" data-testid="saving-paused" role="status">
        <span class="line-dots" aria-hidden="true" />
        {en.waiting.paused}
      </p>
    );
  }
  if (!guesserReady.value) {
    return (
      <p class="line" data-testid="asleep" role="status">
        <Inkling pose="asleep" still />
        {["drawing", "closing"].includes(phase.value) ? en.waiting.asleep : en.waiting.asleepIdle}
      </p>
    );
  }
  return null;
}
