import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddressPolicy, isNetwork } from './address-policy.js';

/** What a URL's host becomes, whichever way it is written; this is what a client connects to. */
const hostOf = (host: string) => new URL(`http://${host}/`).hostname.replace(/^\[|\]$/g, '');

describe('without anything allowed', () => {
  const policy = new AddressPolicy([]);

  test.each([
    ['loopback', '127.0.0.1'],
    ['all of loopback', '127.255.1.2'],
    ['this host', '0.0.0.0'],
    ['private', '10.1.2.3'],
    ['private', '172.31.255.255'],
    ['private', '192.168.0.1'],
    ['shared by carriers', '100.100.100.200'],
    ['link-local, metadata', '169.254.169.254'],
    ["a provider's own", '168.63.129.16'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['loopback', '::1'],
    ['unspecified', '::'],
    ['unique local, metadata', 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['documentation', '2001:db8::1'],
    ['mapped', '::ffff:127.0.0.1'],
    ['mapped, in hexadecimal', '::ffff:a9fe:a9fe'],
    ['mapped, written out', '0:0:0:0:0:ffff:0a00:0001'],
    ['compatible', '::7f00:1'],
    ['translated', '64:ff9b::10.0.0.1'],
    ['translated locally', '64:ff9b:1::1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['no address', 'localhost'],
  ])('%s %s is refused', (_, address) => {
    expect(policy.permits(address)).toBe(false);
  });

  test.each(['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:1.1.1.1', '64:ff9b::808:808'])(
    '%s is permitted',
    (address) => expect(policy.permits(address)).toBe(true),
  );

  test.each([
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '017700000001',
    '127.1',
    '[::ffff:7f00:1]',
    '[0:0::127.0.0.1]',
    '①②⑦.⓪.⓪.①',
  ])('a host written as %s is refused as what it is', (host) => expect(policy.permits(hostOf(host))).toBe(false));

  test('an IPv4 address is judged alike in each of its IPv6 forms', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const verdict = policy.permits(address);
        expect(policy.permits(hostOf(`[::ffff:${address}]`))).toBe(verdict);
        expect(policy.permits(`64:ff9b::${address}`)).toBe(verdict);
      }),
    );
  });
});

describe('networks that are allowed', () => {
  const policy = new AddressPolicy(['10.20.0.0/16', '127.0.0.1', 'fd12::/16']);

  test('let in what lies in them, in every form, and nothing else', () => {
    for (const address of ['10.20.3.4', '127.0.0.1', '::ffff:10.20.3.4', 'fd12::1', '8.8.8.8']) {
      expect(policy.permits(address), address).toBe(true);
    }
    for (const address of ['10.21.0.1', '127.0.0.2', 'fd13::1', '::1', '169.254.169.254']) {
      expect(policy.permits(address), address).toBe(false);
    }
  });

  test('are all that there is where public addresses are left out', () => {
    const only = new AddressPolicy(['10.20.0.0/16', '2606:4700::/32'], false);
    for (const address of ['10.20.3.4', '2606:4700::1']) expect(only.permits(address), address).toBe(true);
    for (const address of ['8.8.8.8', '2001:4860::8888', '::ffff:8.8.8.8'])
      expect(only.permits(address), address).toBe(false);
  });

  test('are addresses with or without a length', () => {
    for (const text of ['10.0.0.0/8', '10.0.0.1', '::1', 'fd00::/8', '0.0.0.0/0'])
      expect(isNetwork(text), text).toBe(true);
    for (const text of ['10.0.0.0/33', 'localhost', '10/8', '::/129', '10.0.0.0/8/8', '1.2.3.4/']) {
      expect(isNetwork(text), text).toBe(false);
    }
  });
});
