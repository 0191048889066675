import type { Environment, RestState, TrialStage } from '#libs/contracts';

/** What a chunk says about the person's situation. */
export interface Situation {
  restState: RestState;
  stage: TrialStage;
  environment: Environment;
}

/** The part of a run that one chunk contributed; it reaches to the next piece. */
interface Piece extends Situation {
  /** First sample at the session's rate. */
  from: number;
  /** The same on the 16 kHz grid. */
  gridFrom: number;
  position: bigint;
}

/** Which chunk of the log each sample of a run came from, in order, as far back as an unfinished window needs. */
export class Pieces {
  private pieces: Piece[] = [];

  add(piece: Piece): void {
    this.pieces.push(piece);
  }

  /** Forgets the pieces that end at or before this sample (at the session's rate), but never the newest. */
  discardBefore(sample: number): void {
    let needed = 0;
    while (needed + 1 < this.pieces.length && (this.pieces[needed + 1] as Piece).from <= sample) needed += 1;
    if (needed > 0) this.pieces.splice(0, needed);
  }

  /** Log offset of the oldest chunk that is kept. */
  oldestPosition(): bigint | undefined {
    return this.pieces[0]?.position;
  }

  /** The situation throughout grid samples [start, end); what is mixed is unknown, and a mixed stage is none. */
  situation(start: number, end: number): Situation {
    const inside = this.pieces.filter((piece, index) => {
      const pieceEnd = this.pieces[index + 1]?.gridFrom ?? Infinity;
      return piece.gridFrom < end && pieceEnd > Math.max(start, piece.gridFrom);
    });
    return {
      restState: common(inside, (piece) => piece.restState) ?? 'unknown',
      stage: common(inside, (piece) => piece.stage) ?? 'none',
      environment: common(inside, (piece) => piece.environment) ?? 'unknown',
    };
  }
}

function common<T>(pieces: Piece[], valueOf: (piece: Piece) => T): T | undefined {
  const values = new Set(pieces.map(valueOf));
  return values.size === 1 ? [...values][0] : undefined;
}
