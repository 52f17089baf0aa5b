/** Hands out the addresses of a pod network one after the other, as CNI's host-local does. */
export interface AddressPool {
  /** Undefined when all are taken. */
  take(isTaken: (ip: string) => boolean): string | undefined
  readonly cursor: number
}

/** `cidr` is IPv4; its first two addresses (network and gateway) and its last are not given. */
export function createAddressPool(cidr: string, cursor = 2): AddressPool {
  const [base = '0.0.0.0', bits = '24'] = (cidr.split(',')[0] ?? '').split('/')
  const size = 2 ** (32 - Number(bits))
  const start = toNumber(base)
  let next = cursor
  return {
    take(isTaken) {
      for (let tried = 0; tried < size - 3; tried++) {
        if (next >= size - 1) next = 2
        const ip = toText(start + next++)
        if (!isTaken(ip)) return ip
      }
      return undefined
    },
    get cursor() {
      return next
    },
  }
}

function toNumber(ip: string): number {
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function toText(ip: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(ip / 2 ** shift) % 256).join('.')
}
