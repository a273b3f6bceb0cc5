/** Where a word is taught: its name, a canvas, and how many drawings are still wanted. */
import { signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { toSketch } from "../../../artwork/doodle";
import { DrawingPad } from "../../../canvas/DrawingPad";
import type { Segment } from "../../../protocol";
import { view } from "../../../session/room_state";
import { session } from "../../../session/session";
import { t } from "../../../text";
import { Dialog } from "../../../ui/Dialog";
import { Icon } from "../../../ui/Icon";
import { limitedInput } from "../../../ui/limited_input";
import { WORD_LENGTH } from "../../../ui/text_length";
import styles from "./TeachDialog.module.css";

export function TeachDialog({ word, onClose }: { word: string; onClose(): void }) {
  const [name, setName] = useState(word);
  const [busy, setBusy] = useState(false);
  const ink = useRef<{ strokes: Segment[] }>({ strokes: [] });
  const [version] = useState(() => signal(0));
  const replace = (strokes: Segment[]) => {
    ink.current.strokes = strokes;
    version.value += 1;
  };
  const folded = name.trim().toLowerCase();
  const taught = view.value?.taught.find((one) => one.word.toLowerCase() === folded);
  const send = async () => {
    const sketch = toSketch(ink.current.strokes);
    if (folded === "" || sketch.length === 0 || busy) return;
    setBusy(true);
    if (await session.command("teach", { word: name.trim(), sketch })) replace([]);
    setBusy(false);
  };
  return (
    <Dialog title={word === "" ? t("teach.title") : t("teach.drawing", { word })} onClose={onClose}>
      {word === "" && (
        <label class="field">
          <span>{t("teach.name")}</span>
          <input
            data-testid="teach-word"
            value={name}
            dir="auto"
            placeholder={t("teach.example")}
            {...limitedInput(WORD_LENGTH, setName)}
          />
        </label>
      )}
      <div class={styles.paper}>
        <DrawingPad
          ink={ink.current}
          replaced={() => version.value}
          enabled={!busy}
          label={name === "" ? t("teach.canvasNew") : t("teach.canvas", { word: name })}
          testid="teach-pad"
          onPoint={() => undefined}
          onUndo={() => replace(ink.current.strokes.slice(0, -1))}
        />
      </div>
      <p aria-live="polite" data-testid="teach-count">
        {taught === undefined
          ? t("teach.first")
          : taught.ready
            ? t("teach.done")
            : t("teach.progress", { count: taught.drawings, needed: taught.needed })}
      </p>
      <div class="row">
        <button type="button" class="button" onClick={() => replace([])}>
          <Icon name="eraser" />
          {t("teach.clear")}
        </button>
        <button
          type="button"
          class="button primary"
          data-testid="teach-send"
          disabled={busy || folded === ""}
          onClick={() => void send()}
        >
          <Icon name="check" />
          {t("teach.send")}
        </button>
        <button type="button" class="button" data-testid="teach-close" onClick={onClose}>
          {t("teach.close")}
        </button>
      </div>
    </Dialog>
  );
}
