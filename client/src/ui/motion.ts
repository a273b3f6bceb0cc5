/** Whether people want things to hold still. */
const query = typeof matchMedia === "function" ? matchMedia("(prefers-reduced-motion: reduce)") : null;

export function calm(): boolean {
  return query?.matches ?? false;
}
