/** The connection to one room: opened, lost, opened again. The page reads in `room_state` which of these it is. */

import { api } from "../api/api";
import type { Outbound } from "../protocol";
import { identity } from "../storage/identity";
import * as room from "./room_state";
import { openSocket, type RoomSocket } from "./socket";

/** Codes of a refused connection that trying again would not mend. */
const FINAL_CODES = ["flood", "network_busy", "network_full", "foreign_origin"];

/** A join that is not answered in this time is made again over a new connection. */
const JOIN_TIMEOUT_MS = 8000;

/** Before whoever has a seat asks a busy network again: at first, and at most. Each time it is twice as long. */
const BUSY_RETRY_MS = 2000;
const MAX_BUSY_RETRY_MS = 30_000;

/** Before the room is opened anew: it moved to another process, or its process ends. */
const MOVED_RETRY_MS = 100;
const RESTART_RETRY_MS = 1200;

/** Before the library is told to come back: it does not by itself where it was the server that hung up. */
const RECONNECT_MS = 800;

/** So many refusals in a row, before anything was ever heard, are no accident. */
const FAILURES_BEFORE_ASKING = 2;

/** Who hears what the server says. */
export type Listeners = { [E in Exclude<keyof Outbound, "ended">]: (message: Outbound[E]) => void };

export interface ConnectionPorts {
  listeners: Listeners;
  /** Nobody will answer any more what was asked until now. */
  lost(): void;
  /** The visit is over, and no new connection is made. */
  closed(): void;
}

type ConnectError = Error & { data?: { code?: string } };

export class RoomConnection {
  /** Whether one has a seat over this connection. */
  joined = false;
  /** Whether the server has ever greeted this visit. */
  greeted = false;
  private socket: RoomSocket | null = null;
  private code = "";
  private failures = 0;
  private busyRetries = 0;
  private busyTimer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private joinTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ports: ConnectionPorts) {}

  get isOpen(): boolean {
    return this.socket !== null;
  }

  open(code: string): void {
    this.code = code;
    this.failures = 0;
    this.busyRetries = 0;
    this.greeted = false;
    room.connection.value = { is: "connecting" };
    this.dial();
  }

  close(): void {
    clearTimeout(this.joinTimer);
    clearTimeout(this.busyTimer);
    clearTimeout(this.retryTimer);
    this.socket?.close();
    this.socket = null;
    this.joined = false;
  }

  emit(event: string, body: object): void {
    this.socket?.emit(event, body);
  }

  /** The server said hello. */
  onHello(): void {
    this.greeted = true;
    this.failures = 0;
  }

  /** A join was sent. */
  awaitSeat(): void {
    clearTimeout(this.joinTimer);
    this.joinTimer = setTimeout(() => !this.joined && this.reopen(), JOIN_TIMEOUT_MS);
  }

  /** The seat is taken. */
  onSeat(): void {
    this.joined = true;
    this.busyRetries = 0;
    clearTimeout(this.joinTimer);
  }

  /** Hang up and connect anew; ink and seat stay. */
  reopen(): void {
    if (this.socket === null) return;
    this.lose("line");
    this.socket.close();
    this.dial();
  }

  /** Connect again after a while: what keeps the network busy is most likely somebody else, and the seat waits. */
  reopenLater(): void {
    clearTimeout(this.joinTimer);
    clearTimeout(this.busyTimer);
    this.lose("line");
    this.socket?.close();
    const longest = Math.min(BUSY_RETRY_MS * 2 ** this.busyRetries, MAX_BUSY_RETRY_MS);
    this.busyRetries += 1;
    this.busyTimer = setTimeout(
      () => this.socket !== null && this.dial(),
      longest * (0.5 + Math.random() / 2),
    );
  }

  /** The visit is over for this reason. */
  end(code: string): void {
    this.ports.closed();
    this.close();
    room.connection.value = { is: "ended", code };
  }

  private dial(): void {
    this.socket?.close();
    const socket = openSocket(this.code);
    this.socket = socket;
    if (socket === null) {
      room.connection.value = { is: "blocked" };
      return;
    }
    const on = <T>(event: string, listener: (message: T) => void) =>
      socket.on(event, (message) => {
        if (this.socket === socket) listener(message as T);
      });
    for (const [event, listener] of Object.entries(this.ports.listeners))
      on(event, listener as (message: unknown) => void);
    on<Outbound["ended"]>("ended", (message) => this.onEnded(message.code));
    on<string>("disconnect", (reason) => this.onDisconnect(reason));
    on<ConnectError>("connect_error", (error) => void this.onConnectError(error));
    socket.connect();
  }

  private get hasSeat(): boolean {
    return identity.seat(this.code) !== null;
  }

  private lose(why: "line" | "restart"): void {
    this.joined = false;
    this.ports.lost();
    room.connection.value = { is: "lost", why };
  }

  private onEnded(code: string): void {
    if (code === "shutdown" || code === "moved" || code === "slow") {
      this.lose(code === "shutdown" ? "restart" : "line");
      this.socket?.close();
      const wait = code === "moved" ? MOVED_RETRY_MS : RESTART_RETRY_MS;
      clearTimeout(this.retryTimer);
      this.retryTimer = setTimeout(() => this.socket !== null && !this.joined && this.dial(), wait);
      return;
    }
    if (code === "kicked") identity.setSeat(this.code, null);
    this.end(code);
  }

  private onDisconnect(reason: string): void {
    const state = room.connection.value;
    if (state.is === "ended") return;
    this.lose(state.is === "lost" ? state.why : "line");
    if (reason === "io server disconnect")
      setTimeout(() => this.socket !== null && !this.joined && this.socket.connect(), RECONNECT_MS);
  }

  private async onConnectError(error: ConnectError): Promise<void> {
    const code = error.data?.code ?? error.message;
    if (code === "old_client") return this.end(code);
    if (code === "network_busy" && this.hasSeat) return this.reopenLater();
    // Whoever this browser was stays stored: only the person here may decide to be somebody new.
    if (code === "bad_token" || FINAL_CODES.includes(code)) return this.end(code);
    this.failures += 1;
    if (this.greeted) {
      if (room.connection.value.is !== "lost") this.lose("line");
    } else if (this.failures >= FAILURES_BEFORE_ASKING && room.connection.value.is !== "ended") {
      await this.askWhyRefused();
    }
  }

  /** The browser does not say why a WebSocket did not open; a plain question at the same address does. */
  private async askWhyRefused(): Promise<void> {
    const { socket } = this;
    const why = await api.socketRefusal();
    if (this.socket !== socket) return;
    if (why === "network_busy" && this.hasSeat) return this.reopenLater();
    if (FINAL_CODES.includes(why)) return this.end(why);
    // The page loads over HTTP but the socket does not open: something in between blocks it.
    room.connection.value = why === "unreachable" ? { is: "lost", why: "line" } : { is: "blocked" };
  }
}
