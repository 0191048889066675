import type { EupneaError } from '#libs/contracts';
import type { OnFault } from './csv.js';

/**
 * Collects faults for a reader of all of them. The same fault in further rows of a table is counted, not repeated: one
 * recording missing from its table would otherwise drown everything else.
 */
export class FaultList {
  private readonly seen = new Set<string>();
  private readonly rows = new Map<string, { message: string; more: number }>();

  readonly add: OnFault = ({ message }: EupneaError): void => {
    if (this.seen.has(message)) return;
    this.seen.add(message);
    const anyLine = message.replace(/:\d+: /, ': ');
    const known = this.rows.get(anyLine);
    if (known) known.more += 1;
    else this.rows.set(anyLine, { message, more: 0 });
  };

  /** One line each, the first of a kind with its file and line. */
  get lines(): string[] {
    return [...this.rows.values()].map(({ message, more }) =>
      more === 0 ? message : `${message} (and so in ${more} further rows)`,
    );
  }
}
