/** Room codes: six letters and digits without look-alikes. */

export const CODE = /^[A-HJKMNP-TV-Z2-9]{6}$/;

/** What people type or paste as a code: letters and digits of the alphabet, also out of a whole link. */
export function cleanCode(text: string): string {
  const link = /\/r\/([A-Za-z0-9]{6})/.exec(text)?.[1];
  return (link ?? text)
    .toUpperCase()
    .replace(/[^A-HJKMNP-TV-Z2-9]/g, "")
    .slice(0, 6);
}
