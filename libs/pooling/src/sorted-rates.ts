/**
 * A multiset of small whole numbers in ascending order. A place is found in O(log n) comparisons; what lies behind it
 * moves as one block of memory (2 bytes a value, so 2.4 KB for an hour of windows every 3 s).
 */
export class SortedRates {
  private values = new Uint16Array(32);
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(value: number): void {
    if (this.count === this.values.length) {
      const grown = new Uint16Array(this.count * 2);
      grown.set(this.values);
      this.values = grown;
    }
    const place = this.countBelow(value);
    this.values.copyWithin(place + 1, place, this.count);
    this.values[place] = value;
    this.count += 1;
  }

  /** Removes one of the values that are equal to this, which must be there. */
  remove(value: number): void {
    const place = this.countBelow(value);
    this.values.copyWithin(place, place + 1, this.count);
    this.count -= 1;
  }

  clear(): void {
    this.count = 0;
  }

  /** How many values are below this one. */
  countBelow(value: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.values[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The mean of the two middle values when their number is even; NaN of nothing. */
  median(): number {
    if (this.count === 0) return NaN;
    const upper = this.values[this.count >> 1] as number;
    return this.count % 2 === 1 ? upper : (upper + (this.values[(this.count >> 1) - 1] as number)) / 2;
  }
}
