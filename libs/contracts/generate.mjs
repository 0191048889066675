/**
 * Writes src/generated/records.ts from schemas/*.avsc: the schemas themselves and the TypeScript types of each
 * record's newest version. `npm run build` runs it; a unit test fails when the committed file is stale.
 */
import { readFileSync, readdirSync, writeFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const schemaFolder = join(here, '..', '..', 'schemas');
const target = join(here, 'src', 'generated', 'records.ts');

const PRIMITIVES = {
  string: 'string',
  bytes: 'Buffer',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  null: 'null',
};

function typeOf(schema, enums) {
  if (Array.isArray(schema)) return schema.map((branch) => typeOf(branch, enums)).join(' | ');
  if (typeof schema === 'string') return PRIMITIVES[schema] ?? schema;
  if (schema.type === 'enum') {
    enums.set(schema.name, schema.symbols);
    return schema.name;
  }
  if (schema.type === 'array') return `${typeOf(schema.items, enums)}[]`;
  if (schema.type === 'map') return `Record<string, ${typeOf(schema.values, enums)}>`;
  return typeOf(schema.type, enums);
}

function interfaceOf(schema, enums) {
  const fields = schema.fields.map((field) => {
    const comment = field.doc ? `  /** ${field.doc} */\n` : '';
    return `${comment}  ${field.name}: ${typeOf(field.type, enums)};\n`;
  });
  return `/** ${schema.doc} */\nexport interface ${schema.name} {\n${fields.join('')}}\n`;
}

export function generate() {
  const versions = new Map();
  for (const file of readdirSync(schemaFolder).sort()) {
    const [, name, version] = /^(\w+)\.v(\d+)\.avsc$/.exec(file) ?? [];
    if (!name) throw new Error(`schemas/${file}: a schema is named RECORD.vN.avsc`);
    const schema = JSON.parse(readFileSync(join(schemaFolder, file), 'utf8'));
    if (schema.name !== name) throw new Error(`schemas/${file}: the record in it is called ${schema.name}`);
    versions.set(name, [...(versions.get(name) ?? []), { version: Number(version), schema }]);
  }
  const enums = new Map();
  const interfaces = [];
  const listed = [];
  for (const [name, list] of versions) {
    list.sort((a, b) => a.version - b.version);
    interfaces.push(interfaceOf(list.at(-1).schema, enums));
    const entries = list.map(
      ({ version, schema }) => `    { version: ${version}, schema: ${JSON.stringify(schema)} },\n`,
    );
    listed.push(`  ${name}: [\n${entries.join('')}  ],\n`);
  }
  const enumTypes = [...enums].map(
    ([name, symbols]) =>
      `export const ${name}Symbols = ${JSON.stringify(symbols)} as const;\nexport type ${name} = (typeof ${name}Symbols)[number];\n`,
  );
  const recordMap = [...versions.keys()].map((name) => `  ${name}: ${name};\n`).join('');
  return [
    '// Generated from schemas/ by libs/contracts/generate.mjs. Do not edit.\n',
    ...enumTypes,
    ...interfaces,
    `/** Every record by its name. */\nexport interface Records {\n${recordMap}}\n`,
    `/** Every committed version of every record, oldest first. */\nexport const SCHEMAS = {\n${listed.join('')}};\n`,
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = generate();
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
}
