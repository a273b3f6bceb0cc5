// A plain relay on Socket.IO: `node socketio.mjs PORT TICK_MS`. TICK_MS 0 passes each message on at once.
import { createServer } from "node:http";
import { Server } from "socket.io";

const [port, tick] = process.argv.slice(2).map(Number);
const http = createServer((_, answer) => answer.end("ok"));
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });
const waiting = new Map();

io.on("connection", (socket) => {
  const { room, seat } = socket.handshake.auth;
  socket.join(room);
  socket.on("ink", (message) => {
    if (tick === 0) {
      socket.to(room).emit("ink", { seat, ...message });
    } else if (waiting.has(room)) {
      waiting.get(room).push({ seat, ...message });
    } else {
      waiting.set(room, [{ seat, ...message }]);
    }
  });
});

if (tick > 0) {
  setInterval(() => {
    for (const [room, ink] of waiting) io.to(room).emit("frame", { ink });
    waiting.clear();
  }, tick);
}
http.listen(port, "127.0.0.1");
