import { messageOf } from '#lib'
import type {
  EncryptionConfiguration,
  EncryptionKey,
  ProviderConfiguration,
} from './configuration.ts'
import { type GroupResource, namedResource } from './group-resource.ts'
import {
  aesCbc,
  aesGcm,
  identity,
  startsWith,
  type Transformer,
  xsalsa20Poly1305,
} from './providers.ts'
import { base64 } from './validate.ts'

/** Finds the transformer of a resource; those that nobody names are stored as they are. */
export type TransformerOf = (resource: GroupResource) => Transformer

/**
 * The transformers of a valid configuration.
 * @throws Error where an earlier entry hides a later one.
 */
export function transformersOf({
  resources: entries = [],
}: EncryptionConfiguration): TransformerOf {
  const listed = new Map<string, Prefixed[]>()
  for (const { resources = [], providers = [] } of entries) {
    const own = providers.map(providerOf)
    for (const name of resources) {
      const { group, resource } = namedResource(name)
      const masking = [
        { group, resource: '*' },
        { group: '*', resource: '*' },
      ].find((each) => listed.has(keyOf(each)))
      if (masking) {
        const texts = [{ group, resource }, masking].map((each) => JSON.stringify(yamlOf(each)))
        throw new Error(`resource ${texts[0]} is masked by earlier rule ${texts[1]}`)
      }
      const key = keyOf({ group, resource })
      listed.set(key, [...(listed.get(key) ?? []), ...own])
    }
  }
  const made = new Map<string, Transformer>()
  for (const [key, list] of listed) made.set(key, prefixed(list, 'no matching prefix found'))
  return ({ group, resource }) =>
    made.get(keyOf({ group, resource })) ??
    made.get(keyOf({ group, resource: '*' })) ??
    made.get(keyOf({ group: '*', resource: '*' })) ??
    identity
}

function keyOf({ group, resource }: GroupResource): string {
  return `${resource}.${group}`
}

function yamlOf({ group, resource }: GroupResource): string {
  if (group === '') return resource === '*' ? '*.' : resource
  return `${resource}.${group}`
}

interface Prefixed {
  readonly prefix: Buffer
  readonly transformer: Transformer
}

function providerOf({ aesgcm, aescbc, secretbox }: ProviderConfiguration): Prefixed {
  if (aesgcm) return keyed('aesgcm', aesgcm.keys, { make: aesGcm, name: 'AES' })
  if (aescbc) return keyed('aescbc', aescbc.keys, { make: aesCbc, name: 'AES' })
  if (secretbox) {
    return keyed('secretbox', secretbox.keys, { make: xsalsa20Poly1305, name: 'Secretbox' })
  }
  return { prefix: Buffer.alloc(0), transformer: identity }
}

function keyed(
  provider: string,
  keys: readonly EncryptionKey[] = [],
  { make, name }: { readonly make: (key: Uint8Array) => Transformer; readonly name: string },
): Prefixed {
  const each = keys.map(({ name: keyName, secret = '' }) => ({
    prefix: Buffer.from(`${keyName}:`),
    transformer: make(base64(secret) ?? Buffer.alloc(0)),
  }))
  const unknown = `no matching key was found for the provided ${name} transformer`
  return {
    prefix: Buffer.from(`k8s:enc:${provider}:v1:`),
    transformer: prefixed(each, unknown),
  }
}

/** The first of several writes; each that its prefix points to is tried for reading. */
function prefixed(list: readonly Prefixed[], unknown: string): Transformer {
  const [first] = list
  return {
    seal(plain, key) {
      if (!first) return plain
      const sealed = first.transformer.seal(plain, key)
      return first.prefix.length === 0 ? sealed : Buffer.concat([first.prefix, sealed])
    },
    open(stored, key) {
      const faults: string[] = []
      for (const [i, { prefix, transformer }] of list.entries()) {
        if (!startsWith(stored, prefix)) continue
        try {
          const opened = transformer.open(stored.subarray(prefix.length), key)
          return { bytes: opened.bytes, isStale: opened.isStale || i > 0 }
        } catch (error) {
          // Identity stands for everything, so that its refusal says nothing of the others.
          if (prefix.length > 0) faults.push(messageOf(error))
        }
      }
      throw new Error(aggregated([...new Set(faults)]) ?? unknown)
    },
  }
}

function aggregated(faults: readonly string[]): string | undefined {
  return faults.length > 1 ? `[${faults.join(', ')}]` : faults[0]
}
