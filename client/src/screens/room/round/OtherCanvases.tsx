/** The others' canvases: live where one may see them, else that a pen moves, Inkling's mood, and the stamp. */

import { Inkling } from "../../../inkling/Inkling";
import { isPose } from "../../../inkling/poses";
import type { PlayerView } from "../../../protocol";
import { activity, avatars, ownHit, ownSeat, players, poses, view } from "../../../session/room_state";
import { t } from "../../../text";
import { Avatar } from "../../../ui/Avatar";
import { Icon } from "../../../ui/Icon";
import { PlayerName } from "../../../ui/PlayerName";
import { HitBadge } from "../HitStamp";
import { LiveCanvas } from "./LiveCanvas";
import styles from "./OtherCanvases.module.css";

export function OtherCanvases() {
  const others = players.value.filter((player) => player.seat !== ownSeat.value);
  const own = players.value.find((player) => player.seat === ownSeat.value);
  return (
    <section class={styles.others} aria-label={t("drawing.others")} data-count={others.length}>
      {own !== undefined && (
        <p class={styles.own} data-testid={`score-${own.seat}`} data-score={own.score}>
          <Avatar doodle={avatars.value[own.seat]} size="s" class={styles.avatar} />
          <span class={styles.ownName} data-testid="own-name">
            <PlayerName name={own.name} cut />
          </span>
          <strong>{own.score}</strong>
        </p>
      )}
      <ul tabIndex={others.length > 3 ? 0 : -1}>
        {others.map((player) => (
          <OtherCanvas key={player.seat} player={player} />
        ))}
      </ul>
    </section>
  );
}

function OtherCanvas({ player }: { player: PlayerView }) {
  const open = ownHit.value !== null || (view.value?.settings.open_table ?? false);
  const drawn = activity.value[player.seat] ?? 0;
  const pose = poses.value[player.seat] ?? "";
  const hit = player.hit_at !== null;
  const state = hit
    ? "hit"
    : player.done
      ? "done"
      : !player.here
        ? "away"
        : drawn > 0
          ? "drawing"
          : "waiting";
  return (
    <li
      class={styles.other}
      data-testid={`thumb-${player.seat}`}
      data-state={state}
      data-open={open}
      aria-label={t("drawing.thumb", {
        name: player.name,
        score: player.score,
        state: t(`drawing.state.${state}`),
      })}
    >
      <div class={`sheet ${styles.paper}`}>
        {open ? <LiveCanvas seat={player.seat} /> : <HiddenScribble points={drawn} />}
        {hit ? (
          <HitBadge />
        ) : (
          drawn > 0 && <Inkling pose={isPose(pose) ? pose : "watching"} still class={styles.inkling} />
        )}
        {state === "done" && (
          <span class={styles.done}>
            <Icon name="check" />
          </span>
        )}
      </div>
      <p class={styles.name}>
        <PlayerName name={player.name} cut />
        <strong data-testid={`score-${player.seat}`} data-score={player.score}>
          {player.score}
        </strong>
      </p>
    </li>
  );
}

/** A pen that moves behind a curtain: a scribble that grows with the ink, and shows nothing of it. */
function HiddenScribble({ points }: { points: number }) {
  const share = Math.min(1, points / 220);
  return (
    <svg class={styles.scribble} viewBox="0 0 100 100" aria-hidden="true">
      <path
        pathLength={1}
        stroke-dasharray="1 2"
        stroke-dashoffset={1 - share}
        d="M18 60C30 20 40 20 38 52S24 84 34 80 58 22 62 26 46 80 56 78 80 30 84 40 66 82 78 74"
      />
    </svg>
  );
}
