/** A tiny canvas for one's own face. */
import { signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { toDoodle } from "../../artwork/doodle";
import { randomFace } from "../../artwork/random_face";
import { DrawingPad } from "../../canvas/DrawingPad";
import type { Segment } from "../../protocol";
import { avatar, setAvatar } from "../../storage/profile";
import { t } from "../../text";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import styles from "./FaceEditor.module.css";

export function FaceEditor({ onClose }: { onClose(): void }) {
  const ink = useRef<{ strokes: Segment[] }>({ strokes: fromDoodle() });
  const [version] = useState(() => signal(0));
  const replace = (strokes: Segment[]) => {
    ink.current.strokes = strokes;
    version.value += 1;
  };
  const keep = () => {
    const doodle = toDoodle(ink.current.strokes);
    if (doodle.length > 0) setAvatar(doodle);
    onClose();
  };
  return (
    <Dialog title={t("profile.drawFace")} onClose={onClose}>
      <div class={styles.frame}>
        <DrawingPad
          ink={ink.current}
          replaced={() => version.value}
          enabled
          label={t("profile.faceCanvas")}
          onPoint={() => undefined}
          onUndo={() => replace(ink.current.strokes.slice(0, -1))}
        />
      </div>
      <div class="row">
        <button
          type="button"
          class="button"
          onClick={() => {
            setAvatar(randomFace());
            replace(fromDoodle());
          }}
        >
          <Icon name="dice" />
          {t("profile.randomFace")}
        </button>
        <button type="button" class="button" onClick={() => replace([])}>
          <Icon name="eraser" />
          {t("profile.clearFace")}
        </button>
        <button type="button" class="button primary" onClick={keep}>
          <Icon name="check" />
          {t("profile.keepFace")}
        </button>
      </div>
    </Dialog>
  );
}

function fromDoodle(): Segment[] {
  return avatar.value.map(([xs, ys]) => [xs.map((x) => x * 16), ys.map((y) => y * 16), xs.map((_, i) => i)]);
}
