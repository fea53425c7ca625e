/** Tells those who watch of what happens. Costs nothing while nobody does: `on` is asked first. */
export class Watch<T> {
  private readonly watchers = new Set<(event: T) => void>();

  /** Whether anybody watches. */
  get on(): boolean { return this.watchers.size > 0; }

  /** @returns what ends it */
  watch(watcher: (event: T) => void): () => void {
    // Its own function each time: the same one may watch twice.
    const own = (event: T): void => watcher(event);
    this.watchers.add(own);
    return () => { this.watchers.delete(own); };
  }

  tell(event: T): void {
    for (const watcher of this.watchers) watcher(event);
  }
}
