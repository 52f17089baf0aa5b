import { addressNumber, addressText, parseCidr } from '#machinery/validation'

/** Hands out the addresses of a pod network one after the other, as CNI's host-local does. */
export interface AddressPool {
  /** Undefined when all are taken. */
  take(isTaken: (ip: string) => boolean): string | undefined
  readonly cursor: number
}

/** Addresses of one network that are told apart; nobody runs as many pods on one node. */
const mostBits = 32

/** Of a network its first two addresses (network and gateway) and of IPv4 its last are not given. */
export function createAddressPool(cidr: string, cursor = 2): AddressPool {
  const { address, prefixLength } = parseCidr(cidr) ?? { address: undefined, prefixLength: 0 }
  const bytes = address?.bytes ?? [0, 0, 0, 0]
  const bits = bytes.length * 8 - prefixLength
  const start = (addressNumber(bytes) >> BigInt(bits)) << BigInt(bits)
  const end = 2 ** Math.min(bits, mostBits) - (bytes.length === 4 ? 1 : 0)
  let next = cursor
  return {
    take(isTaken) {
      for (let tried = 0; tried < end - 2; tried++) {
        if (next >= end) next = 2
        const ip = addressText(start + BigInt(next++), bytes.length)
        if (!isTaken(ip)) return ip
      }
      return undefined
    },
    get cursor() {
      return next
    },
  }
}
