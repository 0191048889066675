/** CRC-64-AVRO fingerprints over the Parsing Canonical Form (Avro specification 1.11, "Schema Fingerprints"). */

const EMPTY = 0xc15d213aa4d7a795n;

const TABLE = Array.from({ length: 256 }, (_, index) => {
  let value = BigInt(index);
  for (let bit = 0; bit < 8; bit++) value = (value >> 1n) ^ (EMPTY & -(value & 1n));
  return BigInt.asUintN(64, value);
});

const KEPT_KEYS = ['name', 'type', 'fields', 'symbols', 'items', 'values', 'size'] as const;

/**
 * Parsing Canonical Form: names in full, only the attributes that matter for reading, in the specified order.
 * @param schema a schema as parsed JSON, with `name`s that carry no dots
 */
export function canonicalForm(schema: unknown, namespace = ''): string {
  if (typeof schema === 'string') return JSON.stringify(schema);
  if (Array.isArray(schema)) return `[${schema.map((branch) => canonicalForm(branch, namespace)).join(',')}]`;
  const node = schema as Record<string, unknown>;
  const space = typeof node['namespace'] === 'string' ? node['namespace'] : namespace;
  if (typeof node['type'] === 'string' && !('name' in node) && !('items' in node) && !('values' in node)) {
    return JSON.stringify(node['type']); // a primitive with a logical type
  }
  const members = KEPT_KEYS.filter((key) => key in node).map((key) => {
    const value = node[key];
    if (key === 'name') return `"name":${JSON.stringify(space ? `${space}.${String(value)}` : value)}`;
    if (key === 'fields')
      return `"fields":[${(value as Record<string, unknown>[]).map((f) => fieldForm(f, space)).join(',')}]`;
    if (key === 'symbols' || key === 'size') return `"${key}":${JSON.stringify(value)}`;
    return `"${key}":${canonicalForm(value, space)}`;
  });
  return `{${members.join(',')}}`;
}

function fieldForm(field: Record<string, unknown>, namespace: string): string {
  return `{"name":${JSON.stringify(field['name'])},"type":${canonicalForm(field['type'], namespace)}}`;
}

/** The 8-byte fingerprint as it stands in a single-object message: little endian. */
export function fingerprint(schema: unknown): Buffer {
  let value = EMPTY;
  for (const byte of Buffer.from(canonicalForm(schema), 'utf8')) {
    value = (value >> 8n) ^ (TABLE[Number((value ^ BigInt(byte)) & 0xffn)] as bigint);
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}
