import { ruleFileJsonSchema } from '#libs/alert-rules';

/** `rules schema`. */
export function printSchema(): void {
  console.log(JSON.stringify(ruleFileJsonSchema(), null, 2));
}
