/** What a control topic says: the newest version of each of its keys. */
export class Versioned<T extends { version: number }> {
  private readonly newest = new Map<string, T>();

  /** @returns whether it was taken: a version that does not go beyond the one before is stale */
  apply(key: string, value: T): boolean {
    if (value.version <= (this.newest.get(key)?.version ?? 0)) return false;
    this.newest.set(key, value);
    return true;
  }

  get(key: string): T | undefined {
    return this.newest.get(key);
  }

  values(): IterableIterator<T> {
    return this.newest.values();
  }
}
