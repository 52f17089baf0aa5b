import { isIP } from 'node:net'
import { parseResolvConf, type ResolverConfig } from '#host'
import type { NameReply } from '../model/fabric.ts'

/** What a resolver reads of its container before it asks anybody. */
export interface ResolverFiles {
  /** The text of `/etc/resolv.conf`. */
  readonly resolvConf: string | undefined
  /** The text of `/etc/hosts`. */
  readonly hosts: string | undefined
}

/** A host that was looked up. */
export interface FoundHost {
  readonly ip: string
  /** The whole name that it was found by. */
  readonly name: string
  /** Its further addresses, in the order in which they are tried. */
  readonly others?: readonly string[]
}

/** The families of addresses that a client has itself; it looks for no others (AI_ADDRCONFIG). */
export interface OwnFamilies {
  readonly hasIPv4: boolean
  readonly hasIPv6: boolean
}

const ofIPv4: OwnFamilies = { hasIPv4: true, hasIPv6: false }

/** What came of one question: an answer, nothing at all, or that nobody listens there. */
export type Asked = NameReply | 'silent' | 'refused'

/** One wait of a look-up, in milliseconds; what came of it is known after it. */
export type LookUp = Generator<number, FoundHost | undefined>

/** Sends a question to a name server. */
type Ask = (server: string, name: string, type: string) => Asked

/** What glibc does where resolv.conf says nothing. */
const usual = { ndots: 1, attempts: 2, timeoutSeconds: 5 }

/**
 * Looks a host up as glibc's resolver does: the file of hosts first, then every name of the search
 * path in turn, each at each name server, and so often. It yields how long it waits for each answer,
 * so that whoever follows it pays what a name costs, also one that is not there.
 */
export function* lookUp(
  host: string,
  files: ResolverFiles,
  ask: Ask,
  own: OwnFamilies = ofIPv4,
): LookUp {
  if (isIP(host) !== 0) return { ip: host, name: host }
  const bare = host.toLowerCase().replace(/\.$/, '')
  const written = inHosts(bare, files.hosts, own)
  if (written !== undefined) return written
  if (bare === 'localhost') return { ip: '127.0.0.1', name: bare }
  const conf = readConf(files.resolvConf)
  const names = candidates(host.toLowerCase(), conf)
  const askBoth: Ask = (server, name) => addressesOf(server, name, ask, own)
  for (const [index, name] of names.entries()) {
    const answered = yield* askServers(name, conf, askBoth)
    if (answered === 'refused') return undefined
    if (answered === undefined) {
      // Who gets no answer tries no other domain, but the name as it stands.
      const last = names.at(-1)
      const isAbsolute = name === bare || last !== bare || index === names.length - 1
      const whole = isAbsolute ? undefined : yield* askServers(bare, conf, askBoth)
      return foundIn(whole)
    }
    const found = foundIn(answered)
    if (found !== undefined) return found
  }
  return undefined
}

/** One question after the other along the search path, as `nslookup` asks; undefined: nobody answers. */
export function* searchName(
  host: string,
  type: string,
  files: ResolverFiles,
  ask: Ask,
): Generator<number, NameReply | undefined> {
  const conf = readConf(files.resolvConf)
  let last: NameReply | undefined
  for (const name of candidates(host.toLowerCase(), conf)) {
    const answered = yield* askServers(name, conf, ask, type)
    if (answered === undefined || answered === 'refused') return undefined
    last = answered
    if (answered.rcode === 'NOERROR') return answered
  }
  return last
}

function foundIn(answered: NameReply | 'refused' | undefined): FoundHost | undefined {
  if (answered === undefined || answered === 'refused') return undefined
  return foundHost(answered.records, answered.name)
}

function foundHost([ip, ...others]: readonly string[], name: string): FoundHost | undefined {
  if (ip === undefined) return undefined
  return { ip, name, ...(others.length > 0 && { others }) }
}

/**
 * The addresses of both families, asked for at once. Those of IPv6 come first, as glibc sorts them
 * for whoever has both (RFC 6724 with its own table of precedence).
 */
function addressesOf(server: string, name: string, ask: Ask, own: OwnFamilies): Asked {
  if (!own.hasIPv6) return ask(server, name, 'A')
  const [six, four] = [ask(server, name, 'AAAA'), own.hasIPv4 ? ask(server, name, 'A') : undefined]
  if (four === undefined || typeof six === 'string') return six
  if (typeof four === 'string') return four
  const better = six.rcode === 'NOERROR' ? six : four
  return {
    ...better,
    records: [...six.records, ...four.records],
    tookMs: Math.max(six.tookMs, four.tookMs),
  }
}

/** Names to try, in order: with enough dots as it stands first, else last (resolv.conf(5)). */
function candidates(host: string, { searches, ndots }: Conf): readonly string[] {
  const bare = host.replace(/\.$/, '')
  if (host.endsWith('.')) return [bare]
  const searched = searches.map((domain) => `${bare}.${domain}`)
  return bare.split('.').length - 1 >= ndots ? [bare, ...searched] : [...searched, bare]
}

/** Every server in turn, and all again; undefined when none answers. */
function* askServers(
  name: string,
  { nameservers, attempts, timeoutSeconds }: Conf,
  ask: Ask,
  type = 'A',
): Generator<number, NameReply | 'refused' | undefined> {
  const places = Array.from({ length: attempts }, () => [...nameservers.entries()]).flat()
  let refusals = 0
  for (const [index, server] of places) {
    const asked = ask(server, name, type)
    if (asked === 'refused') refusals += 1
    else {
      const limitMs = 1000 * patience(index, nameservers.length, timeoutSeconds)
      const tookMs = asked === 'silent' ? limitMs : Math.min(limitMs, asked.tookMs)
      if (tookMs > 0) yield tookMs
      if (asked !== 'silent' && asked.tookMs <= limitMs && asked.rcode !== 'SERVFAIL') return asked
    }
  }
  return refusals === places.length ? 'refused' : undefined
}

/** Seconds for one answer (glibc: `retrans << ns`, shared among the servers after the first). */
function patience(index: number, servers: number, seconds: number): number {
  return index === 0 ? seconds : Math.max(1, Math.floor((seconds * 2 ** index) / servers))
}

/** The text of a resolv.conf, as the container engine writes it. */
export function resolvConfText({ nameservers, searches, options }: ResolverConfig): string {
  return [
    ...(searches.length > 0 ? [`search ${searches.join(' ')}\n`] : []),
    ...nameservers.map((ip) => `nameserver ${ip}\n`),
    ...(options.length > 0 ? [`options ${options.join(' ')}\n`] : []),
  ].join('')
}

interface Conf {
  readonly nameservers: readonly string[]
  readonly searches: readonly string[]
  readonly ndots: number
  readonly attempts: number
  readonly timeoutSeconds: number
}

function readConf(text: string | undefined): Conf {
  const { nameservers, searches, options } = parseResolvConf(text ?? '')
  const number = (name: string, otherwise: number, most: number) => {
    const found = options.findLast((option) => option.startsWith(`${name}:`))
    const value = Number(found?.slice(name.length + 1))
    return found !== undefined && Number.isInteger(value) && value >= 0
      ? Math.min(most, value)
      : otherwise
  }
  return {
    nameservers: nameservers.length > 0 ? nameservers.slice(0, 3) : ['127.0.0.1'],
    searches,
    ndots: number('ndots', usual.ndots, 15),
    attempts: Math.max(1, number('attempts', usual.attempts, 5)),
    timeoutSeconds: Math.max(1, number('timeout', usual.timeoutSeconds, 30)),
  }
}

/** The first line of a file of hosts that has the name; its first name is the whole one. */
function inHosts(
  name: string,
  text: string | undefined,
  { hasIPv4, hasIPv6 }: OwnFamilies,
): FoundHost | undefined {
  const found: { readonly family: number; readonly ip: string; readonly name: string }[] = []
  for (const line of (text ?? '').split('\n')) {
    const [ip = '', ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/)
    const family = isIP(ip)
    // Of its own machine every program is told by IPv4, at which all of them listen.
    const isWanted = family === 4 ? hasIPv4 || isLoopback(ip) : hasIPv6 && !isLoopback(ip)
    if (family === 0 || !isWanted || !names.some((each) => each.toLowerCase() === name)) continue
    if (found.some((each) => each.family === family)) continue
    found.push({ family, ip, name: names[0] ?? name })
  }
  const ips = found.toSorted((a, b) => b.family - a.family).map(({ ip }) => ip)
  return foundHost(ips, found[0]?.name ?? name)
}

const isLoopback = (ip: string): boolean => ip === '::1' || ip.startsWith('127.')
