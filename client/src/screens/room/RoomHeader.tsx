/** The bar above every screen of a room: where one is, sound, help, and the way out. */
import { hasVoice } from "../../browser/speech";
import { Inkling } from "../../inkling/Inkling";
import { withBase } from "../../routing/base_path";
import { leaveAsked, leaveRoom } from "../../session/leave_guard";
import { guesserReady, phase, round, view } from "../../session/room_state";
import { setSounds, setVoice, soundsOn, voiceOn } from "../../sound/sounds";
import { t } from "../../text";
import { Confirm } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import styles from "./RoomHeader.module.css";

export function RoomHeader() {
  const current = round.value;
  const counting = current !== null && !["lobby", "podium"].includes(phase.value);
  const drawing = ["drawing", "closing"].includes(phase.value);
  return (
    <header class={styles.header} data-drawing={drawing}>
      <button
        type="button"
        class="brand"
        aria-label={t("header.home")}
        onClick={() => {
          leaveAsked.value = true;
        }}
      >
        <Inkling pose={guesserReady.value ? "idle" : "asleep"} still />
        <span class={styles.name}>{t("name")}</span>
      </button>
      <p class={styles.where}>
        {counting ? (
          <span>{t("countdown.round", { round: current.n, rounds: current.of })}</span>
        ) : (
          <span>{t("door.room", { code: view.value?.code ?? "" })}</span>
        )}
      </p>
      <nav class={styles.tools} aria-label={t("header.tools")}>
        <Toggle
          on={soundsOn.value}
          set={setSounds}
          icons={["volume", "mute"]}
          labels={[t("header.soundsOn"), t("header.soundsOff")]}
        />
        {hasVoice && (
          <Toggle
            on={voiceOn.value}
            set={setVoice}
            icons={["voice", "voice"]}
            labels={[t("header.voiceOn"), t("header.voiceOff")]}
          />
        )}
        <a
          class="button square quiet"
          href={withBase("/help")}
          target="_blank"
          rel="noopener"
          aria-label={t("header.help")}
        >
          <Icon name="help" />
        </a>
        <button
          type="button"
          class="button square quiet"
          aria-label={t("lobby.leave")}
          onClick={() => {
            leaveAsked.value = true;
          }}
        >
          <Icon name="out" />
        </button>
      </nav>
      {leaveAsked.value && (
        <Confirm
          ask={t("header.leaveAsk")}
          yes={t("header.leaveYes")}
          no={t("header.leaveNo")}
          testid="leave-yes"
          onNo={() => {
            leaveAsked.value = false;
          }}
          onYes={() => void leaveRoom()}
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
