/** Three steps, confetti, the album of the game, and again. */
import { Inkling } from "../../../inkling/Inkling";
import { avatars, isHost, ownSeat, playerName, players, results, view } from "../../../session/room_state";
import { session } from "../../../session/session";
import { listOf, t } from "../../../text";
import { Avatar } from "../../../ui/Avatar";
import { PlayerName } from "../../../ui/PlayerName";
import { Invite } from "../panels/Invite";
import { RoomScores } from "../panels/RoomScores";
import { RoomSettings } from "../panels/RoomSettings";
import { Teach } from "../panels/Teach";
import { Album } from "./Album";
import { Confetti } from "./Confetti";
import { CountUp } from "./CountUp";
import styles from "./Podium.module.css";
import { type Standing, standings } from "./scoring";

export function Podium() {
  const room = view.value;
  if (room === null) return null;
  const order = standings(players.value);
  const top = order.filter((one) => one.rank <= 3).slice(0, 3);
  const rest = order.slice(top.length);
  return (
    <main class={styles.podium} data-testid="podium">
      <Confetti />
      <header class={styles.head}>
        <Inkling pose="delighted" size="m" />
        <h1>{headline(order)}</h1>
      </header>
      {order.length > 1 && (
        <ol class={styles.steps}>
          {podiumOrder(top).map((one) => (
            <PodiumStep key={one.player.seat} standing={one} />
          ))}
        </ol>
      )}
      {rest.length > 0 && (
        <ol class={styles.runnersUp} start={top.length + 1}>
          {rest.map(({ player, rank }) => (
            <li key={player.seat}>
              <span class="soft">{rank}</span>
              <Avatar doodle={avatars.value[player.seat]} size="s" />
              <PlayerName name={player.name} />
              <strong data-testid={`score-${player.seat}`} data-score={player.score}>
                {player.score}
              </strong>
            </li>
          ))}
        </ol>
      )}
      {order.length === 1 && order[0] !== undefined && (
        <span class="sr" data-testid={`score-${order[0].player.seat}`} data-score={order[0].player.score}>
          {order[0].player.score}
        </span>
      )}
      <div class={styles.again}>
        {isHost.value ? (
          <button
            type="button"
            class="button big primary"
            data-testid="again"
            onClick={() => void session.command("again")}
          >
            {t("podium.again")}
          </button>
        ) : (
          <p class="soft">{t("podium.waitHost", { name: playerName(room.host ?? -1) })}</p>
        )}
      </div>
      <Album results={results.value} />
      <RoomScores class={styles.scores} />
      <RoomSettings class={styles.settings} />
      <Teach />
      <Invite code={room.code} locked={room.locked} />
    </main>
  );
}

function headline(order: readonly Standing[]): string {
  const best = order.filter((one) => one.rank === 1).map((one) => one.player.name);
  if (order.length === 1) return t("podium.solo", { count: order[0]?.player.score ?? 0 });
  return best.length > 1
    ? t("podium.tie", { names: listOf(best) })
    : t("podium.winner", { name: best[0] ?? "" });
}

/** Second, first, third: as podiums stand. */
function podiumOrder(top: readonly Standing[]): Standing[] {
  const [first, second, third] = top;
  return [second, first, third].filter((one): one is Standing => one !== undefined);
}

function PodiumStep({ standing: { rank, player } }: { standing: Standing }) {
  return (
    <li class={styles.step} data-rank={rank} data-own={player.seat === ownSeat.value}>
      <Avatar doodle={avatars.value[player.seat]} size="l" />
      <span class={styles.name} data-testid="step-name">
        <PlayerName name={player.name} />
      </span>
      <div class={styles.block}>
        <span class="sr">{t("podium.place", { place: rank })}</span>
        <b aria-hidden="true">{rank}</b>
        <strong data-testid={`score-${player.seat}`} data-score={player.score}>
          <CountUp to={player.score} />
        </strong>
      </div>
    </li>
  );
}
