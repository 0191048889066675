/** One page of a file that a test lays out itself. */
export interface TestPage {
  packets: Buffer[];
  /** @default 0 */
  granule?: number;
  /** Its last packet goes on with the next page. It must fill whole segments of 255 bytes. */
  isTorn?: boolean;
  /** Its first packet began on the page before. */
  continues?: boolean;
  /** @default 1 */
  serial?: number;
  /** @default the next of its stream */
  sequence?: number;
}

/** An Ogg file of these pages; the last one closes its stream unless `isClosed` is false. */
export function oggFile(pages: TestPage[], { isClosed = true } = {}): Buffer {
  const next = new Map<number, number>();
  return Buffer.concat(
    pages.map((page, index) => {
      const serial = page.serial ?? 1;
      const sequence = page.sequence ?? next.get(serial) ?? 0;
      const flags =
        (page.continues === true ? 1 : 0) |
        (next.has(serial) ? 0 : 2) |
        (isClosed && index === pages.length - 1 ? 4 : 0);
      next.set(serial, sequence + 1);
      return pageOf(page, serial, sequence, flags);
    }),
  );
}

function pageOf({ packets, granule = 0, isTorn = false }: TestPage, serial: number, sequence: number, flags: number) {
  const segments = packets.flatMap((packet, index) => {
    const full = Array<number>(Math.floor(packet.length / 255)).fill(255);
    return isTorn && index === packets.length - 1 ? full : [...full, packet.length % 255];
  });
  const header = Buffer.alloc(27);
  header.write('OggS');
  header[5] = flags;
  header.writeBigInt64LE(BigInt(granule), 6);
  header.writeUInt32LE(serial, 14);
  header.writeUInt32LE(sequence, 18);
  header[26] = segments.length;
  const page = Buffer.concat([header, Buffer.from(segments), ...packets]);
  page.writeUInt32LE(slowCrc(page), 22);
  return page;
}

/** The CRC of RFC 3533 bit by bit, so that the reader's table is checked against something else. */
function slowCrc(page: Buffer): number {
  let crc = 0n;
  for (const byte of page) {
    crc ^= BigInt(byte) << 24n;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000_0000n) === 0n ? crc << 1n : (crc << 1n) ^ 0x1_04c1_1db7n;
  }
  return Number(crc);
}
