/** The one place that knows which socket library is used. */
import { io } from "socket.io-client";
import { hasSockets } from "../browser/sockets";
import { PROTOCOL_VERSION } from "../protocol";
import { withBase } from "../routing/base_path";
import { identity } from "../storage/identity";

/** What a session needs of a socket; the dev page brings one without a network. */
export interface RoomSocket {
  on(event: string, listener: (message: never) => void): void;
  emit(event: string, message: unknown): void;
  connect(): void;
  close(): void;
}

export type SocketFactory = (code: string) => RoomSocket;

function overWebSocket(code: string): RoomSocket {
  const socket = io({
    path: withBase("/socket.io/"),
    transports: ["websocket"],
    autoConnect: false,
    forceNew: true,
    reconnectionDelay: 300,
    reconnectionDelayMax: 2500,
    timeout: 4000,
    // Not read by the server: a proxy may send everybody of a room to the same process.
    query: { room: code },
    auth: (give) => {
      const player = identity.player();
      give(player === null ? { protocol: PROTOCOL_VERSION } : { protocol: PROTOCOL_VERSION, player });
    },
  });
  return {
    on: (event, listener) => {
      socket.on(event, listener as (message: unknown) => void);
    },
    // Not volatile, not buffered: what is sent while the line is down is kept by the ink queue, not by the library.
    emit: (event, message) => {
      if (socket.connected) socket.emit(event, message);
    },
    connect: () => {
      socket.connect();
    },
    close: () => {
      socket.disconnect();
      socket.removeAllListeners();
    },
  };
}

let factory: SocketFactory = overWebSocket;

export function setSocketFactory(other: SocketFactory): void {
  factory = other;
}

/** Null where the browser has no sockets at all: the library would wait for ever. */
export function openSocket(code: string): RoomSocket | null {
  return factory !== overWebSocket || hasSockets ? factory(code) : null;
}
