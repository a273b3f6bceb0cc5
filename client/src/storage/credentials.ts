/** With what this browser asks for drawings that not everybody sees: its player, a recovery code, the operator's token. */
import { localStore, tabStore } from "../browser/storage";
import { identity } from "./identity";
import { storageName } from "./names";

const CODE = storageName("inkling.recovery");
const OPERATOR = storageName("inkling.operator");

export const credentials = {
  /** The recovery code that was entered here, else this browser's player. */
  token: (): string | null => localStore.get(CODE) ?? identity.player(),
  code: (): string | null => localStore.get(CODE),
  setCode: (code: string | null): void => localStore.set(CODE, code),
  /** Kept as long as the tab. */
  operator: (): string | null => tabStore.get(OPERATOR),
  setOperator: (token: string | null): void => tabStore.set(OPERATOR, token),
};
