import type { EupneaError } from '#libs/contracts';
import { type Document, LineCounter, isNode, parseDocument, visit } from 'yaml';
import type { z } from 'zod';

/** A parsed YAML file that still knows its lines. */
export interface YamlSource {
  file: string;
  document: Document.Parsed;
  /** What it says. */
  value: unknown;
  lineAt: (offset: number) => number;
}

/** Makes the error of a kind of file from its faults, each of which begins with `file:line: `. */
export type Refusal = (faults: readonly string[]) => EupneaError;

/** Parses one YAML document; throws what `refuse` makes of its syntax errors. */
export function parseYaml(text: string, file: string, refuse: Refusal): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  if (document.errors.length > 0) {
    throw refuse(document.errors.map(({ message, pos }) => `${file}:${lineAt(pos[0])}: ${message.split('\n')[0]}`));
  }
  try {
    return { file, document, value: document.toJS() as unknown, lineAt };
  } catch (error) {
    // The parser lets aliases pass that lead nowhere, or that would unpack without end.
    throw refuse([`${file}:${lineAt(offsetOfLostAlias(document))}: ${(error as Error).message}`]);
  }
}

/** Where the first alias stands that names no anchor, or the file begins. */
function offsetOfLostAlias(document: Document.Parsed): number {
  let offset: number | undefined;
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined) offset ??= alias.range?.[0];
    },
  });
  return offset ?? 0;
}

/** Checks a value against a schema; throws what `refuse` makes of every fault, with file and line. */
export function parseValue<T>(
  value: unknown,
  schema: z.ZodType<T>,
  sources: readonly [YamlSource, ...YamlSource[]],
  refuse: Refusal,
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw refuse(result.error.issues.flatMap((issue) => faultsOf(issue, sources)));
}

function faultsOf(issue: z.core.$ZodIssue, sources: readonly [YamlSource, ...YamlSource[]]): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return `${placeOf(sources, path)}: unknown key '${path.join('.')}'`;
    });
  }
  const where = issue.path.length === 0 ? 'the whole file' : issue.path.join('.');
  return [`${placeOf(sources, issue.path)}: ${where}: ${issue.message}`];
}

/** `file:line` of a key in the first source that has it, or of the nearest mapping around a missing one. */
export function placeOf(sources: readonly [YamlSource, ...YamlSource[]], path: readonly PropertyKey[]): string {
  for (let depth = path.length; depth > 0; depth--) {
    for (const source of sources) {
      const line = lineOf(source, path.slice(0, depth));
      if (line !== undefined) return `${source.file}:${line}`;
    }
  }
  return `${sources[0].file}:1`;
}

/** The line where the value of a key begins, from 1; undefined where there is no such key. */
export function lineOf({ document, lineAt }: YamlSource, path: readonly PropertyKey[]): number | undefined {
  const node: unknown = document.getIn(path, true);
  return isNode(node) && node.range ? lineAt(node.range[0]) : undefined;
}
