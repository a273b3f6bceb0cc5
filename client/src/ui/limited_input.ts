/** Text that somebody types, cut at its greatest length; what an input method still composes is left alone. */
import type { TargetedEvent } from "preact";
import { truncate } from "./text_length";

export function limitedInput(longest: number, set: (text: string) => void) {
  const take = (field: HTMLInputElement, composing: boolean) => {
    const cut = composing ? field.value : truncate(field.value, longest);
    if (cut !== field.value) field.value = cut;
    set(cut);
  };
  return {
    onInput: (event: TargetedEvent<HTMLInputElement, InputEvent>) =>
      take(event.currentTarget, event.isComposing),
    onCompositionEnd: (event: TargetedEvent<HTMLInputElement, CompositionEvent>) =>
      take(event.currentTarget, false),
  };
}
