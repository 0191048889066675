import type * as tfjs from '@tensorflow/tfjs';
import { EupneaError } from '#libs/contracts';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

/** The whole of TensorFlow.js; the node backend exports the same and more. */
export type TensorFlow = typeof tfjs;

/** `node`: TensorFlow's C library, as fast as PyTorch. `portable`: plain JavaScript, some hundred times slower. */
export type BackendName = 'node' | 'portable';

const SETUP = 'Run `npm run trainer -- setup`, or use `--backend portable` (many times slower).';

const TRIAL = `
const tf = require(process.argv[1]);
const y = tf.tensor2d([[1, 2], [3, 4]]).matMul(tf.tensor2d([[5, 6], [7, 8]])).arraySync();
if (tf.getBackend() !== 'tensorflow' || JSON.stringify(y) !== '[[19,22],[43,50]]') throw new Error('wrong product: ' + y);
`;

/** Multiplies two matrices with tfjs-node in a process of its own; returns what is wrong, or undefined when it works. */
export function checkTensorFlow(): string | undefined {
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = require.resolve('@tensorflow/tfjs-node');
  } catch {
    return 'the package @tensorflow/tfjs-node is not installed';
  }
  const { status, stderr } = spawnSync(process.execPath, ['-e', TRIAL, entry], {
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  if (status === 0) return undefined;
  return /^\w*Error: .*/m.exec(stderr)?.[0] ?? `exit status ${status}`;
}

/**
 * Loads TensorFlow.js. The only place that does: everything else takes the result as an argument, so that no program
 * pays for it before it trains.
 * @throws EupneaError TENSORFLOW_MISSING when the node backend is not set up
 */
export async function loadTensorFlow(backend: BackendName = 'node'): Promise<TensorFlow> {
  const require = createRequire(import.meta.url);
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  try {
    const tf = require(backend === 'node' ? '@tensorflow/tfjs-node' : '@tensorflow/tfjs') as TensorFlow;
    await tf.setBackend(backend === 'node' ? 'tensorflow' : 'cpu');
    await tf.ready();
    return tf;
  } catch (error) {
    const major = Number(process.versions.node.split('.')[0]);
    const hint = major >= 23 ? 'tfjs-node 4.22 does not run on Node 23 and later: use Node 20 or 22.' : SETUP;
    throw new EupneaError('TENSORFLOW_MISSING', `TensorFlow.js (${backend}) does not load: ${firstLine(error)}`, {
      hint,
      cause: error,
    });
  }
}

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n')[0] ?? '';
}
