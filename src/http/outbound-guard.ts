import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher, fetch, type RequestInit } from 'undici';

/** A URL that somebody gave us leads to this machine or its network. */
export class PrivateAddressError extends Error {
  readonly code = 'PRIVATE_ADDRESS';
  constructor(host: string) {
    super(`${host} is an address of a private network, to which no requests are sent (ALLOW_PRIVATE_ADDRESSES).`);
    this.name = 'PrivateAddressError';
  }
}

/**
 * Sends requests to URLs that others chose: webhooks, tools, pages. Unless `allowPrivate`, it refuses what is not on the
 * public internet where the socket is opened, so neither a redirect nor a second answer of the name server slips past.
 */
export function createGuardedDispatcher({ allowPrivate }: { allowPrivate: boolean }): Agent {
  if (allowPrivate) return new Agent();
  const open = buildConnector({ lookup: publicLookup as LookupFunction, timeout: 10_000 });
  return new Agent({
    connect(options, callback) {
      const host = options.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) && isPrivate(host)) return callback(new PrivateAddressError(host), null);
      open(options, callback);
    },
  });
}

/** One private answer spoils them all: which one is taken is up to the network. */
export function publicLookup(
  host: string,
  options: LookupOptions,
  callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
): void {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    if (addresses.some(({ address }) => isPrivate(address))) return callback(new PrivateAddressError(host), []);
    const [first] = addresses;
    if (options.all || !first) return callback(null, addresses);
    callback(null, first.address, first.family);
  });
}

/** Of an address, not of a name. */
export const isPrivate = (address: string) =>
  isIPv6(address) ? nonPublic.check(address, 'ipv6') : nonPublic.check(address, 'ipv4');

/** The special-purpose registries of IANA (RFC 6890), multicast, and what tunnels IPv4 through IPv6. */
const nonPublic = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  nonPublic.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 96],
  ['64:ff9b::', 32],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const) {
  nonPublic.addSubnet(network, prefix, 'ipv6');
}

/** `fetch` by way of a dispatcher, for those who expect the one of the platform. */
export function fetchThrough(dispatcher: Dispatcher): typeof globalThis.fetch {
  return ((url: string, init: RequestInit) =>
    fetch(url, { ...init, dispatcher })) as unknown as typeof globalThis.fetch;
}
