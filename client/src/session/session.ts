/** One visit to one room: joining, coming back, commands with their answers, and the ink's way there. */

import type { Frame, Notice, Outbound, Part, RefusedOut, Reply, Snapshot, Welcome } from "../protocol";
import { PROTOCOL_VERSION } from "../protocol";
import { identity } from "../storage/identity";
import type { Profile } from "../storage/profile";
import { refusalText } from "../text";
import { showToast } from "../ui/messages/show_toast";
import { announceNotice, applyFrame, applyGuess, applyPart, applySnapshot } from "./apply";
import { ownCanvas, replaceOwnInk } from "./canvases";
import { RoomConnection } from "./connection";
import { InkQueue } from "./ink_queue";
import { InkSender } from "./ink_sender";
import { PartLoader } from "./part_loader";
import { type CommandArguments, type CommandName, PendingReplies } from "./pending_replies";
import * as room from "./room_state";

/** After which time (ms) a join that was refused for one of these reasons is made again. */
const RETRY_AFTER_MS: Record<string, number> = {
  slow_down: 1500,
  saving_paused: 1500,
  lost: 1500,
  room_newer: 5000,
  server_error: 5000,
};

/** How often "done" looks whether all ink is stored. */
const FLUSH_POLL_MS = 50;

/** How long nothing is sent after the server asked for slower ink. */
const SLOW_DOWN_MS = 1000;

/** How long leaving waits for the server's answer. */
const LEAVE_TIMEOUT_MS = 700;

/** The largest side of a window (px) that the protocol takes. */
const MAX_SIDE = 20_000;

class Session {
  readonly ink = new InkQueue();
  tickMs = 100;
  pointer = "";
  private readonly sender = new InkSender(this.ink, {
    now: () => performance.now(),
    send: (event, body) => this.connection.emit(event, body),
    open: () => this.connection.joined && room.saving.value,
    stalled: () => this.resync(),
  });
  private readonly replies = new PendingReplies();
  private readonly connection = new RoomConnection({
    listeners: {
      hello: (message) => this.onHello(message),
      welcome: (message) => this.onWelcome(message),
      snapshot: (message) => this.onSnapshot(message),
      part: (message) => this.onPart(message),
      frame: (message) => this.onFrame(message),
      guess: (message) => applyGuess(message),
      reply: (message) => this.onReply(message),
      refused: (message) => this.onRefused(message),
      notice: (message) => this.onNotice(message),
    },
    lost: () => this.replies.failAll(),
    closed: () => this.stop(),
  });
  private readonly parts = new PartLoader({
    request: () => this.request("more"),
    open: () => this.connection.joined,
    dead: () => this.connection.reopen(),
  });
  private code = "";
  private profile: Profile = { name: "", avatar: [], keep: false };
  private takeover = false;
  private nextId = 1;
  private joinId = 0;
  private joinRetryTimer: ReturnType<typeof setTimeout> | undefined;
  private finishing: number | null = null;
  private afterWelcome: (() => void) | null = null;

  /** Ask for a seat in a room; `then` runs once when the seat is taken. */
  join(code: string, profile: Profile, then: (() => void) | null = null, takeover = false): void {
    this.disconnect();
    room.forgetRoom();
    this.code = code;
    this.profile = profile;
    this.takeover = takeover;
    this.afterWelcome = then;
    room.joinState.value = { is: "joining" };
    this.connection.open(code);
  }

  /** Take the seat over from another tab or device. */
  takeOver(): void {
    this.join(this.code, this.profile, null, true);
  }

  joinAgain(): void {
    this.join(this.code, this.profile);
  }

  joinAsSomebodyElse(): void {
    identity.becomeSomebodyElse();
    this.join(this.code, this.profile);
  }

  /** The server does not take this browser's identity: forget it, and come in as somebody new. */
  joinWithNewIdentity(): void {
    identity.setPlayer(null);
    identity.setSeat(this.code, null);
    this.join(this.code, this.profile);
  }

  /** Give the seat up and go. */
  async leave(): Promise<void> {
    if (this.connection.joined) await Promise.race([this.request("leave"), sleep(LEAVE_TIMEOUT_MS)]);
    identity.setSeat(this.code, null);
    this.disconnect();
    room.forgetRoom();
    room.joinState.value = { is: "outside" };
    room.connection.value = { is: "idle" };
  }

  /** The room this visit is to, or an empty text. */
  get roomCode(): string {
    return this.connection.isOpen ? this.code : "";
  }

  /** Close the connection without giving the seat up. */
  disconnect(): void {
    this.connection.close();
    this.stop();
  }

  /** Send a command; always answers, with code `lost` when the connection broke before. */
  request<E extends CommandName>(event: E, ...[body]: CommandArguments<E>): Promise<Reply> {
    const id = this.nextId++;
    if (!this.connection.joined) return Promise.resolve({ id, ok: false, code: "lost" });
    const reply = this.replies.waitFor(id);
    this.connection.emit(event, { id, ...body });
    return reply;
  }

  /** Like `request`, and says on the page why it did not work. */
  async command<E extends CommandName>(event: E, ...body: CommandArguments<E>): Promise<boolean> {
    const reply = await this.request(event, ...body);
    if (!reply.ok) showToast(refusalText(reply.code ?? ""), "bad");
    return reply.ok;
  }

  /** Say that the drawing is finished, once the last of its ink is stored: what comes after "done" may be too late. */
  async finishDrawing(round: number): Promise<void> {
    if (this.finishing === round) return;
    this.finishing = round;
    const goesOn = () => this.ink.round === round && this.finishing === round;
    while (!this.ink.empty && goesOn()) await sleep(FLUSH_POLL_MS);
    if (goesOn()) await this.command("done", { round });
    if (this.finishing === round) this.finishing = null;
  }

  /** Ink was added to the queue. */
  inkAdded(): void {
    this.sender.wake();
  }

  private stop(): void {
    this.finishing = null;
    clearTimeout(this.joinRetryTimer);
    this.replies.failAll();
    this.sender.stop();
  }

  private onHello(hello: Outbound["hello"]): void {
    this.connection.onHello();
    if (hello.protocol !== PROTOCOL_VERSION) return this.connection.end("old_client");
    identity.setPlayer(hello.player);
    this.tickMs = hello.tick_ms;
    this.sender.tickMs = hello.tick_ms;
    this.sendJoin();
  }

  private sendJoin(): void {
    this.joinId = this.nextId++;
    this.connection.awaitSeat();
    const seat = identity.seat(this.code);
    this.connection.emit("join", {
      id: this.joinId,
      code: this.code,
      ...this.profile,
      tab: identity.tab(),
      device: { pointer: this.pointer, width: clampSide(innerWidth), height: clampSide(innerHeight) },
      ...(seat === null ? {} : { seat }),
      takeover: this.takeover,
    });
  }

  private onWelcome(welcome: Welcome): void {
    identity.setSeat(this.code, welcome.token);
    this.takeover = false;
    this.connection.onSeat();
    const seat = welcome.seat;
    if (room.ownSeat.value !== seat) this.ink.startRound(0);
    room.ownSeat.value = seat;
    const waited = this.ink.unstored().length > 0;
    const { round } = this.ink;
    this.onSnapshot(welcome.snapshot);
    // What was drawn while the line was down came too late: its round is over.
    const over = this.ink.round !== round || welcome.snapshot.view.phase !== "drawing";
    if (waited && over) showToast(refusalText("round_over"));
    this.ink.rewind();
    room.connection.value = { is: "open" };
    room.joinState.value = { is: "joined" };
    this.sender.wake();
    const then = this.afterWelcome;
    this.afterWelcome = null;
    then?.();
  }

  /** The server's picture replaces everything; ink that is not stored yet is drawn on top of it. */
  private onSnapshot(snapshot: Snapshot): void {
    const round = snapshot.view.round?.id ?? 0;
    const canvas = snapshot.canvases.find((one) => one.seat === room.ownSeat.value);
    const seq = canvas?.seq ?? 0;
    const left = snapshot.left;
    // A large drawing of one's own comes with the next part; until then what this page has of it will do.
    const toCome = left > 0 && canvas !== undefined && canvas.activity > 0 && canvas.strokes.length === 0;
    const keep = toCome && this.ink.round === round && ownCanvas.strokes.length > 0;
    this.ink.resume(round, seq);
    if (snapshot.view.phase !== "drawing") this.ink.drop();
    applySnapshot(snapshot);
    if (!keep) replaceOwnInk(canvas?.strokes ?? [], this.ink.unstored());
    this.parts.expect(left);
  }

  private onPart(part: Part): void {
    applyPart(part);
    const canvas = part.canvases.find((one) => one.seat === room.ownSeat.value);
    if (canvas !== undefined) {
      this.ink.markStored(this.ink.round, canvas.seq);
      replaceOwnInk(canvas.strokes, this.ink.unstored());
    }
    this.parts.expect(part.left);
  }

  private onFrame(frame: Frame): void {
    const before = this.ink.round;
    const own = room.ownSeat.value === null ? undefined : frame.stored?.[room.ownSeat.value];
    if (own !== undefined) this.ink.markStored(own[0], own[1]);
    const round = frame.view?.round?.id ?? before;
    if (round !== before) {
      this.ink.startRound(round);
      replaceOwnInk([]);
    }
    applyFrame(frame);
    if (frame.left !== undefined) this.parts.expect(frame.left);
    if (frame.view != null && frame.view.phase !== "drawing" && frame.view.phase !== "closing")
      this.ink.drop();
    this.sender.onStored();
  }

  private onReply(reply: Reply): void {
    if (reply.id === this.joinId && !reply.ok) return this.onJoinRefused(reply.code ?? "");
    this.replies.settle(reply);
  }

  private onJoinRefused(code: string): void {
    if (code === "network_busy" && identity.seat(this.code) !== null) return this.connection.reopenLater();
    const wait = RETRY_AFTER_MS[code];
    if (wait !== undefined) {
      showToast(refusalText(code), "bad");
      clearTimeout(this.joinRetryTimer);
      this.joinRetryTimer = setTimeout(
        () => this.connection.greeted && !this.connection.joined && this.sendJoin(),
        wait,
      );
      return;
    }
    if (code === "old_client") return this.connection.end(code);
    if (code === "unknown_room" || code === "kicked") identity.setSeat(this.code, null);
    this.disconnect();
    room.connection.value = { is: "idle" };
    room.joinState.value = { is: "refused", code };
  }

  private onRefused(refusal: RefusedOut): void {
    if (!["ink", "undo", "clear"].includes(refusal.event)) {
      showToast(refusalText(refusal.code), "bad");
      return;
    }
    if (refusal.code === "not_joined") {
      // The room moved below the connection: join again, the ink follows.
      this.connection.joined = false;
      this.ink.rewind();
      return this.sendJoin();
    }
    const { code, round = 0, seq = 0, expected = 0 } = refusal;
    const then = this.ink.onRefused(code, round, seq, expected);
    if (then === "over") showToast(refusalText(code));
    else if (then === "lost") {
      showToast(refusalText(code), "bad");
      this.resync();
    } else this.sender.pause(then === "wait" ? SLOW_DOWN_MS : 0);
  }

  private resync(): void {
    void this.request("resync").then((reply) => {
      // Nobody answers: the line looks open, but it is dead.
      if (reply.code === "timeout") return this.connection.reopen();
      if (!reply.ok) return;
      this.ink.rewind();
      this.sender.wake();
    });
  }

  private onNotice(notice: Notice): void {
    if (notice.kind === "guesser") room.guesserReady.value = notice.ok;
    if (notice.kind === "saving") {
      room.saving.value = notice.ok;
      if (notice.ok) this.sender.pause(0);
    }
    announceNotice(notice);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function clampSide(px: number): number {
  return Math.max(0, Math.min(MAX_SIDE, Math.round(px)));
}

export const session = new Session();
