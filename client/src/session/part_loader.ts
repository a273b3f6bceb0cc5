/** Asks for what is left of a room's picture, part by part: each leaves the connection free for whatever else is said. */
import type { Reply } from "../protocol";

/** Between two requests, where one was refused as too fast. */
const RETRY_MS = 500;

export interface PartLoaderPorts {
  /** Ask for the next part. */
  request(): Promise<Reply>;
  open(): boolean;
  /** Nobody answers: the connection looks open, but it is dead. */
  dead(): void;
}

export class PartLoader {
  private left = 0;
  private loading = false;

  constructor(private readonly ports: PartLoaderPorts) {}

  /** So many parts are still to come. */
  expect(left: number): void {
    this.left = left;
    if (left > 0 && !this.loading) void this.loadAll();
  }

  private async loadAll(): Promise<void> {
    this.loading = true;
    while (this.left > 0 && this.ports.open()) {
      const reply = await this.ports.request();
      if (reply.ok) continue;
      // The next welcome begins the picture anew.
      if (reply.code === "timeout") this.ports.dead();
      if (reply.code !== "slow_down") break;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    this.loading = false;
  }
}
