import { parseIp } from '../../validation/addresses.ts'

/** An address as Go reads it today: no number of a dotted quad begins with a zero. */
export function isStrictIp(text: string): boolean {
  const quad = text.slice(text.lastIndexOf(':') + 1)
  return !/(?:^|\.)0\d/.test(quad.includes('.') ? quad : '') && parseIp(text) !== undefined
}

/** An address with colons in it, strictly read. */
export function isIpv6(text: string): boolean {
  return text.includes(':') && isStrictIp(text)
}

/** An address with dots in it, in which numbers may begin with zeros. */
export function isIpv4(text: string): boolean {
  return text.includes('.') && parseIp(text) !== undefined
}

/** An address and how many of its bits, as it is written, are those of the network. */
export function isCidr(text: string): boolean {
  const slash = text.indexOf('/')
  const [address, digits] = [text.slice(0, slash), text.slice(slash + 1)]
  if (slash < 0 || !/^\d{1,9}$/.test(digits) || parseIp(address) === undefined) return false
  return Number(digits) <= (address.includes(':') ? 128 : 32)
}
