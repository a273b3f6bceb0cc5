/** One visit to one room: joining, coming back, commands with their answers, and the ink's way there. */

import { api } from "../api/api";
import type {
  Doodle,
  Frame,
  Notice,
  Outbound,
  Part,
  RefusedOut,
  Reply,
  Snapshot,
  Welcome,
} from "../protocol";
import { PROTOCOL_VERSION } from "../protocol";
import { identity } from "../storage/identity";
import { en } from "../text/en";
import { note } from "../ui/toasts";
import { assignSnapshot, hear, takeFrame, takeGuess, takePart } from "./apply";
import { mine, replaceMine } from "./canvases";
import { InkLine } from "./ink_queue";
import { InkPump } from "./ink_sender";
import { Answers, type Asked, type Said } from "./pending_replies";
import * as room from "./room_state";
import { openWire, type Wire } from "./socket";

export interface Who {
  name: string;
  avatar: Doodle;
  keep: boolean;
}

/** A seat that is not answered for in this time is asked for again over a new line. */
const KNOCK_MS = 8000;

/** Codes of a refused connection that trying again would not mend. */
const ENDS = ["flood", "network_busy", "network_full", "foreign_origin"];

/** Before whoever has a seat asks a busy network's door again: at first, and at most. Each time it is twice as long. */
const BUSY_MS = 2000;
const LONGEST_BUSY_MS = 30_000;

const RETRY: Record<string, number> = {
  slow_down: 1500,
  saving_paused: 1500,
  lost: 1500,
  room_newer: 5000,
  server_error: 5000,
};

/** Between two requests for a part of the picture, where one was refused as too fast. */
const FETCH_AGAIN_MS = 500;

/** How often "done" looks whether all ink is stored. */
const FLUSH_MS = 50;

class Session {
  readonly line = new InkLine();
  tickMs = 100;
  pointer = "";
  private readonly pump = new InkPump(this.line, {
    now: () => performance.now(),
    send: (event, body) => this.emit(event, body),
    open: () => this.joined && room.saving.value,
    stalled: () => this.resync(),
  });
  private wire: Wire | null = null;
  private code = "";
  private who: Who = { name: "", avatar: [], keep: false };
  private takeover = false;
  private joined = false;
  private everHello = false;
  private failures = 0;
  private busy = 0;
  private busyWait: ReturnType<typeof setTimeout> | undefined;
  private nextId = 1;
  private joinId = 0;
  private readonly answers = new Answers();
  private finishing: number | null = null;
  private left = 0;
  private fetching = false;
  private onWelcome: (() => void) | null = null;
  private knocking: ReturnType<typeof setTimeout> | undefined;

  /** Go to a room's door with a name; `then` runs once when the seat is taken. */
  enter(code: string, who: Who, then: (() => void) | null = null, takeover = false): void {
    this.hangUp();
    room.forgetRoom();
    this.code = code;
    this.who = who;
    this.takeover = takeover;
    this.onWelcome = then;
    this.failures = 0;
    this.busy = 0;
    this.everHello = false;
    room.door.value = { is: "knocking" };
    room.link.value = { is: "connecting" };
    this.dial();
  }

  continueHere(): void {
    this.enter(this.code, this.who, null, true);
  }

  tryAgain(): void {
    this.enter(this.code, this.who);
  }

  playAsSomebodyElse(): void {
    identity.becomeSomebodyElse();
    this.enter(this.code, this.who);
  }

  /** The server does not take this browser's identity: forget it, and come in as somebody new. */
  startAfresh(): void {
    identity.setPlayer(null);
    identity.setSeat(this.code, null);
    this.enter(this.code, this.who);
  }

  /** Give the seat up and go. */
  async leave(): Promise<void> {
    if (this.joined) await Promise.race([this.ask("leave"), new Promise((done) => setTimeout(done, 700))]);
    identity.setSeat(this.code, null);
    this.hangUp();
    room.forgetRoom();
    room.door.value = { is: "closed" };
    room.link.value = { is: "idle" };
  }

  /** The room this visit is to, or an empty text. */
  get where(): string {
    return this.wire === null ? "" : this.code;
  }

  /** Close the line without giving the seat up. */
  hangUp(): void {
    clearTimeout(this.knocking);
    clearTimeout(this.busyWait);
    this.finishing = null;
    this.wire?.close();
    this.wire = null;
    this.joined = false;
    this.answers.lose();
    this.pump.stop();
  }

  /** Send a command; always answers, with code `lost` when the line broke before. */
  ask<E extends Asked>(event: E, ...[body]: Said<E>): Promise<Reply> {
    const id = this.nextId++;
    if (!this.joined) return Promise.resolve({ id, ok: false, code: "lost" });
    const answer = this.answers.expect(id);
    this.emit(event, { id, ...body });
    return answer;
  }

  /** Like `ask`, and says on the page why it did not work. */
  async command<E extends Asked>(event: E, ...said: Said<E>): Promise<boolean> {
    const reply = await this.ask(event, ...said);
    if (!reply.ok) note(en.refusal(reply.code ?? ""), "bad");
    return reply.ok;
  }

  /** Say that the drawing is finished, once the last of its ink is stored: what comes after "done" may be too late. */
  async finish(round: number): Promise<void> {
    if (this.finishing === round) return;
    this.finishing = round;
    while (!this.line.empty && this.line.round === round && this.finishing === round) await rest(FLUSH_MS);
    if (this.line.round === round && this.finishing === round) await this.command("done", { round });
    if (this.finishing === round) this.finishing = null;
  }

  /** Ink was added to the line. */
  inked(): void {
    this.pump.wake();
  }

  private dial(): void {
    const wire = openWire(this.code);
    this.wire = wire;
    if (wire === null) {
      room.link.value = { is: "blocked" };
      return;
    }
    const on = <T>(event: string, listener: (message: T) => void) =>
      wire.on(event, (message) => {
        if (this.wire === wire) listener(message as T);
      });
    const from = <E extends keyof Outbound>(event: E, listener: (message: Outbound[E]) => void) =>
      on(event, listener);
    from("hello", (message) => this.greet(message));
    from("welcome", (message) => this.sitDown(message));
    from("snapshot", (message) => this.repaint(message));
    from("part", (message) => this.part(message));
    from("frame", (message) => this.frame(message));
    from("guess", (message) => takeGuess(message));
    from("reply", (message) => this.reply(message));
    from("refused", (message) => this.refused(message));
    from("notice", (message) => this.notice(message));
    from("ended", (message) => this.ended(message.code));
    on<string>("disconnect", (reason) => this.lineLost(reason));
    on<Error & { data?: { code?: string } }>("connect_error", (error) => void this.noLine(error));
    wire.connect();
  }

  private emit(event: string, body: object): void {
    this.wire?.emit(event, body);
  }

  private greet(hello: Outbound["hello"]): void {
    this.everHello = true;
    this.failures = 0;
    if (hello.protocol !== PROTOCOL_VERSION) return this.end("old_client");
    identity.setPlayer(hello.player);
    this.tickMs = hello.tick_ms;
    this.pump.tickMs = hello.tick_ms;
    this.knock();
  }

  private knock(): void {
    this.joinId = this.nextId++;
    clearTimeout(this.knocking);
    this.knocking = setTimeout(() => !this.joined && this.redial(), KNOCK_MS);
    const seat = identity.seat(this.code);
    this.emit("join", {
      id: this.joinId,
      code: this.code,
      ...this.who,
      tab: identity.tab(),
      device: { pointer: this.pointer, width: clampSize(innerWidth), height: clampSize(innerHeight) },
      ...(seat === null ? {} : { seat }),
      takeover: this.takeover,
    });
  }

  private sitDown(welcome: Welcome): void {
    identity.setSeat(this.code, welcome.token);
    this.takeover = false;
    this.joined = true;
    this.busy = 0;
    clearTimeout(this.knocking);
    const seat = welcome.seat;
    if (room.seat.value !== seat) this.line.begin(0);
    room.seat.value = seat;
    const waited = this.line.unstored().length > 0;
    const { round } = this.line;
    this.repaint(welcome.snapshot);
    // What was drawn while the line was down came too late: its round is over.
    const over = this.line.round !== round || welcome.snapshot.view.phase !== "drawing";
    if (waited && over) note(en.refusal("round_over"));
    this.line.rewind();
    room.link.value = { is: "open" };
    room.door.value = { is: "inside" };
    this.pump.wake();
    const then = this.onWelcome;
    this.onWelcome = null;
    then?.();
  }

  /** The server's picture replaces everything; ink that is not stored yet is drawn on top of it. */
  private repaint(snapshot: Snapshot): void {
    const round = snapshot.view.round?.id ?? 0;
    const canvas = snapshot.canvases.find((one) => one.seat === room.seat.value);
    const seq = canvas?.seq ?? 0;
    const left = snapshot.left;
    // A large drawing of one's own comes with the next part; until then what this page has of it will do.
    const toCome = left > 0 && canvas !== undefined && canvas.activity > 0 && canvas.strokes.length === 0;
    const keep = toCome && this.line.round === round && mine.strokes.length > 0;
    this.line.resume(round, seq);
    if (snapshot.view.phase !== "drawing") this.line.drop();
    assignSnapshot(snapshot);
    if (!keep) replaceMine(canvas?.strokes ?? [], this.line.unstored());
    this.fetch(left);
  }

  private part(part: Part): void {
    takePart(part);
    const canvas = part.canvases.find((one) => one.seat === room.seat.value);
    if (canvas !== undefined) {
      this.line.stored(this.line.round, canvas.seq);
      replaceMine(canvas.strokes, this.line.unstored());
    }
    this.fetch(part.left);
  }

  /** Ask for what is left of the picture, part by part: each one leaves the line free for whatever else is said. */
  private fetch(left: number): void {
    this.left = left;
    if (left > 0 && !this.fetching) void this.fetchAll();
  }

  private async fetchAll(): Promise<void> {
    this.fetching = true;
    while (this.left > 0 && this.joined) {
      const reply = await this.ask("more");
      if (reply.ok) continue;
      // Nobody answers: the line looks open, but it is dead. The next welcome begins the picture anew.
      if (reply.code === "timeout") this.redial();
      if (reply.code !== "slow_down") break;
      await rest(FETCH_AGAIN_MS);
    }
    this.fetching = false;
  }

  private frame(frame: Frame): void {
    const before = this.line.round;
    const own = room.seat.value === null ? undefined : frame.stored?.[room.seat.value];
    if (own !== undefined) this.line.stored(own[0], own[1]);
    const round = frame.view?.round?.id ?? before;
    if (round !== before) {
      this.line.begin(round);
      replaceMine([]);
    }
    takeFrame(frame);
    if (frame.left !== undefined) this.fetch(frame.left);
    if (frame.view != null && frame.view.phase !== "drawing" && frame.view.phase !== "closing")
      this.line.drop();
    this.pump.progress();
  }

  private reply(reply: Reply): void {
    if (reply.id === this.joinId && !reply.ok) return this.turnedAway(reply.code ?? "");
    this.answers.give(reply);
  }

  private turnedAway(code: string): void {
    if (code === "network_busy" && this.hasSeat) return this.waitOutside();
    const wait = RETRY[code];
    if (wait !== undefined) {
      note(en.refusal(code), "bad");
      setTimeout(() => this.everHello && !this.joined && this.knock(), wait);
      return;
    }
    if (code === "old_client") return this.end(code);
    if (code === "unknown_room" || code === "kicked") identity.setSeat(this.code, null);
    this.hangUp();
    room.link.value = { is: "idle" };
    room.door.value = { is: "refused", code };
  }

  private refused(refusal: RefusedOut): void {
    if (!["ink", "undo", "clear"].includes(refusal.event)) {
      note(en.refusal(refusal.code), "bad");
      return;
    }
    if (refusal.code === "not_joined") {
      // The room moved below the connection: sit down again, the ink follows.
      this.joined = false;
      this.line.rewind();
      return this.knock();
    }
    const todo = this.line.refused(refusal.code, refusal.round ?? 0, refusal.seq ?? 0, refusal.expected ?? 0);
    if (todo === "over") note(en.refusal(refusal.code));
    else if (todo === "lost") {
      note(en.refusal(refusal.code), "bad");
      this.resync();
    } else this.pump.hold(todo === "wait" ? 1000 : 0);
  }

  private resync(): void {
    void this.ask("resync").then((reply) => {
      // Nobody answers: the line looks open, but it is dead.
      if (reply.code === "timeout") return this.redial();
      if (!reply.ok) return;
      this.line.rewind();
      this.pump.wake();
    });
  }

  private notice(notice: Notice): void {
    if (notice.kind === "guesser") room.guesserReady.value = notice.ok;
    if (notice.kind === "saving") {
      room.saving.value = notice.ok;
      if (notice.ok) this.pump.hold(0);
    }
    hear(notice);
  }

  private ended(code: string): void {
    if (code === "shutdown" || code === "moved" || code === "slow") {
      this.breakLine(code === "shutdown" ? "restart" : "line");
      this.wire?.close();
      const again = code === "moved" ? 100 : 1200;
      setTimeout(() => this.wire !== null && !this.joined && this.dial(), again);
      return;
    }
    if (code === "kicked") identity.setSeat(this.code, null);
    this.end(code);
  }

  private end(code: string): void {
    this.hangUp();
    room.link.value = { is: "ended", code };
  }

  private lineLost(reason: string): void {
    if (room.link.value.is === "ended") return;
    this.breakLine(room.link.value.is === "lost" ? room.link.value.why : "line");
    // The library does not come back by itself when it was the server that hung up.
    if (reason === "io server disconnect")
      setTimeout(() => this.wire !== null && !this.joined && this.wire.connect(), 800);
  }

  /** Hang up and dial anew; ink and seat stay. */
  private redial(): void {
    if (this.wire === null) return;
    this.breakLine("line");
    this.wire.close();
    this.dial();
  }

  private get hasSeat(): boolean {
    return identity.seat(this.code) !== null;
  }

  /** Dial again after a while: what keeps the network busy is most likely somebody else, and the seat waits. */
  private waitOutside(): void {
    clearTimeout(this.knocking);
    clearTimeout(this.busyWait);
    this.breakLine("line");
    this.wire?.close();
    const longest = Math.min(BUSY_MS * 2 ** this.busy, LONGEST_BUSY_MS);
    this.busy += 1;
    this.busyWait = setTimeout(() => this.wire !== null && this.dial(), longest * (0.5 + Math.random() / 2));
  }

  private breakLine(why: "line" | "restart"): void {
    this.joined = false;
    this.answers.lose();
    room.link.value = { is: "lost", why };
  }

  private async noLine(error: Error & { data?: { code?: string } }): Promise<void> {
    const code = error.data?.code ?? error.message;
    if (code === "old_client") return this.end(code);
    if (code === "network_busy" && this.hasSeat) return this.waitOutside();
    // Whoever this browser was stays stored: only the person here may decide to be somebody new.
    if (code === "bad_token" || ENDS.includes(code)) return this.end(code);
    this.failures += 1;
    if (this.everHello) {
      if (room.link.value.is !== "lost") this.breakLine("line");
    } else if (this.failures >= 2 && room.link.value.is !== "ended") {
      // The browser does not say why a WebSocket did not open; a plain question at the same door does.
      const { wire } = this;
      const why = await api.socketRefusal();
      if (this.wire !== wire) return;
      if (why === "network_busy" && this.hasSeat) return this.waitOutside();
      if (ENDS.includes(why)) return this.end(why);
      // The page loads over HTTP but the socket does not open: something in between blocks it.
      room.link.value = why === "unreachable" ? { is: "lost", why: "line" } : { is: "blocked" };
    }
  }
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function clampSize(px: number): number {
  return Math.max(0, Math.min(20000, Math.round(px)));
}

export const play = new Session();
