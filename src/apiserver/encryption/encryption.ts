import { aggregateMessage } from '#machinery/validation'
import { parseEncryptionConfiguration } from './configuration.ts'
import { type TransformerOf, transformersOf } from './transformers.ts'
import { validateEncryption } from './validate.ts'

/** How values are encrypted now. A new configuration holds from the next read or write on. */
export interface Encryption {
  readonly transformerOf: TransformerOf
  /** Takes another EncryptionConfiguration. @throws Error, and leaves all as it is, for a bad one. */
  replace(content: string): void
}

/** The encryption that an EncryptionConfiguration asks for. @throws Error with upstream's words. */
export function createEncryption(content: string): Encryption {
  let current = read(content)
  return {
    transformerOf: (resource) => current(resource),
    replace(next) {
      current = read(next)
    },
  }
}

function read(content: string): TransformerOf {
  const configuration = parseEncryptionConfiguration(content)
  const faults = validateEncryption(configuration)
  if (faults.length > 0) throw new Error(aggregateMessage(faults))
  return transformersOf(configuration)
}
