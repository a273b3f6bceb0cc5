/** The drawing screen: prompt, ring, canvas, Inkling, the others. */
import { useEffect, useState } from "preact/hooks";
import { Pad } from "../../../canvas/DrawingPad";
import { mine, mineReplaced, replaceMine } from "../../../session/canvases";
import { me, myHit, phase, round, view } from "../../../session/room_state";
import { play } from "../../../session/session";
import { beganOf } from "../../../storage/drawing_start";
import { en } from "../../../text/en";
import { Confirm } from "../../../ui/Dialog";
import { Icon } from "../../../ui/Icon";
import { Line } from "../ConnectionBanner";
import { Beside } from "./Mascot";
import { Others } from "./OtherCanvases";
import { Ring } from "./TimerRing";

export function Drawing() {
  const current = round.value;
  const [asking, setAsking] = useState(false);
  const done = me.value?.done ?? false;
  const hit = myHit.value;
  const enabled = phase.value === "drawing" && !done;
  useEffect(() => {
    document.documentElement.dataset.drawing = "on";
    return () => {
      delete document.documentElement.dataset.drawing;
    };
  }, []);
  if (current === null) return null;
  return (
    <main class="drawing" data-hit={hit !== null} data-done={done}>
      <div class="prompt-row">
        <h1 class="prompt" data-testid="prompt">
          <small>{en.countdown.draw}</small> {current.display}
        </h1>
        {current.taught && <span class="new-word">{en.teach.newWord}</span>}
        <Ring />
      </div>
      <div class="easel">
        <Pad
          sheet={mine}
          replaced={() => mineReplaced.value}
          enabled={enabled}
          label={en.drawing.canvas(current.display)}
          testid="canvas"
          focused
          began={beganOf(`${view.value?.code}/${current.id}`)}
          onPoint={draw}
          onUndo={undo}
          onPointer={(kind) => {
            play.pointer = kind;
          }}
        />
        {hit !== null && <Stamp points={hit.points ?? 0} at={hit.at ?? 0} first={hit.first ?? false} />}
        {phase.value === "closing" && <p class="pens-down">{en.drawing.closing}</p>}
      </div>
      <div class="tools">
        <button type="button" class="button tool" data-testid="undo" disabled={!enabled} onClick={undo}>
          <Icon name="undo" />
          <span>{en.drawing.undo}</span>
        </button>
        <button
          type="button"
          class="button tool"
          data-testid="clear"
          disabled={!enabled}
          onClick={() => mine.strokes.length > 0 && setAsking(true)}
        >
          <Icon name="eraser" />
          <span>{en.drawing.clear}</span>
        </button>
        <button
          type="button"
          class={hit === null ? "button tool" : "button tool primary"}
          data-testid="done"
          disabled={!enabled}
          onClick={() => void play.finish(current.id)}
        >
          <Icon name="check" />
          <span>{en.drawing.done}</span>
        </button>
      </div>
      <p class="hint" role="status">
        {done ? en.drawing.doneWaiting : hit === null ? "" : en.drawing.finishHint}
      </p>
      <Beside />
      <Line />
      <Others />
      {asking && (
        <Confirm
          ask={en.drawing.clearAsk}
          yes={en.drawing.clearYes}
          no={en.drawing.clearNo}
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

function Stamp({ points, at, first }: { points: number; at: number; first: boolean }) {
  return (
    <div class="stamp" data-testid="hit-stamp">
      <strong>{en.drawing.hit}</strong>
      <span>
        {en.drawing.plus(points)} · {en.drawing.hitAt(at)}
        {first && ` · ${en.drawing.hitFirst}`}
      </span>
      <em>{en.drawing.finish}</em>
    </div>
  );
}

function draw(x: number, y: number, t: number, starts: boolean): void {
  play.line.point(x, y, t, starts);
  play.inked();
}

function undo(): void {
  if (mine.strokes.length === 0) return;
  play.line.undo();
  play.inked();
  replaceMine(mine.strokes.slice(0, -1));
}

function clear(): void {
  play.line.clear();
  play.inked();
  replaceMine([]);
}
