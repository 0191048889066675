import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './run-tool.js';

/** A wheel is a zip file; python3, which fetched it, also unpacks it. The Python inside it is never run. */
const UNPACK = `
import os, shutil, sys, zipfile
wheel, target = sys.argv[1:]
headers = tuple('tensorflow/include/' + d for d in ('tensorflow/c/', 'tensorflow/core/platform/', 'tensorflow/tsl/', 'tsl/'))
with zipfile.ZipFile(wheel) as z:
    for name in z.namelist():
        if name in ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'):
            out = 'lib/' + os.path.basename(name)
        elif name.startswith(headers) and name.endswith('.h'):
            out = name[len('tensorflow/'):]
        else:
            continue
        path = os.path.join(target, out)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with z.open(name) as source, open(path, 'wb') as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
`;

/** Takes TensorFlow's shared libraries and C headers out of its wheel: `lib/` and `include/` under the target. */
export function extractTensorFlow(wheel: string, target: string): void {
  rmSync(target, { recursive: true, force: true });
  runTool('unpacking the wheel', 'python3', ['-c', UNPACK, wheel, target]);
  const library = (name: string) => join(target, 'lib', name);
  symlinkSync('libtensorflow_cc.so.2', library('libtensorflow.so')); // it exports the whole C API (TF_*, TFE_*)
  symlinkSync('libtensorflow_framework.so.2', library('libtensorflow_framework.so'));
  writeFileSync(join(target, 'complete'), '');
}
