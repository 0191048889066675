import type { PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { ProblemError } from './problem.js';

/** Parses what came in with a schema. @throws ProblemError INVALID_PARAMETER, naming every parameter at fault */
export class Parse<Schema extends z.ZodType> implements PipeTransform<unknown, z.infer<Schema>> {
  constructor(
    private readonly schema: Schema,
    /** The parameter's name, when a single one is parsed. */
    private readonly name?: string,
  ) {}

  transform(value: unknown): z.infer<Schema> {
    const result = this.schema.safeParse(value);
    if (result.success) return result.data;
    const faults = result.error.issues.map(({ path, message, ...issue }) => ({
      parameter: path.join('.') || (this.name ?? ('keys' in issue ? issue.keys.join(', ') : 'query')),
      message,
    }));
    const detail = faults.map(({ parameter, message }) => `${parameter}: ${message}`).join('; ');
    throw new ProblemError('INVALID_PARAMETER', detail, faults);
  }
}
