/** What waits, in its order; taking from the front costs nothing however much waits. */
export class Fifo<T> {
  private items: (T | undefined)[] = [];
  private next = 0;

  get size(): number { return this.items.length - this.next; }
  get first(): T | undefined { return this.items[this.next]; }

  push(item: T): void { this.items.push(item); }

  shift(): T | undefined {
    const item = this.items[this.next];
    if (item === undefined) return undefined;
    this.items[this.next++] = undefined;
    if (this.next === this.items.length) this.clear();
    else if (this.next > 1024 && this.next * 2 > this.items.length) {
      this.items = this.items.slice(this.next);
      this.next = 0;
    }
    return item;
  }

  /** Takes out one that waits; false where it does not. */
  remove(item: T): boolean {
    const at = this.items.indexOf(item, this.next);
    if (at < 0) return false;
    this.items.splice(at, 1);
    return true;
  }

  find(test: (item: T) => boolean): T | undefined {
    for (let i = this.next; i < this.items.length; i++) if (test(this.items[i] as T)) return this.items[i];
    return undefined;
  }

  clear(): void {
    this.items = [];
    this.next = 0;
  }
}
