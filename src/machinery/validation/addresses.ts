/** IP addresses and networks, by upstream's lenient rules, with warnings for odd forms. */
import ipaddr from 'ipaddr.js'
import { type FieldError, invalidField } from '../fields/field-errors.ts'
import type { FieldPath } from '../fields/field-path.ts'

/** An address in bytes: 4 for IPv4 (also when written as IPv4-mapped IPv6), 16 for IPv6. */
export interface IpAddress {
  readonly family: 4 | 6
  readonly bytes: readonly number[]
  /** The canonical text: dotted quad, or RFC 5952. */
  readonly text: string
  /** False for IPv4 with leading zeros and for IPv4-mapped IPv6. */
  readonly standard: boolean
}

/** A network with the address it was written with. */
export interface IpNetwork {
  readonly address: IpAddress
  readonly prefixLength: number
  /** `10.9.8.0/24`: host bits cleared, canonical text. */
  readonly text: string
  readonly hasHostBits: boolean
}

const quad = /^(\d{1,10})\.(\d{1,10})\.(\d{1,10})\.(\d{1,10})$/

/** Reads an address as Go's older parser does: leading zeros are decimal. */
export function parseIp(text: string): IpAddress | undefined {
  const parts = quad.exec(text)
  if (parts) return parseQuad(parts.slice(1))
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !ipaddr.IPv6.isValid(text)) return undefined
  const address = ipaddr.IPv6.parse(text)
  const bytes = address.toByteArray()
  if (address.isIPv4MappedAddress()) {
    const last = bytes.slice(12)
    return { family: 4, bytes: last, text: last.join('.'), standard: false }
  }
  return { family: 6, bytes, text: address.toRFC5952String(), standard: true }
}

/** Reads a network written as `address/length`. */
export function parseCidr(text: string): IpNetwork | undefined {
  const slash = text.indexOf('/')
  const address = slash < 0 ? undefined : parseIp(text.slice(0, slash))
  const digits = text.slice(slash + 1)
  if (!address || !/^\d{1,3}$/.test(digits)) return undefined
  // A mapped address counts its prefix in the 128 bits it is written with.
  const mapped = text.slice(0, slash).includes(':') && address.family === 4
  const prefixLength = Number(digits) - (mapped ? 96 : 0)
  if (prefixLength < 0 || prefixLength > address.bytes.length * 8) return undefined
  const masked = address.bytes.map((byte, i) => byte & maskByte(prefixLength - i * 8))
  const text0 = formatBytes(masked)
  return {
    address,
    prefixLength,
    text: `${text0}/${prefixLength}`,
    hasHostBits: text0 !== address.text,
  }
}

/** Checks that a value is an IP address of either family. */
export function validateIp(value: string, path: FieldPath): FieldError[] {
  if (parseIp(value)) return []
  const detail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
  return [invalidField(path, value, detail)]
}

/** Checks that a value is a network in CIDR notation. */
export function validateCidr(value: string, path: FieldPath): FieldError[] {
  if (parseCidr(value)) return []
  const detail = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
  return [invalidField(path, value, detail)]
}

/** Upstream's warnings of a valid network that is written in another form than it should be. */
export function cidrWarnings(value: string, path: FieldPath): readonly string[] {
  const network = parseCidr(value)
  if (network === undefined) return []
  const { address, text } = network
  const single = `${address.text}/${address.bytes.length * 8}`
  const warnings = [
    ...(network.hasHostBits
      ? [
          `${path}: CIDR value "${value}" is ambiguous in this context (should be "${text}" or "${single}"?)`,
        ]
      : []),
    ...(address.standard && /\/(0|[1-9]\d*)$/.test(value)
      ? []
      : [`${path}: non-standard CIDR value "${value}" is invalid: use "${text}"`]),
  ]
  if (warnings.length > 0 || address.family === 4 || value === text) return warnings
  return [`${path}: IPv6 CIDR value "${value}" should be in RFC 5952 canonical format ("${text}")`]
}

function parseQuad(parts: readonly string[]): IpAddress | undefined {
  const bytes = parts.map(Number)
  if (bytes.some((byte) => byte > 255)) return undefined
  const text = bytes.join('.')
  return { family: 4, bytes, text, standard: text === parts.join('.') }
}

function maskByte(bits: number): number {
  if (bits <= 0) return 0
  return bits >= 8 ? 0xff : (0xff << (8 - bits)) & 0xff
}

function formatBytes(bytes: readonly number[]): string {
  return bytes.length === 4 ? bytes.join('.') : new ipaddr.IPv6([...bytes]).toRFC5952String()
}

/** An address as one number, by which it is counted and compared. */
export function addressNumber(bytes: readonly number[]): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}

/** The canonical text of an address that is given as a number and its length in bytes. */
export function addressText(number: bigint, length: number): string {
  const bytes = Array.from({ length }, (_, i) =>
    Number((number >> BigInt(8 * (length - 1 - i))) & 0xffn),
  )
  return formatBytes(bytes)
}
