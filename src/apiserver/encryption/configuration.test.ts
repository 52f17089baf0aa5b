import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createEncryption } from './encryption.ts'

const place = '/registry/core/secrets/default/a'
const plain = '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a"}}'

/** What upstream's transformers have made of `plain` at `place`, by keys that count from their length. */
const upstreams: readonly (readonly [provider: string, bytes: number, stored: string])[] = [
  [
    'aescbc',
    16,
    '64lEfedVjrusz0fkBZ1eAKwv1NhH7NW/masMN7h78j/k4S8mFhb184LdFT9cZIY8bkqLXj4RuR7MatrnuqEn1JAd8Id1OEN3EyDpoPN1hMk=',
  ],
  [
    'aescbc',
    24,
    'nBd0AreIZ8S2D6+yQE/ke9p/moRmCDqmFPnQFFhWsTThnEmWTGIgAR0Y3cWnZU2cJpdwNXPYYR+3BeM6YYaETuZ+4HafspWtkYu5ISWsYog=',
  ],
  [
    'aescbc',
    32,
    'hf1zIvLCGm2BMYDt4ZW9bLnqXU+N6IGrjZLNux9rohO47sa3/C7k2wmvUGe1pUfmB+Yn9eNUwXEDOPjhUfex9Ns9pc3VIuXjM4aT/klVFTk=',
  ],
  [
    'aesgcm',
    16,
    '5QCmeD2QXLs6qWWf1J8uJSxypjilRnB3B11XPUpxVve1wn+JdqMjyaW5GKndBXJzpPrlaMP4d5RD6+jODGxghEu269vx56JW38ZczBUF9KnwFmYVyDn1',
  ],
  [
    'aesgcm',
    24,
    'SWTaotNesZGd9i17NXlD8vhhWdc3GEmy3hdcq6c2d4rOipnXTUr+U9knnExrNyL1cmNbhLpmjaQ05g6E04zB/M3KKlxAqEBqmB0tUw8TTh23SMtoPyzt',
  ],
  [
    'aesgcm',
    32,
    'iqluXVJP7i8CUuEfyAmcdmHLhdYTXz3Cm6MuchsHhw56bveKNPGYog8daT3LKU0eSMxVHYUhTUN14DMNyiC5UmzOCENRaNqusXynh24NPresLfTZK+x+',
  ],
  [
    'secretbox',
    32,
    'DZZ7Io2tfi+SIU6hBj05VgppA7nPug62woSGqopXVWc0IhpZMl+q4oR28PO4aVInWltS7FrVErYko6H0uFICIzeY+89Y0X015moGriS99CSAsMO7+yKlclbr02p8KUEN5BGE',
  ],
]

const countedKey = (length: number) =>
  Buffer.from(Array.from({ length }, (_, i) => i + length)).toString('base64')

function configuration(...entries: readonly string[]): string {
  return `
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources: [${entries.join(', ')}]
`
}

const entry = (resources: string, providers = '{identity: {}}') =>
  `{resources: [${resources}], providers: [${providers}]}`
const keyed = (provider: string, secret: string, name = 'k') =>
  `{${provider}: {keys: [{name: ${name}, secret: "${secret}"}]}}`

describe('providers of encryption', () => {
  for (const [provider, length, stored] of upstreams) {
    test(`${provider} with ${length} bytes reads what upstream has written, and itself`, () => {
      const text = configuration(entry('secrets', keyed(provider, countedKey(length))))
      const transformer = createEncryption(text).transformerOf({ group: '', resource: 'secrets' })
      const prefix = Buffer.from(`k8s:enc:${provider}:v1:k:`)
      const upstream = Buffer.concat([prefix, Buffer.from(stored, 'base64')])
      assert.equal(Buffer.from(transformer.open(upstream, place).bytes).toString(), plain)
      const own = Buffer.from(transformer.seal(Buffer.from(plain), place))
      assert.equal(own.length, upstream.length)
      assert.notDeepEqual(own, transformer.seal(Buffer.from(plain), place), 'a nonce is drawn')
      assert.deepEqual([own.subarray(0, prefix.length), own.includes('Secret')], [prefix, false])
      assert.equal(Buffer.from(transformer.open(own, place).bytes).toString(), plain)
    })
  }

  const refusals: readonly (readonly [
    provider: string,
    change: (own: Buffer) => Buffer,
    why: RegExp,
  ])[] = [
    ['aesgcm', (own) => own.fill(0, own.length - 1), /^cipher: message authentication failed$/],
    [
      'aesgcm',
      (own) => own.subarray(0, 30),
      /^the stored data was shorter than the required size$/,
    ],
    ['aesgcm', (own) => own.subarray(0, 40), /^cipher: message authentication failed$/],
    [
      'aescbc',
      (own) => own.subarray(0, -1),
      /^the stored data is not a multiple of the block size$/,
    ],
    [
      'aescbc',
      (own) => own.subarray(0, 30),
      /^the stored data was shorter than the required size$/,
    ],
    ['secretbox', (own) => own.fill(1, 60), /^output array was not large enough for encryption$/],
    [
      'secretbox',
      (own) => own.subarray(0, 50),
      /^the stored data was shorter than the required size$/,
    ],
  ]
  for (const [i, [provider, change, why]] of refusals.entries()) {
    test(`${provider} refuses what is not as it was written (${i})`, () => {
      const text = configuration(entry('secrets', keyed(provider, countedKey(32))))
      const transformer = createEncryption(text).transformerOf({ group: '', resource: 'secrets' })
      const own = Buffer.from(transformer.seal(Buffer.from(plain), place))
      assert.throws(() => transformer.open(change(own), place), { message: why })
    })
  }

  test('aesgcm refuses what was moved to another place', () => {
    const text = configuration(entry('secrets', keyed('aesgcm', countedKey(32))))
    const transformer = createEncryption(text).transformerOf({ group: '', resource: 'secrets' })
    const own = transformer.seal(Buffer.from(plain), place)
    assert.throws(() => transformer.open(own, `${place}2`), {
      message: 'cipher: message authentication failed',
    })
  })
})

describe('an EncryptionConfiguration', () => {
  test('names resources, groups and everything; the first entry that names one holds', () => {
    const by = (name: string) => keyed('aesgcm', countedKey(32), name)
    const { transformerOf } = createEncryption(
      configuration(
        entry('events'),
        entry('secrets, pandas.bears.example', by('some')),
        entry('"*."', by('core')),
        entry('"*.apps"', by('apps')),
        entry('"*.*"', by('all')),
      ),
    )
    const keyOf = (group: string, resource: string) => {
      const sealed = Buffer.from(transformerOf({ group, resource }).seal(Buffer.from('{}'), 'k'))
      return sealed.toString('latin1').split(':')[4] ?? 'plain'
    }
    assert.deepEqual(
      [
        keyOf('', 'events'),
        keyOf('', 'secrets'),
        keyOf('bears.example', 'pandas'),
        keyOf('', 'pods'),
        keyOf('apps', 'deployments'),
        keyOf('batch', 'jobs'),
      ],
      ['plain', 'some', 'some', 'core', 'apps', 'all'],
    )
  })

  const good = countedKey(32)
  const faults: readonly (readonly [text: string, message: string])[] = [
    [configuration(), 'resources: Required value: at least one resources is required'],
    [
      configuration('{resources: [], providers: []}'),
      '[resources[0].resources: Required value: at least one resources[0].resources is required, resources[0].providers: Required value: at least one resources[0].providers is required]',
    ],
    [
      configuration(entry('secrets', keyed('aesgcm', 'AAAA'))),
      'resources[0].providers[0].aesgcm.keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got 3, expected one of [16 24 32]',
    ],
    [
      configuration(entry('secrets', keyed('secretbox', countedKey(16)))),
      'resources[0].providers[0].secretbox.keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got 16, expected one of [32]',
    ],
    [
      configuration(entry('secrets', keyed('aescbc', '?'))),
      'resources[0].providers[0].aescbc.keys[0].secret: Invalid value: "REDACTED": secrets must be base64 encoded',
    ],
    [
      configuration(entry('secrets', '{aescbc: {keys: [{}]}}')),
      '[resources[0].providers[0].aescbc.keys[0].name: Required value: name is a mandatory field for a key, resources[0].providers[0].aescbc.keys[0].secret: Required value: secret is a mandatory field for a key]',
    ],
    [
      configuration(entry('secrets', '{aescbc: {}}')),
      'resources[0].providers[0].aescbc.keys: Required value: at least one keys is required',
    ],
    [
      configuration(entry('secrets', '{kms: {name: a, endpoint: "unix:///a"}}')),
      'resources[0].providers[0].kms: Forbidden: KMS providers are not supported',
    ],
    [
      configuration(entry('"*"')),
      `resources[0].resources[0]: Invalid value: "*": use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources`,
    ],
    [
      configuration(entry('Secrets')),
      'resources[0].resources[0]: Invalid value: "Secrets": resource name should not contain capital letters',
    ],
    [
      configuration(entry('secrets.*')),
      'resources[0].resources[0]: Invalid value: "secrets.*": encrypting the same resource across groups is not supported',
    ],
    [
      configuration(entry('secrets, "*."')),
      `resources[0].resources: Invalid value: ["secrets","*."]: using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked`,
    ],
    [
      configuration(entry('secrets, secrets')),
      'resources[0].resources: Invalid value: ["secrets","secrets"]: the same resource cannot be specified multiple times',
    ],
    [
      configuration(entry('"*.*"'), entry('secrets', keyed('aesgcm', good))),
      'resource "secrets" is masked by earlier rule "*.*"',
    ],
    [
      configuration(entry('"*."'), entry('secrets', keyed('aesgcm', good))),
      'resource "secrets" is masked by earlier rule "*."',
    ],
    [
      configuration('{resources: [a], provider: []}'),
      'strict decoding error: unknown field "resources[0].provider"',
    ],
    [
      configuration().replace('EncryptionConfiguration', 'EncryptionConfig'),
      'no kind "EncryptionConfig" is registered for version "apiserver.config.k8s.io/v1"',
    ],
  ]
  for (const [text, message] of faults) {
    test(`is refused: ${message.slice(0, 90)}`, () => {
      assert.throws(() => createEncryption(text), { message })
    })
  }
})
