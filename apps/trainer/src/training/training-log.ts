import { mkdirSync } from 'node:fs';
import type { TensorFlow } from '#libs/tensorflow';

/** Scalars by name, at a step or an epoch. */
export interface TrainingLog {
  write(step: number, scalars: Record<string, number>): void;
  close(): void;
}

/** What this file needs of tfjs-node, which the portable TensorFlow.js does not have. */
interface NodeSummaries {
  node?: {
    summaryFileWriter(folder: string): {
      scalar(name: string, value: number, step: number): void;
      flush(): void;
    };
  };
}

/** TensorBoard's event files in a folder. Only the node backend writes them: with the portable one, nothing happens. */
export function openTrainingLog(tf: TensorFlow, folder: string): TrainingLog {
  const { node } = tf as unknown as NodeSummaries;
  if (node === undefined) return { write: () => {}, close: () => {} };
  mkdirSync(folder, { recursive: true });
  const writer = node.summaryFileWriter(folder);
  return {
    write: (step, scalars) => {
      for (const [name, value] of Object.entries(scalars)) writer.scalar(name, value, step);
      writer.flush();
    },
    close: () => writer.flush(),
  };
}
