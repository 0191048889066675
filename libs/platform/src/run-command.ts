import { describeError } from './fatal.js';
import { exitStatusOf, followSupervisor } from './supervised.js';

/** Runs a command line program's main; an error becomes one readable line with its code and hint, and exit status 1 (78 where configuration is wrong). */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  followSupervisor();
  try {
    await main();
  } catch (error) {
    const { code, message, hint } = describeError(error);
    console.error(`${code}: ${message}${hint ? `\n  ${hint}` : ''}`);
    if (code === 'UNEXPECTED') console.error((error as Error).stack);
    process.exit(exitStatusOf(error));
  }
}
