import { type FieldError, invalidField } from '../fields/field-errors.ts'
import type { FieldPath } from '../fields/field-path.ts'
import { type IpAddress, parseIp } from './addresses.ts'

/** Ranges of addresses that are about the machine or the link that a packet is on. */
type SpecialRange = 'unspecified' | 'loopback' | 'linkLocal' | 'linkLocalMulticast'

/**
 * An address that an endpoint or an external IP may have: one that packets from elsewhere can have as
 * their target (upstream: `ValidateEndpointIP`).
 */
export function validateEndpointIp(value: string, path: FieldPath): FieldError[] {
  const ip = parseIp(value)
  if (!ip) return [invalidField(path, value, 'must be a valid IP address')]
  const range = specialRangeOf(ip)
  return range === undefined ? [] : [invalidField(path, value, messageFor(range, value))]
}

function messageFor(range: SpecialRange, value: string): string {
  switch (range) {
    case 'unspecified':
      return `may not be unspecified (${value})`
    case 'loopback':
      return 'may not be in the loopback range (127.0.0.0/8, ::1/128)'
    case 'linkLocal':
      return 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'
    case 'linkLocalMulticast':
      return 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'
  }
}

/** Whether an address is one machine's in a network, as Go's `IsGlobalUnicast` has it. */
export function isGlobalUnicast(text: string): boolean {
  const ip = parseIp(text)
  if (!ip || specialRangeOf(ip) !== undefined) return false
  const first = ip.bytes[0] ?? 0
  const isMulticast = ip.family === 4 ? first >= 224 && first < 240 : first === 0xff
  return !isMulticast && ip.text !== '255.255.255.255'
}

function specialRangeOf({ family, bytes, text }: IpAddress): SpecialRange | undefined {
  if (text === '0.0.0.0' || text === '::') return 'unspecified'
  return family === 4 ? specialRangeOfIpv4(bytes) : specialRangeOfIpv6(bytes, text)
}

function specialRangeOfIpv4([first, second, third]: readonly number[]): SpecialRange | undefined {
  if (first === 127) return 'loopback'
  if (first === 169 && second === 254) return 'linkLocal'
  return first === 224 && second === 0 && third === 0 ? 'linkLocalMulticast' : undefined
}

function specialRangeOfIpv6(
  [first = 0, second = 0]: readonly number[],
  text: string,
): SpecialRange | undefined {
  if (text === '::1') return 'loopback'
  if (first === 0xfe && second >> 6 === 2) return 'linkLocal'
  return first === 0xff && (second & 0x0f) === 2 ? 'linkLocalMulticast' : undefined
}
