// Owns which IP addresses a webhook may reach: global ones, and private ones only by an explicit setting.
// The list is the union of the special-purpose registries of RFC 6890 and the metadata services of clouds.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Networks of one's own: reachable when the setting allows private addresses. */
const PRIVATE = ranges(
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
);

/** Never a receiver, whatever the setting. Cloud metadata is among them. */
const FORBIDDEN = ranges(
  '0.0.0.0/8',
  '100.100.100.200/32',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fd00:ec2::254/128',
  'fe80::/10',
  'ff00::/8',
);
const GLOBAL_V6 = ranges('2000::/3');

/** Whether an address, in the text a socket or a resolver gives it, may be connected to. Unreadable text may not. */
export function isReachable(address: string, allowPrivate: boolean): boolean {
  if (isIP(address) === 0) return false;
  const parsed = embeddedV4(ipaddr.parse(address));
  if (isIn(parsed, FORBIDDEN)) return false;
  if (isIn(parsed, PRIVATE)) return allowPrivate;
  return parsed.kind() === 'ipv4' || isIn(parsed, GLOBAL_V6);
}

/** `::ffff:a.b.c.d` is the IPv4 address inside it. */
function embeddedV4(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

function ranges(...list: readonly string[]): readonly [Address, number][] {
  return list.map((range) => ipaddr.parseCIDR(range));
}

function isIn(address: Address, list: readonly [Address, number][]): boolean {
  return list.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}
