/**
 * What a browser may lack, forbid or break is asked for through this folder alone: one small file a facility.
 *
 * Each of them gives an answer that the page can go on with; none of them throws.
 */

/** The value of `use`, or `otherwise` where the browser refuses with an error. */
export function attempt<T>(use: () => T, otherwise: T): T {
  try {
    return use();
  } catch {
    return otherwise;
  }
}

/** The same for what answers later. */
export async function attemptLater<T>(use: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await use();
  } catch {
    return otherwise;
  }
}
