/** Puts a list into random order, in place (Fisher-Yates). @param below gives a random integer from 0 to its argument - 1 @returns the list */
export function shuffle<T>(items: T[], below: (n: number) => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}
