import { createCipheriv, createDecipheriv } from 'node:crypto'
import { secretbox } from '@noble/ciphers/salsa.js'
import { secretBytes } from '#lib'

/** Makes of an object's bytes what stands in the store, and the reverse. */
export interface Transformer {
  /** `key` is where the value is stored; some bind what they seal to that place. */
  seal(plain: Uint8Array, key: string): Uint8Array
  /** @throws Error that says why the bytes cannot be read. */
  open(stored: Uint8Array, key: string): Opened
}

/** What was read, and whether it would be written otherwise by now. */
interface Opened {
  readonly bytes: Uint8Array
  readonly isStale: boolean
}

const tooShort = 'the stored data was shorter than the required size'
const nonceSizes = { gcm: 12, secretbox: 24 }
const tagSize = 16
const blockSize = 16

/** What begins the value of every provider but identity. */
const sealedPrefix = Buffer.from('k8s:enc:')

/** Whether bytes begin as what a provider has sealed does, which no object's JSON or protobuf does. */
function isSealed(bytes: Uint8Array): boolean {
  return startsWith(bytes, sealedPrefix)
}

export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length < prefix.length) return false
  return prefix.every((byte, i) => bytes[i] === byte)
}

/** Leaves bytes as they are, and refuses to read what another provider has sealed. */
export const identity: Transformer = {
  seal: (plain) => plain,
  open(stored) {
    if (isSealed(stored)) throw new Error('identity transformer tried to read encrypted data')
    return { bytes: stored, isStale: false }
  },
}

/** AES-GCM with a nonce that is drawn for each value, and the value's place authenticated. */
export function aesGcm(key: Uint8Array): Transformer {
  const algorithm = `aes-${key.length * 8}-gcm` as 'aes-256-gcm'
  return {
    seal(plain, place) {
      const nonce = secretBytes(nonceSizes.gcm)
      const cipher = createCipheriv(algorithm, key, nonce)
      cipher.setAAD(Buffer.from(place))
      const sealed = [cipher.update(plain), cipher.final()]
      return Buffer.concat([nonce, ...sealed, cipher.getAuthTag()])
    },
    open(stored, place) {
      const { gcm: size } = nonceSizes
      if (stored.length < size) throw new Error(tooShort)
      try {
        const decipher = createDecipheriv(algorithm, key, stored.subarray(0, size), {
          authTagLength: tagSize,
        })
        decipher.setAAD(Buffer.from(place))
        decipher.setAuthTag(stored.subarray(Math.max(size, stored.length - tagSize)))
        const plain = decipher.update(stored.subarray(size, -tagSize))
        return { bytes: Buffer.concat([plain, decipher.final()]), isStale: false }
      } catch {
        throw new Error('cipher: message authentication failed')
      }
    },
  }
}

/** AES-CBC, padded as PKCS#7 does. */
export function aesCbc(key: Uint8Array): Transformer {
  const algorithm = `aes-${key.length * 8}-cbc`
  return {
    seal(plain) {
      const start = secretBytes(blockSize)
      const cipher = createCipheriv(algorithm, key, start)
      return Buffer.concat([start, cipher.update(plain), cipher.final()])
    },
    open(stored) {
      if (stored.length < blockSize) throw new Error(tooShort)
      if (stored.length % blockSize !== 0) {
        throw new Error('the stored data is not a multiple of the block size')
      }
      const decipher = createDecipheriv(algorithm, key, stored.subarray(0, blockSize))
      decipher.setAutoPadding(false)
      const padded = Buffer.concat([decipher.update(stored.subarray(blockSize)), decipher.final()])
      return { bytes: withoutPadding(padded), isStale: false }
    },
  }
}

function withoutPadding(padded: Buffer): Buffer {
  const count = padded.at(-1) ?? 0
  if (count === 0 || count > padded.length) {
    throw new Error('invalid PKCS7 data (empty or not padded)')
  }
  const size = padded.length - count
  if (padded.subarray(size).some((byte) => byte !== count)) {
    throw new Error('invalid padding on input')
  }
  return padded.subarray(0, size)
}

/** XSalsa20 and Poly1305, as NaCl's secretbox. */
export function xsalsa20Poly1305(key: Uint8Array): Transformer {
  return {
    seal(plain) {
      const nonce = secretBytes(nonceSizes.secretbox)
      return Buffer.concat([nonce, secretbox(key, nonce).seal(plain)])
    },
    open(stored) {
      const { secretbox: size } = nonceSizes
      if (stored.length < size + tagSize) throw new Error(tooShort)
      try {
        const bytes = secretbox(key, stored.subarray(0, size)).open(stored.subarray(size))
        return { bytes, isStale: false }
      } catch {
        // Upstream's words, whatever is wrong.
        throw new Error('output array was not large enough for encryption')
      }
    },
  }
}
