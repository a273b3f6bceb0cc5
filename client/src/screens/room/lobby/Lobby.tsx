/** The table before (and between) games: the code, the players, the settings, start. */
import { useState } from "preact/hooks";
import type { PlayerView } from "../../../protocol";
import { avatars, isHost, me, ownSeat, playerName, players, view } from "../../../session/room_state";
import { session } from "../../../session/session";
import { t, tList } from "../../../text";
import { Avatar } from "../../../ui/Avatar";
import { Confirm } from "../../../ui/Dialog";
import { Icon } from "../../../ui/Icon";
import { PlayerName } from "../../../ui/PlayerName";
import { Invite } from "../panels/Invite";
import { RoomScores } from "../panels/RoomScores";
import { RoomSettings } from "../panels/RoomSettings";
import { Teach } from "../panels/Teach";
import styles from "./Lobby.module.css";
import { WarmUp } from "./WarmUp";

export function Lobby() {
  const room = view.value;
  if (room === null) return null;
  const lines = tList("lobby.line");
  const alone = players.value.filter((player) => player.here).length < 2;
  return (
    <main class={styles.lobby}>
      <h1 class="sr">{t("lobby.title")}</h1>
      <Invite code={room.code} locked={room.locked} class={styles.invite} />
      <div class={styles.column}>
        <section class={`${styles.table} card`} aria-label={t("lobby.title")}>
          <h2 class={styles.count}>
            {t("lobby.players", { count: players.value.length, seats: room.settings.seats })}
          </h2>
          <ul class={styles.players}>
            {players.value.map((player) => (
              <PlayerSeat key={player.seat} player={player} />
            ))}
          </ul>
        </section>
        <section class={`card ${styles.warmUp}`}>
          <WarmUp line={alone ? t("lobby.alone") : (lines[players.value.length % lines.length] ?? "")} />
        </section>
      </div>
      <div class={styles.column}>
        <RoomSettings />
        {isHost.value ? <HostButtons alone={alone} locked={room.locked} /> : <GuestButtons />}
        <Teach />
        <RoomScores />
      </div>
    </main>
  );
}

function HostButtons({ alone, locked }: { alone: boolean; locked: boolean }) {
  return (
    <div class={styles.start}>
      <button
        type="button"
        class="button big primary"
        data-testid="start"
        onClick={() => void session.command("start")}
      >
        {alone ? t("lobby.startAlone") : t("lobby.start")}
      </button>
      <button
        type="button"
        class="button"
        data-testid="lock"
        aria-pressed={locked}
        onClick={() => void session.command("lock", { locked: !locked })}
      >
        <Icon name={locked ? "lock" : "open"} />
        {locked ? t("lobby.unlock") : t("lobby.lock")}
      </button>
    </div>
  );
}

function GuestButtons() {
  const ready = me.value?.ready ?? false;
  const host = playerName(view.value?.host ?? -1);
  return (
    <div class={styles.start}>
      <button
        type="button"
        class={ready ? "button big" : "button big primary"}
        data-testid="ready"
        aria-pressed={ready}
        onClick={() => void session.command("ready", { ready: !ready })}
      >
        {ready ? t("lobby.unready") : t("lobby.readyButton")}
      </button>
      <p class="soft">{host === "" ? t("lobby.noHost") : t("lobby.waitHost", { name: host })}</p>
    </div>
  );
}

function PlayerSeat({ player }: { player: PlayerView }) {
  const [asking, setAsking] = useState(false);
  const host = view.value?.host === player.seat;
  const own = player.seat === ownSeat.value;
  const state = !player.here
    ? t("lobby.away")
    : host
      ? t("lobby.host")
      : player.ready
        ? t("lobby.ready")
        : t("lobby.notReady");
  return (
    <li
      class={styles.seat}
      data-here={player.here}
      data-ready={player.ready || host}
      data-testid={`seat-${player.seat}`}
    >
      <span class={styles.face}>
        <Avatar doodle={avatars.value[player.seat]} size="l" class={styles.avatar} />
        {host && (
          <span class={styles.mark}>
            <Icon name="crown" />
          </span>
        )}
        {!host && player.ready && (
          <span class={`${styles.mark} ${styles.ready}`}>
            <Icon name="check" />
          </span>
        )}
      </span>
      <span class={styles.name} data-testid="player-name">
        <PlayerName name={player.name} />
      </span>
      <span class={styles.state}>{own ? t("lobby.ownState", { state }) : state}</span>
      {isHost.value && !own && (
        <button
          type="button"
          class={`button square quiet ${styles.kick}`}
          aria-label={t("lobby.kick", { name: player.name })}
          data-testid={`kick-${player.seat}`}
          onClick={() => setAsking(true)}
        >
          <Icon name="remove" />
        </button>
      )}
      {asking && (
        <Confirm
          ask={t("lobby.kickAsk", { name: player.name })}
          yes={t("lobby.kickYes")}
          no={t("lobby.kickNo")}
          testid="kick-yes"
          onNo={() => setAsking(false)}
          onYes={() => {
            setAsking(false);
            void session.command("kick", { seat: player.seat });
          }}
        />
      )}
    </li>
  );
}
