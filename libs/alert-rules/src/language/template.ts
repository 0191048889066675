import { z } from 'zod';

/** What `{{ NAME }}` may name in an annotation, beside `labels.NAME`. */
const PLACEHOLDERS = [
  'subject',
  'rule',
  'severity',
  'condition',
  'signal',
  'value',
  'rate',
  'lower',
  'upper',
  'baseline',
  'coverage',
  'received',
  'started',
  'duration',
] as const;

export type TemplateValues = Record<(typeof PLACEHOLDERS)[number], string>;

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** Text with placeholders; names that nothing fills are refused when the rule is read. */
export const template = z.string().superRefine((text, context) => {
  for (const [, name] of text.matchAll(PLACEHOLDER)) {
    if ((PLACEHOLDERS as readonly string[]).includes(name as string) || /^labels\.[\w-]+$/.test(name as string))
      continue;
    const message = `there is no {{ ${name} }}; there are ${PLACEHOLDERS.join(', ')} and labels.NAME`;
    context.addIssue({ code: 'custom', message });
  }
  if (/\{\{|\}\}/.test(text.replace(PLACEHOLDER, ''))) {
    context.addIssue({ code: 'custom', message: 'a {{ or }} has no partner' });
  }
});

export function fillTemplate(text: string, values: TemplateValues, labels: Record<string, string>): string {
  return text.replace(PLACEHOLDER, (_, name: string) =>
    name.startsWith('labels.') ? (labels[name.slice('labels.'.length)] ?? '') : values[name as keyof TemplateValues],
  );
}
