const CONTENT_TYPES: [RegExp, string][] = [
  [/^JSON(?:Strings|Compact|CompactStrings|ColumnsWithMetadata)?$/, 'application/json; charset=UTF-8'],
  [/^JSON.*EachRow/, 'application/x-ndjson; charset=UTF-8'],
  [/^JSON/, 'application/json; charset=UTF-8'],
  [/^(?:TabSeparated|TSV)/, 'text/tab-separated-values; charset=UTF-8'],
  [/^CSVWithNames/, 'text/csv; charset=UTF-8; header=present'],
  [/^CSV/, 'text/csv; charset=UTF-8; header=absent'],
  [/^(?:Native|RowBinary|Parquet|Arrow|ORC|Avro|MsgPack|Protobuf)/, 'application/octet-stream'],
];

export const DEFAULT_FORMAT = 'TabSeparated';

export function contentTypeOf(format: string): string {
  return CONTENT_TYPES.find(([pattern]) => pattern.test(format))?.[1] ?? 'text/plain; charset=UTF-8';
}

/** The format that the query itself asks for, which wins over a default one. */
export function formatClauseOf(query: string): string | undefined {
  return /\bFORMAT\s+([A-Za-z]\w*)\s*(?:\bSETTINGS\b[^;]*)?;?\s*$/i.exec(query)?.[1];
}
