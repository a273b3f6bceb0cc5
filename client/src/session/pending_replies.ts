/** Commands that wait for their reply. Every one is answered: by the server, by time, or by the loss of the line. */
import type { Inbound, Reply } from "../protocol";

/** Commands that get a reply, and what is to be said beside the id. */
export type Asked = Exclude<keyof Inbound, "ink" | "undo" | "clear" | "join">;
type Body<E extends Asked> = Omit<Inbound[E], "id">;
export type Said<E extends Asked> = keyof Body<E> extends never ? [] : [Body<E>];

const ANSWER_MS = 8000;

export class Answers {
  private readonly waiting = new Map<number, (reply: Reply) => void>();

  /** Wait for the reply to `id`. */
  expect(id: number): Promise<Reply> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.give({ id, ok: false, code: "timeout" }), ANSWER_MS);
      this.waiting.set(id, (reply) => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve(reply);
      });
    });
  }

  give(reply: Reply): void {
    this.waiting.get(reply.id)?.(reply);
  }

  /** Nobody will answer any more. */
  lose(): void {
    for (const id of [...this.waiting.keys()]) this.give({ id, ok: false, code: "lost" });
  }
}
