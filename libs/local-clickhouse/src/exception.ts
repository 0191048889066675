/** An error as ClickHouse reports it over HTTP: numeric code, name, and the text of the body. */
export class ClickhouseException extends Error {
  override readonly name = 'ClickhouseException';

  constructor(
    readonly code: number,
    readonly errorName: string,
    description: string,
    version: string,
  ) {
    super(`Code: ${code}. DB::Exception: ${description} (${errorName}) (version ${version} (official build))`);
  }

  get httpStatus(): number {
    return HTTP_STATUS.get(this.errorName) ?? 500;
  }
}

/** The server's own mapping (its exceptionCodeToHTTPStatus); every other code is answered with 500. */
const STATUSES: [number, string][] = [
  [401, 'REQUIRED_PASSWORD'],
  [403, 'ACCESS_DENIED AUTHENTICATION_FAILED SET_NON_GRANTED_ROLE UNKNOWN_USER WRONG_PASSWORD'],
  [
    400,
    'BAD_ARGUMENTS CANNOT_COMPILE_REGEXP CANNOT_PARSE_DATE CANNOT_PARSE_DATETIME CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING ' +
      'CANNOT_PARSE_ESCAPE_SEQUENCE CANNOT_PARSE_INPUT_ASSERTION_FAILED CANNOT_PARSE_IPV4 CANNOT_PARSE_IPV6 ' +
      'CANNOT_PARSE_NUMBER CANNOT_PARSE_QUOTED_STRING CANNOT_PARSE_TEXT CANNOT_PARSE_UUID DUPLICATE_COLUMN ' +
      'ILLEGAL_COLUMN INCORRECT_DATA SYNTAX_ERROR THERE_IS_NO_COLUMN TOO_BIG_AST TOO_DEEP_AST TYPE_MISMATCH ' +
      'UNEXPECTED_AST_STRUCTURE UNKNOWN_ELEMENT_IN_AST UNKNOWN_TYPE_OF_AST_NODE VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE',
  ],
  [
    404,
    'UNKNOWN_AGGREGATE_FUNCTION UNKNOWN_DATABASE UNKNOWN_DATABASE_ENGINE UNKNOWN_DIRECTION_OF_SORTING UNKNOWN_FORMAT ' +
      'UNKNOWN_FUNCTION UNKNOWN_IDENTIFIER UNKNOWN_ROLE UNKNOWN_SETTING UNKNOWN_STORAGE UNKNOWN_TABLE UNKNOWN_TYPE ' +
      'UNKNOWN_TYPE_OF_QUERY',
  ],
  [408, 'TIMEOUT_EXCEEDED'],
  [413, 'QUERY_IS_TOO_LARGE'],
  [501, 'NOT_IMPLEMENTED'],
  // The last one is ours: a client should come back when the queue has moved.
  [503, 'CANNOT_OPEN_FILE CANNOT_SCHEDULE_TASK SOCKET_TIMEOUT TOO_MANY_SIMULTANEOUS_QUERIES'],
];
const HTTP_STATUS = new Map(STATUSES.flatMap(([status, names]) => names.split(' ').map((name) => [name, status])));

const PREFIX = /^Code: (\d+)\. DB::Exception: /;
const SUFFIX = / \(([A-Z][A-Z0-9_]+)\)(?: \(version [^)]*\)\)?)?\.?\s*$/;

/** The engine nests an exception's text in itself ("Code: 73. DB::Exception: Code: 73. ..."); this takes the core out. */
export function parseException(text: string, version: string): ClickhouseException {
  let code = 1002; // UNKNOWN_EXCEPTION
  let name = 'UNKNOWN_EXCEPTION';
  let description = text;
  for (let match = PREFIX.exec(description); match; match = PREFIX.exec(description)) {
    code = Number(match[1]);
    description = description.slice(match[0].length);
  }
  for (let match = SUFFIX.exec(description); match; match = SUFFIX.exec(description)) {
    name = match[1] as string;
    description = description.slice(0, match.index);
  }
  return new ClickhouseException(code, name, description, version);
}
