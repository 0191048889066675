import { BlockList, isIP, isIPv6 } from 'node:net';

/** Networks that are no place on the public internet, and providers' metadata services (most are link-local). */
const REFUSED_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
/** Of IPv6 only global unicast is public, and there are ranges within it that are not. */
const PUBLIC_IPV6 = '2000::/3';
const REFUSED_IPV6 = ['2001::/23', '2001:db8::/32', '3fff::/20'];

/** Prefixes that carry an IPv4 address, with the byte at which it stands: mapped, translated (RFC 6052), 6to4. */
const CARRIERS: readonly [network: string, byte: number][] = [
  ['::ffff:0:0/96', 12],
  ['64:ff9b::/96', 12],
  ['2002::/16', 2],
];

/** A network such as 10.0.0.0/8, or a single address; undefined for anything else. */
function parseNetwork(text: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (bits === 0 || rest.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined;
  const prefix = length === undefined ? bits : Number(length);
  return prefix <= bits ? { address, prefix, family: bits === 32 ? 'ipv4' : 'ipv6' } : undefined;
}

export const isNetwork = (text: string): boolean => parseNetwork(text) !== undefined;

function networks(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const network = parseNetwork(text);
    if (network === undefined) throw new TypeError(`${text} is no network`);
    list.addSubnet(network.address, network.prefix, network.family);
  }
  return list;
}

const refusedIpv4 = networks(REFUSED_IPV4);
const publicIpv6 = networks([PUBLIC_IPV6]);
const refusedIpv6 = networks(REFUSED_IPV6);
const carriers = CARRIERS.map(([network, byte]) => ({ list: networks([network]), byte }));

/** Which addresses a receiver may have: public ones, and those in networks that its configuration allows. */
export class AddressPolicy {
  private readonly allowed: BlockList;

  /**
   * @param allowed networks or addresses, checked by `isNetwork`
   * @param publicToo false where only these may be connected to
   */
  constructor(
    allowed: readonly string[],
    private readonly publicToo = true,
  ) {
    this.allowed = networks(allowed);
  }

  /** @param address as `isIP` knows it, without brackets */
  permits(address: string): boolean {
    const plain = address.replace(/%.*$/, ''); // the zone of a link-local address
    if (!isIPv6(plain)) return isIP(plain) === 4 && this.permitsIpv4(plain);
    const carried = carriedIpv4(plain);
    if (carried !== undefined) return this.permitsIpv4(carried);
    if (this.allowed.check(plain, 'ipv6')) return true;
    return this.publicToo && publicIpv6.check(plain, 'ipv6') && !refusedIpv6.check(plain, 'ipv6');
  }

  private permitsIpv4(address: string): boolean {
    return this.allowed.check(address, 'ipv4') || (this.publicToo && !refusedIpv4.check(address, 'ipv4'));
  }
}

/** The IPv4 address that an IPv6 one stands for. */
function carriedIpv4(address: string): string | undefined {
  const carrier = carriers.find(({ list }) => list.check(address, 'ipv6'));
  return carrier && [...bytesOf(address).subarray(carrier.byte, carrier.byte + 4)].join('.');
}

/** The 16 bytes of an IPv6 address. */
function bytesOf(address: string): Buffer {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...octets: string[]) =>
    [0, 2].map((at) => ((Number(octets[at]) << 8) | Number(octets[at + 1])).toString(16)).join(':'),
  );
  const [head = [], tail = []] = hex.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
