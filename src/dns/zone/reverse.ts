import { isIP, isIPv4 } from 'node:net'

const four = '.in-addr.arpa'
const six = '.ip6.arpa'

/** The address that a name of the reverse zones stands for; undefined for any other name. */
export function reversedAddress(name: string): string | undefined {
  if (name.endsWith(four)) {
    const ip = name.slice(0, -four.length).split('.').reverse().join('.')
    return isIPv4(ip) ? ip : undefined
  }
  if (!name.endsWith(six)) return undefined
  const digits = name.slice(0, -six.length).split('.').reverse()
  if (digits.length !== 32 || digits.some((digit) => !/^[0-9a-f]$/.test(digit))) return undefined
  return canonicalIp((digits.join('').match(/.{4}/g) ?? []).join(':'))
}

/** The one spelling of an address that is used for comparisons. */
export function canonicalIp(ip: string): string {
  if (isIP(ip) !== 6) return ip
  return new URL(`http://[${ip}]`).hostname.slice(1, -1)
}

/** The address that a pod's name begins with: `10-0-0-7`; undefined when it is none. */
export function dashedAddress(label: string): string | undefined {
  const asFour = label.replaceAll('-', '.')
  if (isIPv4(asFour)) return asFour
  const asSix = label.replaceAll('-', ':')
  return isIP(asSix) === 6 ? asSix : undefined
}

/** An address as a label of a name. */
export const dashed = (ip: string): string => ip.replaceAll(/[.:]/g, '-')
