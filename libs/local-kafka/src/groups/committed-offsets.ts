import { closeSync, constants, fdatasync, ftruncateSync, openSync, readFileSync, renameSync } from 'node:fs';
import { writeFileSync, writeSync } from 'node:fs';
import { ErrorCode, KafkaError } from '../protocol/error-codes.js';

export interface CommittedOffset {
  readonly offset: number;
  readonly metadata: string | null;
}

export interface OffsetCommit extends CommittedOffset {
  readonly topic: string;
  readonly partition: number;
}

const { O_CREAT, O_RDWR } = constants;

/** A line of the file: the offset of one partition, or (offset null) that it is forgotten. */
type Line = [group: string, topic: string, partition: number, offset: number | null, metadata: string | null];

const REWRITE_FACTOR = 4;
const REWRITE_LEAST_LINES = 10_000;

/**
 * The committed offsets of all groups: a journal of JSON lines, read whole at start and rewritten when most of it is
 * out of date. A commit is in the file before its answer goes out.
 */
export class CommittedOffsets {
  private readonly groups = new Map<string, Map<string, OffsetCommit>>();
  private fd: number;
  private bytes: number;
  private lines = 0;
  private changedSinceFlush = false;
  /** Bytes behind the last whole line, as a crash leaves them; cut off at start. */
  readonly tornBytes: number;

  constructor(private readonly file: string) {
    this.fd = openSync(file, O_RDWR | O_CREAT, 0o644);
    const content = readFileSync(file);
    this.bytes = this.replay(content);
    this.tornBytes = content.length - this.bytes;
    if (this.tornBytes > 0) ftruncateSync(this.fd, this.bytes);
  }

  /** @returns the bytes of the whole lines at the beginning */
  private replay(content: Buffer): number {
    let start = 0;
    for (;;) {
      const end = content.indexOf(0x0a, start);
      if (end === -1) return start;
      try {
        this.apply(JSON.parse(content.toString('utf8', start, end)) as Line);
      } catch {
        return start;
      }
      start = end + 1;
    }
  }

  private apply([group, topic, partition, offset, metadata]: Line): void {
    this.lines++;
    const key = `${topic}/${partition}`;
    const offsets = this.groups.get(group) ?? new Map<string, OffsetCommit>();
    if (offset === null) offsets.delete(key);
    else offsets.set(key, { topic, partition, offset, metadata });
    if (offsets.size > 0) this.groups.set(group, offsets);
    else this.groups.delete(group);
  }

  private write(lines: readonly Line[]): void {
    const text = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    try {
      let written = 0;
      while (written < text.length) {
        written += writeSync(this.fd, text, written, text.length - written, this.bytes + written);
      }
    } catch (error) {
      rmTail(this.fd, this.bytes);
      const failed = new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, `${this.file}: ${(error as Error).message}`);
      failed.cause = error;
      throw failed;
    }
    this.bytes += text.length;
    this.changedSinceFlush = true;
    for (const line of lines) this.apply(line);
    this.rewriteIfDue();
  }

  private rewriteIfDue(): void {
    if (this.lines < REWRITE_LEAST_LINES) return;
    const live = [...this.groups].flatMap(([group, offsets]) =>
      [...offsets.values()].map((commit) => lineOf(group, commit)),
    );
    if (this.lines < live.length * REWRITE_FACTOR) return;
    const text = Buffer.from(live.map((line) => `${JSON.stringify(line)}\n`).join(''));
    let rewritten: number | undefined;
    try {
      writeFileSync(`${this.file}.new`, text, { flush: true });
      rewritten = openSync(`${this.file}.new`, O_RDWR);
      renameSync(`${this.file}.new`, this.file);
    } catch {
      if (rewritten !== undefined) closeSync(rewritten);
      this.lines = REWRITE_LEAST_LINES / 2; // not at every commit
      return; // what was committed stands in the longer file; there may be room later
    }
    closeSync(this.fd);
    this.fd = rewritten;
    this.bytes = text.length;
    this.lines = live.length;
  }

  /** @throws KafkaError KAFKA_STORAGE_ERROR */
  commit(group: string, commits: readonly OffsetCommit[]): void {
    if (commits.length > 0) this.write(commits.map((commit) => lineOf(group, commit)));
  }

  find(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.groups.get(group)?.get(`${topic}/${partition}`);
  }

  all(group: string): OffsetCommit[] {
    return [...(this.groups.get(group)?.values() ?? [])];
  }

  groupIds(): string[] {
    return [...this.groups.keys()];
  }

  forgetGroup(group: string): void {
    this.forget(group, this.all(group));
  }

  forgetTopic(topic: string): void {
    for (const group of this.groupIds()) {
      this.forget(
        group,
        this.all(group).filter((commit) => commit.topic === topic),
      );
    }
  }

  private forget(group: string, commits: readonly OffsetCommit[]): void {
    if (commits.length > 0) this.write(commits.map(({ topic, partition }) => [group, topic, partition, null, null]));
  }

  flush(): Promise<void> {
    if (!this.changedSinceFlush) return Promise.resolve();
    this.changedSinceFlush = false;
    return new Promise((resolve, reject) => fdatasync(this.fd, (error) => (error ? reject(error) : resolve())));
  }

  close(): void {
    closeSync(this.fd);
  }
}

const lineOf = (group: string, { topic, partition, offset, metadata }: OffsetCommit): Line => [
  group,
  topic,
  partition,
  offset,
  metadata,
];

/** What a failed write left; where that fails too, the next start cuts it off. */
function rmTail(fd: number, bytes: number): void {
  try {
    ftruncateSync(fd, bytes);
  } catch {
    // the failed write is what gets told
  }
}
