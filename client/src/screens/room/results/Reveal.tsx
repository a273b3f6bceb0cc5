/** All drawings of the round, best first; each can be drawn again with what Inkling thought at each moment. */
import { useEffect, useState } from "preact/hooks";
import { DrawingView } from "../../../canvas/DrawingView";
import { span } from "../../../canvas/geometry";
import { Inkling } from "../../../inkling/Inkling";
import type { ResultView } from "../../../protocol";
import { ReplayControls } from "../../../replay/ReplayControls";
import { useReplay } from "../../../replay/useReplay";
import {
  avatars,
  me,
  ownSeat,
  playerName,
  players,
  results,
  roomTime,
  round,
  view,
} from "../../../session/room_state";
import { session } from "../../../session/session";
import { en } from "../../../text/en";
import { Avatar } from "../../../ui/Avatar";
import { Icon } from "../../../ui/Icon";
import { PlayerName } from "../../../ui/PlayerName";
import { HitBadge } from "../HitStamp";
import { CountUp } from "./CountUp";
import styles from "./Reveal.module.css";
import { scoreBreakdown, thoughtAt, thoughtOffset } from "./scoring";

export function Reveal() {
  const current = round.value;
  const list = results.value.filter((result) => current === null || result.round === current.id);
  const own = list.find((result) => result.seat === ownSeat.value);
  if (current === null) return null;
  return (
    <main class={styles.reveal} data-testid="reveal">
      <header class={styles.head}>
        <Inkling
          pose={list.some((result) => result.hit_at !== null) ? "delighted" : "sheepish"}
          size="m"
          class={styles.inkling}
        />
        <div>
          <p class="soft">{en.reveal.was}</p>
          <h1 data-testid="prompt">{en.reveal.title(current.display)}</h1>
        </div>
        {own !== undefined && !current.void && (
          <div class={styles.points} data-testid="points">
            <strong>
              <CountUp to={own.points} />
            </strong>
            <span>{scoreBreakdown(own)}</span>
          </div>
        )}
        {current.void && <p class={styles.points}>{en.reveal.void}</p>}
      </header>
      <ul class={styles.results} data-count={list.length}>
        {list.map((result, i) => (
          <ResultCard key={result.seat} result={result} index={i} />
        ))}
      </ul>
      <ReadyBar />
    </main>
  );
}

function ResultCard({ result, index }: { result: ResultView; index: number }) {
  const [first, last] = span(result.strokes);
  const length = Math.max(1, last - first);
  const replay = useReplay(length);
  const name = playerName(result.seat);
  const score = players.value.find((player) => player.seat === result.seat)?.score ?? 0;
  const moving = replay.at < length;
  const thought = moving
    ? thoughtAt(result.thoughts, first + replay.at + thoughtOffset(result.thoughts))
    : null;
  const empty = result.strokes.length === 0;
  return (
    <li
      class={`${styles.result} card`}
      data-hit={result.hit_at !== null}
      data-own={result.seat === ownSeat.value}
      data-index={index}
    >
      <div class={`sheet ${styles.paper}`}>
        {empty ? (
          <p class={styles.empty}>{en.reveal.noInk}</p>
        ) : (
          <DrawingView
            strokes={result.strokes}
            at={moving ? first + replay.at : undefined}
            label={en.reveal.of(name)}
          />
        )}
        {result.hit_at !== null && !moving && <HitBadge first={result.first} />}
        {thought !== null && <span class={styles.thought}>{en.reveal.thought(thought.says, thought.p)}</span>}
      </div>
      {!empty && (
        <ReplayControls
          replay={replay}
          length={length}
          again={en.reveal.replay}
          name={en.reveal.scrub(name)}
        />
      )}
      <div class={styles.who}>
        <Avatar doodle={avatars.value[result.seat]} size="s" />
        <span class={styles.name} data-testid="drawn-by">
          <PlayerName name={name} cut />
        </span>
        <strong class={styles.gained}>{en.reveal.points(result.points)}</strong>
        <span class="soft" data-testid={`score-${result.seat}`} data-score={score}>
          {score}
        </span>
      </div>
      <p class={styles.note}>
        {result.hit_at !== null
          ? en.reveal.knewAt(result.hit_at, result.ink_share)
          : en.reveal.never(result.best)}
        {result.funniest !== "" && <em> {en.reveal.funniest(result.funniest)}</em>}
      </p>
    </li>
  );
}

function ReadyBar() {
  const [left, setLeft] = useState(remaining());
  useEffect(() => {
    const timer = setInterval(() => setLeft(remaining()), 250);
    return () => clearInterval(timer);
  }, []);
  const here = players.value.filter((player) => player.here);
  const ready = me.value?.ready ?? false;
  return (
    <footer class={styles.readyBar}>
      <button
        type="button"
        class="button primary"
        data-testid="ready"
        disabled={ready}
        onClick={() => void session.command("ready", { ready: true })}
      >
        <Icon name="check" />
        {en.reveal.ready}
      </button>
      <span class="soft">
        {en.reveal.next(left)}
        {here.length > 1 &&
          ` · ${en.reveal.readyWait(here.filter((player) => player.ready).length, here.length)}`}
      </span>
    </footer>
  );
}

function remaining(): number {
  return Math.max(0, Math.ceil(((view.value?.until ?? 0) - roomTime()) / 1000));
}
