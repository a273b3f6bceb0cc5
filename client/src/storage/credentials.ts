/** With what this browser asks for drawings that not everybody sees: its player, a recovery code, the operator's token. */
import { local, session } from "../browser/storage";
import { identity } from "./identity";

const CODE = "inkling.recovery";
const OPERATOR = "inkling.operator";

export const owner = {
  /** The recovery code that was entered here, else this browser's player. */
  token: (): string | null => local.get(CODE) ?? identity.player(),
  code: (): string | null => local.get(CODE),
  setCode: (code: string | null): void => local.set(CODE, code),
  /** Kept as long as the tab. */
  operator: (): string | null => session.get(OPERATOR),
  setOperator: (token: string | null): void => session.set(OPERATOR, token),
};
