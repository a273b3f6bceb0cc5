/** The drawing screen: prompt, ring, canvas, Inkling, the others. */
import { useEffect, useState } from "preact/hooks";
import { DrawingPad } from "../../../canvas/DrawingPad";
import { ownCanvas, ownCanvasVersion, replaceOwnInk } from "../../../session/canvases";
import { me, ownHit, phase, round, view } from "../../../session/room_state";
import { session } from "../../../session/session";
import { drawingStart } from "../../../storage/drawing_start";
import { t } from "../../../text";
import { Confirm } from "../../../ui/Dialog";
import { Icon } from "../../../ui/Icon";
import { ConnectionBanner } from "../ConnectionBanner";
import { HitStamp } from "../HitStamp";
import styles from "./DrawingScreen.module.css";
import { Mascot } from "./Mascot";
import { OtherCanvases } from "./OtherCanvases";
import { TimerRing } from "./TimerRing";

export function DrawingScreen() {
  const current = round.value;
  const [asking, setAsking] = useState(false);
  const done = me.value?.done ?? false;
  const hit = ownHit.value;
  const enabled = phase.value === "drawing" && !done;
  useEffect(() => {
    document.documentElement.dataset.drawing = "on";
    return () => {
      delete document.documentElement.dataset.drawing;
    };
  }, []);
  if (current === null) return null;
  return (
    <main class={styles.screen} data-hit={hit !== null} data-done={done}>
      <div class={styles.head}>
        <h1 class={styles.prompt} data-testid="prompt">
          <small>{t("countdown.draw")}</small> {current.display}
        </h1>
        {current.taught && (
          <span class="badge" data-testid="new-word">
            {t("teach.newWord")}
          </span>
        )}
        <TimerRing />
      </div>
      <div class={styles.easel}>
        <DrawingPad
          class={styles.pad}
          ink={ownCanvas}
          replaced={() => ownCanvasVersion.value}
          enabled={enabled}
          label={t("drawing.canvas", { prompt: current.display })}
          testid="canvas"
          focused
          startTime={drawingStart(`${view.value?.code}/${current.id}`)}
          onPoint={draw}
          onUndo={undo}
          onPointer={(kind) => {
            session.pointer = kind;
          }}
        />
        {hit !== null && <HitStamp points={hit.points ?? 0} at={hit.at ?? 0} first={hit.first ?? false} />}
        {phase.value === "closing" && <p class={styles.pensDown}>{t("drawing.closing")}</p>}
      </div>
      <div class={`tools ${styles.tools}`}>
        <button type="button" class="button tool" data-testid="undo" disabled={!enabled} onClick={undo}>
          <Icon name="undo" />
          <span>{t("drawing.undo")}</span>
        </button>
        <button
          type="button"
          class="button tool"
          data-testid="clear"
          disabled={!enabled}
          onClick={() => ownCanvas.strokes.length > 0 && setAsking(true)}
        >
          <Icon name="eraser" />
          <span>{t("drawing.clear")}</span>
        </button>
        <button
          type="button"
          class={hit === null ? "button tool" : "button tool primary"}
          data-testid="done"
          disabled={!enabled}
          onClick={() => void session.finishDrawing(current.id)}
        >
          <Icon name="check" />
          <span>{t("drawing.done")}</span>
        </button>
      </div>
      <p class={styles.hint} role="status">
        {done ? t("drawing.doneWaiting") : hit === null ? "" : t("drawing.finishHint")}
      </p>
      <Mascot />
      <ConnectionBanner overlay />
      <OtherCanvases />
      {asking && (
        <Confirm
          ask={t("drawing.clearAsk")}
          yes={t("drawing.clearYes")}
          no={t("drawing.clearNo")}
          testid="clear-yes"
          onNo={() => setAsking(false)}
          onYes={() => {
            setAsking(false);
            clear();
          }}
        />
      )}
    </main>
  );
}

function draw(x: number, y: number, t: number, starts: boolean): void {
  session.ink.addPoint(x, y, t, starts);
  session.inkAdded();
}

function undo(): void {
  if (ownCanvas.strokes.length === 0) return;
  session.ink.undo();
  session.inkAdded();
  replaceOwnInk(ownCanvas.strokes.slice(0, -1));
}

function clear(): void {
  session.ink.clear();
  session.inkAdded();
  replaceOwnInk([]);
}
