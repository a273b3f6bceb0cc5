/** All drawings of the round, best first; each can be drawn again with what Inkling thought at each moment. */
import { useEffect, useState } from "preact/hooks";
import { DrawingView } from "../../../canvas/DrawingView";
import { span } from "../../../canvas/geometry";
import { Inkling } from "../../../inkling/Inkling";
import type { ResultView, Thought } from "../../../protocol";
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
import { capitalised, percent, shortSeconds, t } from "../../../text";
import { Avatar } from "../../../ui/Avatar";
import { Icon } from "../../../ui/Icon";
import { PlayerName } from "../../../ui/PlayerName";
import { HitBadge } from "../HitStamp";
import { CountUp } from "./CountUp";
import styles from "./Reveal.module.css";
import { scoreBreakdown, thoughtAt, thoughtOffset } from "./scoring";

/** Below this probability Inkling never thought of the word. */
const NO_IDEA = 0.02;

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
          <p class="soft">{t("reveal.was")}</p>
          <h1 data-testid="prompt">{capitalised(current.display)}</h1>
        </div>
        {own !== undefined && !current.void && (
          <div class={styles.points} data-testid="points">
            <strong>
              <CountUp to={own.points} />
            </strong>
            <span>{scoreBreakdown(own)}</span>
          </div>
        )}
        {current.void && <p class={styles.points}>{t("reveal.void")}</p>}
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
          <p class={styles.empty}>{t("reveal.noInk")}</p>
        ) : (
          <DrawingView
            strokes={result.strokes}
            at={moving ? first + replay.at : undefined}
            label={t("reveal.of", { name })}
          />
        )}
        {result.hit_at !== null && !moving && <HitBadge first={result.first} />}
        {thought !== null && <span class={styles.thought}>{thoughtText(thought)}</span>}
      </div>
      {!empty && (
        <ReplayControls
          replay={replay}
          length={length}
          again={t("reveal.replay")}
          name={t("reveal.scrub", { name })}
        />
      )}
      <div class={styles.who}>
        <Avatar doodle={avatars.value[result.seat]} size="s" />
        <span class={styles.name} data-testid="drawn-by">
          <PlayerName name={name} cut />
        </span>
        <strong class={styles.gained}>{t("reveal.points", { points: result.points })}</strong>
        <span class="soft" data-testid={`score-${result.seat}`} data-score={score}>
          {score}
        </span>
      </div>
      <p class={styles.note}>
        {knewText(result)}
        {result.funniest !== "" && <em> {t("reveal.funniest", { word: result.funniest })}</em>}
      </p>
    </li>
  );
}

/** When Inkling knew, or how close it came. */
function knewText({ hit_at, ink_share, best }: ResultView): string {
  if (hit_at === null) {
    return best < NO_IDEA ? t("reveal.noIdea") : t("reveal.cameClose", { share: percent(best) });
  }
  const seconds = shortSeconds(hit_at);
  if (ink_share === null) return t("reveal.knewAt", { seconds });
  return t("reveal.knewAtInk", { seconds, share: percent(ink_share) });
}

function thoughtText({ says, p }: Thought): string {
  return says === "" ? t("reveal.hm") : t("reveal.thought", { word: says, share: percent(p) });
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
        {t("reveal.ready")}
      </button>
      <span class="soft">
        {t("reveal.next", { seconds: left })}
        {here.length > 1 &&
          ` · ${t("reveal.readyCount", { count: here.filter((player) => player.ready).length, players: here.length })}`}
      </span>
    </footer>
  );
}

function remaining(): number {
  return Math.max(0, Math.ceil(((view.value?.until ?? 0) - roomTime()) / 1000));
}
