/** A scrap of paper to scribble on while waiting. It stays in the browser. */
import { signal } from "@preact/signals";
import { DrawingPad } from "../../../canvas/DrawingPad";
import { Inkling } from "../../../inkling/Inkling";
import type { Segment } from "../../../protocol";
import { t } from "../../../text";
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
          label={t("lobby.scribbleHint")}
          onPoint={() => undefined}
          onUndo={() => replace(ink.strokes.slice(0, -1))}
        />
        <p class="soft">{t("lobby.scribbleHint")}</p>
        <button
          type="button"
          class="button square quiet"
          aria-label={t("lobby.scribbleClear")}
          title={t("lobby.scribbleClear")}
          onClick={() => replace([])}
        >
          <Icon name="eraser" />
        </button>
      </div>
    </div>
  );
}
