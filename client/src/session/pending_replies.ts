/** Commands that wait for their reply. Every one is answered: by the server, by time, or by the loss of the connection. */
import type { Inbound, Reply } from "../protocol";

/** Commands that get a reply, and what is to be said beside the id. */
export type CommandName = Exclude<keyof Inbound, "ink" | "undo" | "clear" | "join">;
type Body<E extends CommandName> = Omit<Inbound[E], "id">;
export type CommandArguments<E extends CommandName> = keyof Body<E> extends never ? [] : [Body<E>];

/** A command that is not answered in this time counts as refused with `timeout`. */
const REPLY_TIMEOUT_MS = 8000;

export class PendingReplies {
  private readonly waiting = new Map<number, (reply: Reply) => void>();

  /** Wait for the reply to `id`. */
  waitFor(id: number): Promise<Reply> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.settle({ id, ok: false, code: "timeout" }), REPLY_TIMEOUT_MS);
      this.waiting.set(id, (reply) => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve(reply);
      });
    });
  }

  settle(reply: Reply): void {
    this.waiting.get(reply.id)?.(reply);
  }

  /** Nobody will answer any more. */
  failAll(): void {
    for (const id of [...this.waiting.keys()]) this.settle({ id, ok: false, code: "lost" });
  }
}
