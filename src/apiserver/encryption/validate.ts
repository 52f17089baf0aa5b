import {
  type FieldError,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type {
  EncryptionConfiguration,
  EncryptionKey,
  ProviderConfiguration,
} from './configuration.ts'
import { namedResource } from './group-resource.ts'

const aesKeySizes = [16, 24, 32]
const secretboxKeySizes = [32]

/** What is wrong with a configuration (upstream: `ValidateEncryptionConfiguration`). */
export function validateEncryption(configuration: EncryptionConfiguration): readonly FieldError[] {
  const root = fieldPath('resources')
  const { resources: entries = [] } = configuration
  if (entries.length === 0) return [requiredField(root, atLeastOne(root))]
  return entries.flatMap(({ resources = [], providers = [] }, i) => {
    const names = root.index(i).child('resources')
    const path = root.index(i).child('providers')
    return [
      ...(resources.length === 0 ? [requiredField(names, atLeastOne(names))] : []),
      ...validateOverlap(resources, names),
      ...resources.flatMap((name, j) => validateName(name, names.index(j))),
      ...(providers.length === 0 ? [requiredField(path, atLeastOne(path))] : []),
      ...providers.flatMap((provider, j) => validateProvider(provider, path.index(j))),
    ]
  })
}

function atLeastOne(what: unknown): string {
  return `at least one ${what} is required`
}

function validateOverlap(resources: readonly string[], path: FieldPath): readonly FieldError[] {
  const parsed = resources.map(namedResource)
  const pairs = parsed.flatMap((one, i) =>
    parsed.slice(i + 1).map((other) => [one, other] as const),
  )
  const isSame = pairs.some(([a, b]) => a.group === b.group && a.resource === b.resource)
  const overlaps = pairs.some(([a, b]) => {
    if (a.group === b.group && a.resource === b.resource) return false
    const isAll = (each: typeof a) => each.group === '*' && each.resource === '*'
    if (isAll(a) || isAll(b)) return true
    return a.group === b.group && (a.resource === '*' || b.resource === '*')
  })
  const same = 'the same resource cannot be specified multiple times'
  const masked =
    "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked"
  return [
    ...(isSame ? [invalidField(path, resources, same)] : []),
    ...(overlaps ? [invalidField(path, resources, masked)] : []),
  ]
}

const withoutApi = ['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations']

function validateName(name: string, path: FieldPath): readonly FieldError[] {
  const fault = faultOfName(name)
  return fault === undefined ? [] : [invalidField(path, name, fault)]
}

function faultOfName(name: string): string | undefined {
  if (name.toLowerCase() !== name) return 'resource name should not contain capital letters'
  if (name === '*') {
    return "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"
  }
  if (withoutApi.includes(name)) return 'resources which do not have REST API/s cannot be encrypted'
  const { group, resource } = namedResource(name)
  if (group === 'events.k8s.io') {
    return "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file"
  }
  if (group === 'extensions') {
    return "'extensions' group has been removed and cannot be used for encryption"
  }
  if (group === '*' && resource !== '*') {
    return 'encrypting the same resource across groups is not supported'
  }
  return undefined
}

function validateProvider(provider: ProviderConfiguration, path: FieldPath): readonly FieldError[] {
  const kinds = Object.keys(provider)
  if (kinds.length === 0) {
    const expected = 'KMS, AESGCM, AESCBC, Secretbox, Identity'
    const detail = `provider does not contain any of the expected providers: ${expected}`
    return [invalidField(path, provider, detail)]
  }
  const { aesgcm, aescbc, secretbox, kms } = provider
  const own = [
    ...(kms ? [forbiddenField(path.child('kms'), 'KMS providers are not supported')] : []),
    ...(aesgcm ? validateKeys(aesgcm.keys, path.child('aesgcm'), aesKeySizes) : []),
    ...(aescbc ? validateKeys(aescbc.keys, path.child('aescbc'), aesKeySizes) : []),
    ...(secretbox ? validateKeys(secretbox.keys, path.child('secretbox'), secretboxKeySizes) : []),
  ]
  if (kinds.length === 1) return own
  const detail =
    'more than one provider specified in a single element, should split into different list elements'
  return [invalidField(path, kinds, detail)]
}

function validateKeys(
  keys: readonly EncryptionKey[] = [],
  provider: FieldPath,
  sizes: readonly number[],
): readonly FieldError[] {
  const path = provider.child('keys')
  if (keys.length === 0) return [requiredField(path, atLeastOne('keys'))]
  return keys.flatMap((key, i) => validateKey(key, path.index(i), sizes))
}

function validateKey(
  { name = '', secret = '' }: EncryptionKey,
  path: FieldPath,
  sizes: readonly number[],
): readonly FieldError[] {
  const mandatory = (what: string) =>
    requiredField(path.child(what), `${what} is a mandatory field for a key`)
  const named = name === '' ? [mandatory('name')] : []
  if (secret === '') return [...named, mandatory('secret')]
  const bad = (detail: string) => invalidField(path.child('secret'), 'REDACTED', detail)
  const bytes = base64(secret)
  if (!bytes) return [...named, bad('secrets must be base64 encoded')]
  if (sizes.includes(bytes.length)) return named
  const expected = `got ${bytes.length}, expected one of [${sizes.join(' ')}]`
  return [...named, bad(`secret is not of the expected length, ${expected}`)]
}

/** Standard Base64 with its padding, as Go reads it; undefined for anything else. */
export function base64(text: string): Buffer | undefined {
  const plain = text.replaceAll(/[\r\n]/g, '')
  const bytes = Buffer.from(plain, 'base64')
  return bytes.toString('base64') === plain ? bytes : undefined
}
