/** A replay's button and slider. */
import { secondsOf, t } from "../text";
import { Icon } from "../ui/Icon";
import styles from "./ReplayControls.module.css";
import type { Replay } from "./useReplay";

interface Props {
  replay: Replay;
  length: number;
  /** What the button says while the replay rests. */
  again: string;
  /** What the slider is called. */
  name: string;
  class?: string | undefined;
}

export function ReplayControls({ replay, length, again, name, class: extra = "" }: Props) {
  return (
    <div class={`${styles.controls} ${extra}`}>
      <button
        type="button"
        class="button square quiet"
        data-testid="replay"
        aria-label={replay.running ? t("replay.pause") : again}
        onClick={() => (replay.running ? replay.pause() : replay.start())}
      >
        <Icon name={replay.running ? "pause" : "play"} />
      </button>
      <input
        type="range"
        min={0}
        max={length}
        step={20}
        value={replay.at}
        aria-label={name}
        aria-valuetext={t("replay.position", { at: secondsOf(replay.at), length: secondsOf(length) })}
        onInput={(event) => replay.seek(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}
