/** What comes from the server, turned into state, announcements and sounds. */
import { batch } from "@preact/signals";
import { knewLine, muttersLine, saysLine } from "../inkling/mood";
import type { Announcement, Frame, GuessOut, Notice, Part, RoomView, Snapshot } from "../protocol";
import { playSound, speak } from "../sound/sounds";
import { t } from "../text";
import { announce, announceNow } from "../ui/messages/announcer";
import { showToast } from "../ui/messages/show_toast";
import { applyInk, canvasOf, clearCanvases } from "./canvases";
import * as room from "./room_state";

export function applySnapshot(snapshot: Snapshot): void {
  batch(() => {
    room.clock.sync(snapshot.t, performance.now());
    applyView(snapshot.view);
    room.addAvatars(snapshot.avatars, true);
    room.results.value = snapshot.results;
    room.guesserReady.value = snapshot.guesser;
    room.saving.value = snapshot.saving;
    const poses: Record<number, string> = {};
    const activity: Record<number, number> = {};
    for (const canvas of snapshot.canvases) {
      poses[canvas.seat] = canvas.pose;
      activity[canvas.seat] = canvas.activity;
      if (canvas.seat !== room.ownSeat.value) canvasOf(canvas.seat).replace(canvas.strokes);
    }
    room.poses.value = poses;
    room.activity.value = activity;
    const me = snapshot.view.players.find((p) => p.seat === room.ownSeat.value);
    const hit = me !== undefined && me.hit_at !== null && isRoundOn(snapshot.view);
    if (!hit) room.ownHit.value = null;
    else if (room.ownHit.value === null)
      room.ownHit.value = {
        kind: "hit",
        seat: me.seat,
        at: me.hit_at ?? 0,
        points: me.gained,
        first: me.first,
      };
  });
}

/** More of the picture; one's own canvas is the session's to take. */
export function applyPart(part: Part): void {
  batch(() => {
    room.clock.sync(part.t, performance.now());
    room.addAvatars(part.avatars, false);
    for (const canvas of part.canvases)
      if (canvas.seat !== room.ownSeat.value) canvasOf(canvas.seat).replace(canvas.strokes);
    if (part.results.length === 0) return;
    const fresh = new Set(part.results.map((one) => `${one.round} ${one.seat}`));
    const known = room.results.value.filter((one) => !fresh.has(`${one.round} ${one.seat}`));
    room.results.value = [...known, ...part.results];
  });
}

function isRoundOn(view: RoomView): boolean {
  return view.phase === "drawing" || view.phase === "closing";
}

export function applyFrame(frame: Frame): void {
  batch(() => {
    room.clock.sync(frame.t, performance.now());
    if (frame.view != null) applyView(frame.view);
    if (frame.avatars !== undefined) room.addAvatars(frame.avatars, false);
    if (frame.results !== undefined) room.results.value = frame.results;
    else if (frame.left !== undefined) room.results.value = [];
    if (frame.ink !== undefined) applyInk(frame.ink, room.ownSeat.value);
    if (frame.activity !== undefined) room.activity.value = { ...room.activity.value, ...frame.activity };
    if (frame.poses !== undefined) room.poses.value = { ...room.poses.value, ...frame.poses };
    for (const event of frame.events ?? []) announceEvent(event);
  });
}

/** Assign a view; a new phase or round leaves the old one's moods behind. */
function applyView(next: RoomView): void {
  const before = room.view.value;
  const sameRound = before?.round?.id === next.round?.id;
  const samePhase = before?.phase === next.phase;
  room.view.value = next;
  if (!sameRound) {
    forgetInk();
    room.ownHit.value = null;
  }
  if (!samePhase) {
    if (!(before?.phase === "drawing" && next.phase === "closing")) {
      room.poses.value = {};
      room.guess.value = null;
      room.guessHistory.value = [];
    }
    enterPhase(next);
  }
}

function forgetInk(): void {
  room.activity.value = {};
  clearCanvases();
}

function enterPhase(next: RoomView): void {
  if (next.phase === "countdown" && next.round !== null)
    announceNow(t("announce.prompt", { prompt: next.round.display, count: next.round.seconds }));
  if (next.phase === "drawing") playSound("go");
  if (next.phase === "reveal") {
    playSound("paper");
    const me = next.players.find((p) => p.seat === room.ownSeat.value);
    if (me !== undefined) announceNow(t("announce.points", { gained: me.gained, score: me.score }));
  }
  if (next.phase === "podium") playSound("fanfare");
}

/** What players do, and the text for it. */
const PEOPLE_EVENTS: Partial<Record<Announcement["kind"], PeopleEvent>> = {
  joined: "event.joined",
  came_back: "event.came_back",
  went_away: "event.went_away",
  left: "event.left",
  kicked: "event.kicked",
};
type PeopleEvent = "event.joined" | "event.came_back" | "event.went_away" | "event.left" | "event.kicked";

function announceEvent(event: Announcement): void {
  const who = room.playerName(event.seat ?? -1);
  const own = event.seat === room.ownSeat.value;
  if (event.kind === "hit") {
    if (own) {
      room.ownHit.value = event;
      playSound("hit");
      const word = room.round.value?.display ?? "";
      speak(knewLine(word));
      announceNow(t("announce.ownHit", { prompt: word, count: event.points ?? 0 }));
    } else {
      playSound("other");
      announceNow(t("announce.otherHit", { name: who }));
    }
    return;
  }
  if (event.kind === "host") showToast(own ? t("event.youHost") : t("event.host", { name: who }));
  else if (event.kind === "clock_stopped") showToast(t("event.clockStopped"));
  else if (event.kind === "clock_resumed") showToast(t("event.clockResumed"), "good");
  else if (event.kind === "round_void") showToast(t("event.roundVoid"), "bad", 7000);
  else if (!own) {
    const key = PEOPLE_EVENTS[event.kind];
    if (key !== undefined && who !== "") showToast(t(key, { name: who }));
  }
}

export function applyGuess(guess: GuessOut): void {
  if (guess.round !== room.round.value?.id) return;
  const before = room.guess.value;
  if (before !== null && guess.revision < before.revision) return;
  room.guess.value = guess;
  const lead = guess.says || guess.mutters[0]?.[0] || "";
  if (lead === "") return;
  const said = guess.says !== "";
  const top = room.guessHistory.value[0];
  const confidence = said ? guess.confidence : (guess.mutters[0]?.[1] ?? 0);
  if (top !== undefined && top.word === lead) {
    room.guessHistory.value = [
      { ...top, confidence, said: said || top.said },
      ...room.guessHistory.value.slice(1),
    ];
    if (!said || top.said) return;
  } else {
    const key = (top?.key ?? 0) + 1;
    room.guessHistory.value = [{ word: lead, confidence, said, key }, ...room.guessHistory.value].slice(0, 7);
  }
  if (room.ownHit.value !== null) return;
  announce(said ? saysLine(lead) : muttersLine(lead));
  if (said) {
    playSound("say");
    speak(saysLine(lead));
  } else speak(muttersLine(lead));
}

export function announceNotice(notice: Notice): void {
  if (notice.kind === "guesser") announce(notice.ok ? t("announce.awake") : t("announce.asleep"));
  if (notice.kind === "saving") announce(notice.ok ? t("announce.saving") : t("announce.paused"));
}
