// A plain relay on Colyseus: `node colyseus.mjs PORT TICK_MS`. TICK_MS 0 broadcasts each message at once.
import { Room, Server } from "@colyseus/core";
import { WebSocketTransport } from "@colyseus/ws-transport";

const [port, tick] = process.argv.slice(2).map(Number);

class Table extends Room {
  onCreate() {
    this.patchRate = null; // No state is kept, so none is compared.
    let waiting = [];
    this.onMessage("ink", (client, message) => {
      const ink = { seat: client.userData.seat, ...message };
      if (tick === 0) this.broadcast("ink", ink, { except: client });
      else waiting.push(ink);
    });
    if (tick > 0) {
      this.clock.setInterval(() => {
        if (waiting.length > 0) this.broadcast("frame", { ink: waiting });
        waiting = [];
      }, tick);
      this.setSimulationInterval(() => {}, tick);
    }
  }

  onJoin(client, options) {
    client.userData = { seat: options.seat };
  }
}

const server = new Server({ transport: new WebSocketTransport({ perMessageDeflate: false }), greet: false });
server.define("table", Table).filterBy(["code"]);
server.listen(port, "127.0.0.1");
