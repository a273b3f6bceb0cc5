/** A room's door, for whoever comes by a link: who is there, a name, *Join*. Never the landing page. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/api";
import type { Card } from "../../protocol";
import { CODE_PATTERN } from "../../routing/room_code";
import { followLink } from "../../routing/route";
import { createRoom, joinRoom } from "../../session/join_room";
import { connection, joinState, tabReady } from "../../session/room_state";
import { session } from "../../session/session";
import { en } from "../../text/en";
import { ProfileForm } from "../profile/ProfileForm";
import { DoorCard } from "./DoorCard";
import styles from "./DoorCard.module.css";

/** What is known of the room behind the door. */
type Lookup = { is: "loading" } | { is: "found"; card: Card } | { is: "refused"; code: string };

export function Door({ code }: { code: string }) {
  const [lookup, setLookup] = useState<Lookup>({ is: "loading" });
  const state = joinState.value;
  useEffect(() => {
    if (state.is === "joining") return;
    if (!CODE_PATTERN.test(code)) return setLookup({ is: "refused", code: "unknown_room" });
    let gone = false;
    let timer = 0;
    const ask = async () => {
      const answer = await api.roomCard(code);
      if (gone) return;
      setLookup(answer.ok ? { is: "found", card: answer.value } : { is: "refused", code: answer.code });
      // A question about a room that is not there counts against the address, which may be a school's.
      timer = window.setTimeout(() => void ask(), answer.ok ? 5000 : 20000);
    };
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [code, state.is]);

  if (state.is === "joining" && connection.value.is === "lost") {
    return (
      <DoorCard pose="asleep" title={en.waiting.connecting}>
        <p>{en.refusal("unreachable")}</p>
      </DoorCard>
    );
  }
  if (state.is === "joining") return <DoorCard pose="watching" title={en.door.joining} />;
  if (state.is === "refused" && state.code === "seat_taken") return <SeatTakenCard />;
  if (state.is === "refused" && state.code === "wrong_token") return <SeatTakenCard stale />;
  if (state.is === "refused") return <RefusedCard reason={state.code} />;
  // Before that, whoever has a seat here would see a form that is gone a moment later.
  if (lookup.is === "loading" || !tabReady.value) return <DoorCard pose="watching" title={en.door.looking} />;
  if (lookup.is === "refused") return <RefusedCard reason={lookup.code} />;
  if (lookup.card.taken >= lookup.card.seats) return <RefusedCard reason="room_full" />;
  return <InvitationCard card={lookup.card} />;
}

function InvitationCard({ card }: { card: Card }) {
  const names = card.players.filter((player) => player.here).map((player) => player.name);
  return (
    <DoorCard pose="idle" title={en.door.title}>
      <p class={styles.code}>{en.door.room(card.code)}</p>
      <p>{en.door.here(names)}</p>
      <p class="soft">
        {en.door.seatsLeft(card.seats - card.taken)}
        {card.phase !== "lobby" && card.phase !== "podium" && ` · ${en.door.playing}`}
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          joinRoom(card.code);
        }}
      >
        <ProfileForm />
        <button type="submit" class="button big primary" data-testid="join-button">
          {en.door.join}
        </button>
      </form>
    </DoorCard>
  );
}

function SeatTakenCard({ stale = false }: { stale?: boolean }) {
  return (
    <DoorCard pose="puzzled" title={stale ? en.door.refusedTitle : en.door.seatTakenTitle}>
      <p>{stale ? en.refusal("wrong_token") : en.door.seatTaken}</p>
      <div class="row">
        {!stale && (
          <button
            type="button"
            class="button primary"
            data-testid="continue-here"
            onClick={() => session.takeOver()}
          >
            {en.door.continueHere}
          </button>
        )}
        <button
          type="button"
          class={stale ? "button primary" : "button"}
          data-testid="somebody-else"
          onClick={() => session.joinAsSomebodyElse()}
        >
          {en.door.somebodyElse}
        </button>
      </div>
    </DoorCard>
  );
}

function RefusedCard({ reason }: { reason: string }) {
  const titles: Record<string, string> = {
    unknown_room: en.door.unknownTitle,
    room_lost: en.door.lostTitle,
    room_full: en.door.fullTitle,
  };
  const title = titles[reason] ?? en.door.refusedTitle;
  return (
    <DoorCard pose="sheepish" title={title}>
      <p data-testid="refusal" data-code={reason}>
        {en.refusal(reason)}
      </p>
      <div class="row">
        <button type="button" class="button primary" onClick={() => location.reload()}>
          {en.door.tryAgain}
        </button>
        <button type="button" class="button" onClick={() => void createRoom(false)}>
          {en.door.makeOwn}
        </button>
        <a class="button" href="/" onClick={(event) => followLink(event, "/")}>
          {en.door.home}
        </a>
      </div>
    </DoorCard>
  );
}
