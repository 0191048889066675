/** What a start cut off behind the last whole batch of the newest segment, as an unfinished write leaves it. */
export interface Torn {
  readonly file: string;
  readonly bytes: number;
}

/** Bytes of a segment that are no batch, or not the one that was written: consumers are led past them. */
export interface Damage {
  readonly file: string;
  /** Where in the file, in bytes. */
  readonly position: number;
  readonly bytes: number;
  /** The offsets that cannot be read any more, from the first to the one before `nextOffset`. */
  readonly firstOffset: number;
  readonly nextOffset: number;
}

/** Is told what is wrong with the files, each damage once. */
export interface FaultListener {
  torn(torn: Torn): void;
  damaged(damage: Damage): void;
}

export const IGNORE_FAULTS: FaultListener = { torn: () => undefined, damaged: () => undefined };
