/** Three steps, confetti, the album of the game, and again. */
import { Inkling } from "../../../inkling/Inkling";
import { avatars, isHost, playerName, players, results, seat, view } from "../../../session/room_state";
import { play } from "../../../session/session";
import { en } from "../../../text/en";
import { Avatar } from "../../../ui/Avatar";
import { Name } from "../../../ui/PlayerName";
import { Invite } from "../panels/Invite";
import { Evening } from "../panels/RoomScores";
import { Rules } from "../panels/RoomSettings";
import { Teach } from "../panels/Teach";
import { Album } from "./Album";
import { Confetti } from "./Confetti";
import { CountUp } from "./CountUp";
import { type Standing, standings } from "./scoring";

export function Podium() {
  const room = view.value;
  if (room === null) return null;
  const order = standings(players.value);
  const top = order.filter((one) => one.place <= 3).slice(0, 3);
  const rest = order.slice(top.length);
  return (
    <main class="podium" data-testid="podium">
      <Confetti />
      <header class="podium-head">
        <Inkling pose="delighted" size="m" />
        <h1>{headline(order)}</h1>
      </header>
      {order.length > 1 && (
        <ol class="steps">
          {arranged(top).map((one) => (
            <Step key={one.player.seat} standing={one} />
          ))}
        </ol>
      )}
      {rest.length > 0 && (
        <ol class="runners" start={top.length + 1}>
          {rest.map(({ player, place }) => (
            <li key={player.seat}>
              <span class="soft">{place}</span>
              <Avatar doodle={avatars.value[player.seat]} size="s" />
              <Name name={player.name} />
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
      <div class="again">
        {isHost.value ? (
          <button
            type="button"
            class="button big primary"
            data-testid="again"
            onClick={() => void play.command("again")}
          >
            {en.podium.again}
          </button>
        ) : (
          <p class="soft">{en.podium.waitHost(playerName(room.host ?? -1))}</p>
        )}
      </div>
      <Album results={results.value} />
      <Evening />
      <section class="card rules">
        <Rules />
      </section>
      <Teach />
      <Invite code={room.code} locked={room.locked} />
    </main>
  );
}

function headline(order: readonly Standing[]): string {
  const best = order.filter((one) => one.place === 1).map((one) => one.player.name);
  if (order.length === 1) return en.podium.solo(order[0]?.player.score ?? 0);
  return best.length > 1 ? en.podium.tie(best) : en.podium.winner(best[0] ?? "");
}

/** Second, first, third: as podiums stand. */
function arranged(top: readonly Standing[]): Standing[] {
  const [first, second, third] = top;
  return [second, first, third].filter((one): one is Standing => one !== undefined);
}

function Step({ standing: { place, player } }: { standing: Standing }) {
  return (
    <li class="step" data-place={place} data-own={player.seat === seat.value}>
      <Avatar doodle={avatars.value[player.seat]} size="l" />
      <span class="step-name">
        <Name name={player.name} />
      </span>
      <div class="step-block">
        <span class="sr">{en.podium.place(place)}</span>
        <b aria-hidden="true">{place}</b>
        <strong data-testid={`score-${player.seat}`} data-score={player.score}>
          <CountUp to={player.score} />
        </strong>
      </div>
    </li>
  );
}
