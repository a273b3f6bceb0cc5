/** What comes from the server, turned into state, announcements and sounds. */
import { batch } from "@preact/signals";
import type { Frame, GuessOut, Happening, Notice, Part, RoomView, Snapshot } from "../protocol";
import { play as playSound, speak } from "../sound/sounds";
import { en } from "../text/en";
import { note, say, shout } from "../ui/toasts";
import { sheetOf, takeIn, wipeSheets } from "./canvases";
import * as room from "./room_state";

export function assignSnapshot(snapshot: Snapshot): void {
  batch(() => {
    room.clock.heard(snapshot.t, performance.now());
    moveTo(snapshot.view);
    room.addAvatars(snapshot.avatars, true);
    room.results.value = snapshot.results;
    room.guesserReady.value = snapshot.guesser;
    room.saving.value = snapshot.saving;
    const poses: Record<number, string> = {};
    const activity: Record<number, number> = {};
    for (const canvas of snapshot.canvases) {
      poses[canvas.seat] = canvas.pose;
      activity[canvas.seat] = canvas.activity;
      if (canvas.seat !== room.seat.value) sheetOf(canvas.seat).replace(canvas.strokes);
    }
    room.poses.value = poses;
    room.activity.value = activity;
    const me = snapshot.view.players.find((p) => p.seat === room.seat.value);
    const hit = me !== undefined && me.hit_at !== null && isRoundOn(snapshot.view);
    if (!hit) room.myHit.value = null;
    else if (room.myHit.value === null)
      room.myHit.value = {
        kind: "hit",
        seat: me.seat,
        at: me.hit_at ?? 0,
        points: me.gained,
        first: me.first,
      };
  });
}

/** More of the picture; one's own canvas is the session's to take. */
export function takePart(part: Part): void {
  batch(() => {
    room.clock.heard(part.t, performance.now());
    room.addAvatars(part.avatars, false);
    for (const canvas of part.canvases)
      if (canvas.seat !== room.seat.value) sheetOf(canvas.seat).replace(canvas.strokes);
    if (part.results.length === 0) return;
    const fresh = new Set(part.results.map((one) => `${one.round} ${one.seat}`));
    const known = room.results.value.filter((one) => !fresh.has(`${one.round} ${one.seat}`));
    room.results.value = [...known, ...part.results];
  });
}

function isRoundOn(view: RoomView): boolean {
  return view.phase === "drawing" || view.phase === "closing";
}

export function takeFrame(frame: Frame): void {
  batch(() => {
    room.clock.heard(frame.t, performance.now());
    if (frame.view != null) moveTo(frame.view);
    if (frame.avatars !== undefined) room.addAvatars(frame.avatars, false);
    if (frame.results !== undefined) room.results.value = frame.results;
    else if (frame.left !== undefined) room.results.value = [];
    if (frame.ink !== undefined) takeIn(frame.ink, room.seat.value);
    if (frame.activity !== undefined) room.activity.value = { ...room.activity.value, ...frame.activity };
    if (frame.poses !== undefined) room.poses.value = { ...room.poses.value, ...frame.poses };
    for (const event of frame.events ?? []) happen(event);
  });
}

/** Assign a view; a new phase or round leaves the old one's moods behind. */
function moveTo(next: RoomView): void {
  const before = room.view.value;
  const sameRound = before?.round?.id === next.round?.id;
  const samePhase = before?.phase === next.phase;
  room.view.value = next;
  if (!sameRound) {
    wipeOthers();
    room.myHit.value = null;
  }
  if (!samePhase) {
    if (!(before?.phase === "drawing" && next.phase === "closing")) {
      room.poses.value = {};
      room.guess.value = null;
      room.history.value = [];
    }
    enterPhase(next);
  }
}

function wipeOthers(): void {
  room.activity.value = {};
  wipeSheets();
}

function enterPhase(next: RoomView): void {
  if (next.phase === "countdown" && next.round !== null)
    shout(en.announce.prompt(next.round.display, next.round.seconds));
  if (next.phase === "drawing") playSound("go");
  if (next.phase === "reveal") {
    playSound("paper");
    const me = next.players.find((p) => p.seat === room.seat.value);
    if (me !== undefined) shout(en.announce.points(me.gained, me.score));
  }
  if (next.phase === "podium") playSound("fanfare");
}

function happen(event: Happening): void {
  const who = room.playerName(event.seat ?? -1);
  const own = event.seat === room.seat.value;
  room.happened.value = event;
  if (event.kind === "hit") {
    if (own) {
      room.myHit.value = event;
      playSound("hit");
      const word = room.round.value?.display ?? "";
      speak(en.inkling.knew(word));
      shout(en.announce.ownHit(word, event.points ?? 0));
    } else {
      playSound("other");
      shout(en.announce.otherHit(who));
    }
    return;
  }
  if (event.kind === "host") note(own ? en.notes.youHost : en.notes.host(who));
  else if (event.kind === "clock_stopped") note(en.notes.clockStopped);
  else if (event.kind === "clock_resumed") note(en.notes.clockResumed, "good");
  else if (event.kind === "round_void") note(en.notes.roundVoid, "bad", 7000);
  else if (!own) {
    const text = en.notes.people[event.kind];
    if (text !== undefined && who !== "") note(text(who));
  }
}

export function takeGuess(guess: GuessOut): void {
  if (guess.round !== room.round.value?.id) return;
  const before = room.guess.value;
  if (before !== null && guess.revision < before.revision) return;
  room.guess.value = guess;
  const lead = guess.says || guess.mutters[0]?.[0] || "";
  if (lead === "") return;
  const said = guess.says !== "";
  const top = room.history.value[0];
  const confidence = said ? guess.confidence : (guess.mutters[0]?.[1] ?? 0);
  if (top !== undefined && top.word === lead) {
    room.history.value = [{ ...top, confidence, said: said || top.said }, ...room.history.value.slice(1)];
    if (!said || top.said) return;
  } else {
    const key = (top?.key ?? 0) + 1;
    room.history.value = [{ word: lead, confidence, said, key }, ...room.history.value].slice(0, 7);
  }
  if (room.myHit.value !== null) return;
  say(said ? en.inkling.says(lead) : en.inkling.mutters(lead));
  if (said) {
    playSound("say");
    speak(en.inkling.says(lead));
  } else speak(en.inkling.mutters(lead));
}

export function hear(notice: Notice): void {
  if (notice.kind === "guesser") say(notice.ok ? en.announce.awake : en.announce.asleep);
  if (notice.kind === "saving") say(notice.ok ? en.announce.saving : en.announce.paused);
}
