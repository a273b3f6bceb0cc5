/** Teach the machine a word: everybody in the room draws it, a dozen times in all; then it is played. */
import { signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { toSketch } from "../../../artwork/doodle";
import { Pad } from "../../../canvas/DrawingPad";
import type { Segment, TaughtView } from "../../../protocol";
import { isHost, view } from "../../../session/room_state";
import { play } from "../../../session/session";
import { en } from "../../../text/en";
import { Dialog } from "../../../ui/Dialog";
import { Icon } from "../../../ui/Icon";
import { typed } from "../../../ui/limited_input";
import { WORD_LENGTH } from "../../../ui/text_length";

export function Teach() {
  const [word, setWord] = useState<string | null>(null);
  const taught = view.value?.taught ?? [];
  const own = taught.filter((one) => one.scope === "room");
  const others = taught.filter((one) => one.scope !== "room");
  return (
    <section class="card teach" aria-label={en.teach.title}>
      <h2>{en.teach.title}</h2>
      <p class="soft">{en.teach.lead}</p>
      {own.length > 0 && (
        <ul class="lessons">
          {own.map((one) => (
            <Lesson key={one.word} lesson={one} onDraw={() => setWord(one.word)} />
          ))}
        </ul>
      )}
      {others.length > 0 && <p class="soft">{en.teach.others(others.map((one) => one.word))}</p>}
      <button type="button" class="button" data-testid="teach" onClick={() => setWord("")}>
        <Icon name="pencil" />
        {en.teach.open}
      </button>
      {word !== null && <Desk word={word} onClose={() => setWord(null)} />}
    </section>
  );
}

function Lesson({ lesson, onDraw }: { lesson: TaughtView; onDraw(): void }) {
  return (
    <li class="lesson" data-ready={lesson.ready} data-testid="lesson">
      <strong>{lesson.word}</strong>
      {lesson.ready ? (
        <span class="lesson-new">{en.teach.ready}</span>
      ) : (
        <progress
          max={lesson.needed}
          value={lesson.drawings}
          aria-label={en.teach.progress(lesson.drawings, lesson.needed)}
        />
      )}
      <span class="soft">{en.teach.progress(lesson.drawings, lesson.needed)}</span>
      <button type="button" class="button quiet" onClick={onDraw}>
        {en.teach.draw}
      </button>
      {isHost.value && (
        <button
          type="button"
          class="button square quiet"
          aria-label={en.teach.forget(lesson.word)}
          title={en.teach.forget(lesson.word)}
          onClick={() => void play.command("unteach", { word: lesson.word })}
        >
          <Icon name="remove" />
        </button>
      )}
    </li>
  );
}

function Desk({ word, onClose }: { word: string; onClose(): void }) {
  const [name, setName] = useState(word);
  const [busy, setBusy] = useState(false);
  const sheet = useRef<{ strokes: Segment[] }>({ strokes: [] });
  const [version] = useState(() => signal(0));
  const replace = (strokes: Segment[]) => {
    sheet.current.strokes = strokes;
    version.value += 1;
  };
  const folded = name.trim().toLowerCase();
  const lesson = view.value?.taught.find((one) => one.word.toLowerCase() === folded);
  const send = async () => {
    const sketch = toSketch(sheet.current.strokes);
    if (folded === "" || sketch.length === 0 || busy) return;
    setBusy(true);
    if (await play.command("teach", { word: name.trim(), sketch })) replace([]);
    setBusy(false);
  };
  return (
    <Dialog title={word === "" ? en.teach.title : en.teach.drawing(word)} onClose={onClose}>
      {word === "" && (
        <label class="field">
          <span>{en.teach.name}</span>
          <input
            data-testid="teach-word"
            value={name}
            dir="auto"
            placeholder={en.teach.example}
            {...typed(WORD_LENGTH, setName)}
          />
        </label>
      )}
      <div class="teach-pad">
        <Pad
          sheet={sheet.current}
          replaced={() => version.value}
          enabled={!busy}
          label={en.teach.canvas(name)}
          testid="teach-pad"
          onPoint={() => undefined}
          onUndo={() => replace(sheet.current.strokes.slice(0, -1))}
        />
      </div>
      <p aria-live="polite" data-testid="teach-count">
        {lesson === undefined
          ? en.teach.first
          : lesson.ready
            ? en.teach.done
            : en.teach.progress(lesson.drawings, lesson.needed)}
      </p>
      <div class="row">
        <button type="button" class="button" onClick={() => replace([])}>
          <Icon name="eraser" />
          {en.teach.wipe}
        </button>
        <button
          type="button"
          class="button primary"
          data-testid="teach-send"
          disabled={busy || folded === ""}
          onClick={() => void send()}
        >
          <Icon name="check" />
          {en.teach.send}
        </button>
        <button type="button" class="button" data-testid="teach-close" onClick={onClose}>
          {en.teach.close}
        </button>
      </div>
    </Dialog>
  );
}
