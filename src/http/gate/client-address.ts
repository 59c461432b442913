/** Finds the address of the client, also behind trusted proxies. */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** The address, or for IPv6 its network of 64 bits, in which a machine may choose any address. */
export type ClientAddress = (request: IncomingMessage) => string

/** `trustedProxies`: addresses and networks (`10.0.0.0/8`), with commas between, whose `X-Forwarded-For` is trusted. */
export function createClientAddress(trustedProxies: string | undefined): ClientAddress {
  const trusted = readNetworks(trustedProxies ?? '')
  const isTrusted = (address: string): boolean =>
    trusted?.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4') ?? false

  return ({ socket, headers }) => {
    let address = plainAddress(socket.remoteAddress ?? '') ?? ''
    // The last entry is from the nearest proxy; earlier entries count only if that proxy is trusted.
    const forwarded = headers['x-forwarded-for']?.toString().split(',') ?? []
    while (address !== '' && isTrusted(address)) {
      const before = plainAddress(forwarded.pop()?.trim() ?? '')
      if (before === undefined) break
      address = before
    }
    return isIP(address) === 6 ? networkOf(address) : address
  }
}

/** Returns `undefined` for an empty list; throws for an invalid entry. */
export function readNetworks(list: string): BlockList | undefined {
  if (list === '') return undefined
  const networks = new BlockList()
  for (const text of list.split(',')) {
    const [address = '', bits = ''] = text.trim().split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (text.includes('/')) networks.addSubnet(address, /^\d{1,3}$/.test(bits) ? Number(bits) : -1, family)
    else networks.addAddress(address, family)
  }
  return networks
}

/** Removes port, brackets and zone, and turns an IPv4-mapped address into IPv4. */
function plainAddress(text: string): string | undefined {
  const [, inBrackets] = /^\[(.*)\](?::\d+)?$/.exec(text) ?? []
  const bare = inBrackets ?? text.replace(/^([\d.]+):\d+$/, '$1')
  const address = bare.replace(/%.*$/, '').replace(/^::ffff:(?=[\d.]+$)/i, '')
  return isIP(address) === 0 ? undefined : address
}

function networkOf(address: string): string {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = head === '' ? [] : head.split(':')
  const behind = tail === undefined || tail === '' ? 0 : tail.split(':').length
  const zeros = tail === undefined ? 0 : 8 - groups.length - behind
  return [...groups, ...Array(zeros).fill('0'), ...(tail ?? '').split(':')].slice(0, 4).join(':')
}
