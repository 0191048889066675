import { closeSync, constants, fdatasync, ftruncateSync, openSync, readFileSync, renameSync } from 'node:fs';
import { writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { coalesced, flushFolderNow } from '../durable-file.js';
import { ErrorCode, KafkaError } from '../protocol/error-codes.js';
import { LINE_END, type Line, formatLine, lineOf, parseLine } from './offset-line.js';

export interface CommittedOffset {
  readonly offset: number;
  readonly metadata: string | null;
}

export interface OffsetCommit extends CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  /** When it is forgotten, if the client said so; otherwise the group's last sign of life decides. */
  readonly expiresAtMs?: number;
}

const { O_CREAT, O_RDWR } = constants;

const REWRITE_FACTOR = 4;
const REWRITE_LEAST_LINES = 10_000;

/**
 * The committed offsets of all groups: a journal of lines, read whole at start and rewritten when most of it is out of
 * date. A commit is in the file before its answer goes out. Where a line is damaged, the partition's commit before it
 * stands: its consumers read again, and miss nothing.
 */
export class CommittedOffsets {
  private readonly groups = new Map<string, Map<string, OffsetCommit>>();
  private fd: number;
  private bytes: number;
  private lines = 0;
  private changedSinceFlush = false;
  /** Bytes behind the last whole line, as a crash leaves them; cut off at start. */
  readonly tornBytes: number;
  /** Lines that the start could not read. */
  damagedLines = 0;

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
    for (let end = content.indexOf(LINE_END); end !== -1; end = content.indexOf(LINE_END, start)) {
      const line = parseLine(content.subarray(start, end));
      if (line === undefined) this.damagedLines++;
      else this.apply(line);
      start = end + 1;
    }
    return start;
  }

  private apply([group, topic, partition, offset, metadata, expiresAtMs]: Line): void {
    this.lines++;
    const key = `${topic}/${partition}`;
    const offsets = this.groups.get(group) ?? new Map<string, OffsetCommit>();
    if (offset === null) offsets.delete(key);
    else offsets.set(key, { topic, partition, offset, metadata, ...(expiresAtMs !== undefined && { expiresAtMs }) });
    if (offsets.size > 0) this.groups.set(group, offsets);
    else this.groups.delete(group);
  }

  private write(lines: readonly Line[]): void {
    const text = Buffer.from(lines.map(formatLine).join(''));
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
    const text = Buffer.from(live.map(formatLine).join(''));
    let rewritten: number | undefined;
    try {
      writeFileSync(`${this.file}.new`, text, { flush: true });
      rewritten = openSync(`${this.file}.new`, O_RDWR);
      renameSync(`${this.file}.new`, this.file);
      flushFolderNow(dirname(this.file));
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

  /** Forgets what the client's own time or, where it gave none, `idleSince` of the group says is over. */
  expire(group: string, nowMs: number, idleSinceMs: number, retentionMs: number): number {
    const isOver = ({ expiresAtMs = idleSinceMs + retentionMs }: OffsetCommit) => nowMs >= expiresAtMs;
    const over = this.all(group).filter(isOver);
    this.forget(group, over);
    return over.length;
  }

  private forget(group: string, commits: readonly OffsetCommit[]): void {
    if (commits.length > 0) this.write(commits.map(({ topic, partition }) => [group, topic, partition, null, null]));
  }

  /** What was committed before is on the disk when this resolves. */
  readonly flush = coalesced(async () => {
    if (!this.changedSinceFlush) return;
    this.changedSinceFlush = false;
    const { fd } = this;
    await new Promise<void>((resolve, reject) => {
      // A rewrite meanwhile closed the file, and has flushed the one in its place.
      fdatasync(fd, (error) => (error && fd === this.fd ? reject(error) : resolve()));
    }).catch((error: unknown) => {
      this.changedSinceFlush = true;
      throw error;
    });
  });

  close(): void {
    closeSync(this.fd);
  }
}

/** What a failed write left; where that fails too, the next start cuts it off. */
function rmTail(fd: number, bytes: number): void {
  try {
    ftruncateSync(fd, bytes);
  } catch {
    // the failed write is what gets told
  }
}
