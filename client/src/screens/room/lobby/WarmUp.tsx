/** A scrap of paper to scribble on while waiting. It stays in the browser. */
import { signal } from "@preact/signals";
import { DrawingPad } from "../../../canvas/DrawingPad";
import { Inkling } from "../../../inkling/Inkling";
import type { Segment } from "../../../protocol";
import { en } from "../../../text/en";
import { Icon } from "../../../ui/Icon";
import styles from "./WarmUp.module.css";

const ink: { strokes: Segment[] } = { strokes: [] };
const version = signal(0);

function replace(strokes: Segment[]): void {
  ink.strokes = strokes;
  version.value += 1;
}

export function WarmUp({ line }: { line: string }) {
  return (
    <div class={styles.warmUp}>
      <div class={styles.said}>
        <Inkling pose="watching" size="m" />
        <p class={`speech ${styles.speech}`}>{line}</p>
      </div>
      <div class={styles.paper}>
        <DrawingPad
          class={styles.pad}
          ink={ink}
          replaced={() => version.value}
          enabled
          label={en.lobby.scribbleHint}
          onPoint={() => undefined}
          onUndo={() => replace(ink.strokes.slice(0, -1))}
        />
        <p class="soft">{en.lobby.scribbleHint}</p>
        <button
          type="button"
          class="button square quiet"
          aria-label={en.lobby.scribbleClear}
          title={en.lobby.scribbleClear}
          onClick={() => replace([])}
        >
          <Icon name="eraser" />
        </button>
      </div>
    </div>
  );
}
