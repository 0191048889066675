import { RulesInForce } from '#libs/alert-control';
import { overOwnConnection } from '#libs/messaging';

/** `rules show`: the set that should be in force, file by file. */
export function showRules(): Promise<void> {
  return overOwnConnection(
    'rules',
    (kafka) => new RulesInForce(kafka, 'rules'),
    (inForce) => {
      const { current } = inForce;
      for (const [file, text] of Object.entries(current?.files ?? {})) console.log(`# ${file}\n${text.trimEnd()}\n`);
      console.log(
        JSON.stringify({
          version: current?.version ?? 0,
          files: Object.keys(current?.files ?? {}),
          author: current?.author ?? null,
          changedAt: current ? new Date(current.changedAt).toISOString() : null,
        }),
      );
    },
  );
}
