import { parseIp } from '#machinery/validation'
import { CelError } from '../values/cel-error.ts'
import { type Overload, overload } from '../values/overload.ts'
import { CelOpaque } from '../values/values.ts'

/** An address; IPv4-mapped ones do not come about. */
class CelIp extends CelOpaque {
  readonly typeName = 'net.IP'
  readonly bytes: readonly number[]
  readonly text: string
  constructor(bytes: readonly number[], text: string) {
    super()
    this.bytes = bytes
    this.text = text
  }
  equals(other: CelOpaque): boolean {
    return other instanceof CelIp && other.text === this.text
  }
  override get size(): number {
    return this.bytes.length
  }
}

/** A network, with the address it was written with. */
class CelCidr extends CelOpaque {
  readonly typeName = 'net.CIDR'
  readonly ip: CelIp
  readonly bits: number
  constructor(ip: CelIp, bits: number) {
    super()
    this.ip = ip
    this.bits = bits
  }
  equals(other: CelOpaque): boolean {
    return other instanceof CelCidr && other.bits === this.bits && this.ip.equals(other.ip)
  }
  override get size(): number {
    return Math.ceil(this.bits / 8)
  }
}

/** What is wrong with the text of an address, in the words of Go's parser. */
function addressProblem(text: string): string {
  if (/^\d+(\.\d+){3}$/.test(text)) {
    if (/(^|\.)0\d/.test(text)) return 'IPv4 field has octet with leading zero'
    return 'IPv4 field has value >255'
  }
  return 'unable to parse IP'
}

function ip(text: string): CelIp {
  const quoted = JSON.stringify(text)
  if (text.includes('%') && text.includes(':')) {
    throw new CelError(`IP address ${quoted} with zone value is not allowed`)
  }
  const address = parseIp(text)
  if (address && !address.standard && text.includes(':')) {
    throw new CelError(`IPv4-mapped IPv6 address ${quoted} is not allowed`)
  }
  if (!address?.standard) {
    throw new CelError(
      `IP Address ${quoted} parse error during conversion from string: ParseAddr(${quoted}): ${addressProblem(text)}`,
    )
  }
  return new CelIp(address.bytes, address.text)
}

const cidrProblem = 'network address parse error during conversion from string: '

function cidr(text: string): CelCidr {
  const slash = text.lastIndexOf('/')
  const fail = (problem: string): never => {
    const prefix = `netip.ParsePrefix(${JSON.stringify(text)}): ${problem}`
    throw new CelError(`${cidrProblem}${cidrProblem}${prefix}`)
  }
  if (slash < 0) return fail("no '/'")
  const address = parseIp(text.slice(0, slash))
  const digits = text.slice(slash + 1)
  if (address && !address.standard && text.includes(':')) {
    throw new CelError(
      `${cidrProblem}IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`,
    )
  }
  if (!address?.standard) {
    return fail(
      `ParseAddr(${JSON.stringify(text.slice(0, slash))}): ${addressProblem(text.slice(0, slash))}`,
    )
  }
  if (!/^(0|[1-9]\d{0,2})$/.test(digits)) {
    return fail(`bad bits after slash: ${JSON.stringify(digits)}`)
  }
  if (Number(digits) > address.bytes.length * 8) return fail('prefix length out of range')
  return new CelCidr(new CelIp(address.bytes, address.text), Number(digits))
}

function succeeds(parse: (text: string) => unknown): (text: string) => boolean {
  return (text) => {
    try {
      parse(text)
      return true
    } catch {
      return false
    }
  }
}

const bitsOf = (bytes: readonly number[]): string =>
  bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('')

function containsIp(network: CelCidr, address: CelIp): boolean {
  return (
    network.ip.bytes.length === address.bytes.length &&
    bitsOf(network.ip.bytes).slice(0, network.bits) === bitsOf(address.bytes).slice(0, network.bits)
  )
}

const containsCidr = (network: CelCidr, other: CelCidr): boolean =>
  network.bits <= other.bits && containsIp(network, other.ip)

function masked({ ip: { bytes }, bits }: CelCidr): CelCidr {
  const kept = bitsOf(bytes)
    .slice(0, bits)
    .padEnd(bytes.length * 8, '0')
  const cleared = bytes.map((_, i) => Number.parseInt(kept.slice(i * 8, i * 8 + 8), 2))
  const text = cleared.length === 4 ? cleared.join('.') : parseIp(colons(cleared))?.text
  return new CelCidr(new CelIp(cleared, text ?? ''), bits)
}

const colons = (bytes: readonly number[]): string =>
  bytes.map((b, i) => (i % 2 && i < 15 ? `${hex(b)}:` : hex(b))).join('')
const hex = (byte: number): string => byte.toString(16).padStart(2, '0')

const isV4 = ({ bytes }: CelIp): boolean => bytes.length === 4
const isUnspecified = ({ bytes }: CelIp): boolean => bytes.every((byte) => byte === 0)
const isLoopback = (address: CelIp): boolean =>
  isV4(address) ? address.bytes[0] === 127 : address.text === '::1'

function isLinkLocalUnicast(address: CelIp): boolean {
  const [first = 0, second = 0] = address.bytes
  return isV4(address)
    ? first === 169 && second === 254
    : first === 0xfe && (second & 0xc0) === 0x80
}

function isLinkLocalMulticast(address: CelIp): boolean {
  const [first = 0, second = 0, third = 0] = address.bytes
  if (isV4(address)) return first === 224 && second === 0 && third === 0
  return first === 0xff && (second & 0x0f) === 2
}

function isGlobalUnicast(address: CelIp): boolean {
  const [first = 0] = address.bytes
  const isMulticast = isV4(address) ? (first & 0xf0) === 0xe0 : first === 0xff
  return !(
    isMulticast ||
    address.text === '255.255.255.255' ||
    isUnspecified(address) ||
    isLoopback(address) ||
    isLinkLocalUnicast(address)
  )
}

const cidrText = ({ ip: address, bits }: CelCidr): string => `${address.text}/${bits}`

/** IP addresses and networks, strictly read. */
export const addresses: readonly Overload[] = [
  overload('ip(string): IP', ip),
  overload('isIP(string): bool', succeeds(ip)),
  overload('ip.isCanonical(string): bool', (text: string) => ip(text).text === text),
  overload('string(IP): string', ({ text }: CelIp) => text),
  overload('IP.family(): int', (address: CelIp) => (isV4(address) ? 4n : 6n)),
  overload('IP.isUnspecified(): bool', isUnspecified),
  overload('IP.isLoopback(): bool', isLoopback),
  overload('IP.isLinkLocalMulticast(): bool', isLinkLocalMulticast),
  overload('IP.isLinkLocalUnicast(): bool', isLinkLocalUnicast),
  overload('IP.isGlobalUnicast(): bool', isGlobalUnicast),
  overload('cidr(string): CIDR', cidr),
  overload('isCIDR(string): bool', succeeds(cidr)),
  overload('string(CIDR): string', cidrText),
  overload('CIDR.ip(): IP', ({ ip: address }: CelCidr) => address),
  overload('CIDR.prefixLength(): int', ({ bits }: CelCidr) => BigInt(bits)),
  overload('CIDR.masked(): CIDR', masked),
  overload('CIDR.containsIP(IP): bool', containsIp),
  overload('CIDR.containsIP(string): bool', (network: CelCidr, text: string) =>
    containsIp(network, ip(text)),
  ),
  overload('CIDR.containsCIDR(CIDR): bool', containsCidr),
  overload('CIDR.containsCIDR(string): bool', (network: CelCidr, text: string) =>
    containsCidr(network, cidr(text)),
  ),
]
