/** The board of the evening: points over all games of this room. */
import { avatars, players, view } from "../../../session/room_state";
import { t } from "../../../text";
import { Avatar } from "../../../ui/Avatar";
import { PlayerName } from "../../../ui/PlayerName";
import styles from "./RoomScores.module.css";

export function RoomScores({ class: name = "" }: { class?: string | undefined }) {
  const games = view.value?.game ?? 0;
  const board = [...players.value]
    .sort((a, b) => b.evening - a.evening)
    .filter((player) => player.evening > 0);
  if (games < 1 || board.length < 2) return null;
  return (
    <section class={`card ${styles.scores} ${name}`} data-testid="evening">
      <h2>{t("scores.title")}</h2>
      <ol>
        {board.slice(0, 8).map((player) => (
          <li key={player.seat}>
            <Avatar doodle={avatars.value[player.seat]} size="s" />
            <PlayerName name={player.name} />
            {player.wins > 0 && <small class="soft">{t("scores.wins", { count: player.wins })}</small>}
            <strong>{t("scores.points", { count: player.evening })}</strong>
          </li>
        ))}
      </ol>
    </section>
  );
}
