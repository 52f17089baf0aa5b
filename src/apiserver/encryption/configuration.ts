import { type ConfigKind, readConfig } from '../config-files/read-config.ts'
import { configNumber, configText, duration, listOf, struct } from '../config-files/schema.ts'

/** An EncryptionConfiguration (apiserver.config.k8s.io/v1): which providers encrypt which resources. */
export interface EncryptionConfiguration {
  /** In this order: what an earlier one names, a later one does not change. */
  readonly resources?: readonly ResourceEncryption[]
}

interface ResourceEncryption {
  /** `secrets`, `pandas.bears.example`, `*.apps`, `*.` for the core group, `*.*`. */
  readonly resources?: readonly string[]
  /** The first writes, all read. */
  readonly providers?: readonly ProviderConfiguration[]
}

/** One provider, of which one member is set. */
export interface ProviderConfiguration {
  readonly aesgcm?: KeyedProvider
  readonly aescbc?: KeyedProvider
  readonly secretbox?: KeyedProvider
  readonly identity?: object
  readonly kms?: object
}

interface KeyedProvider {
  readonly keys?: readonly EncryptionKey[]
}

export interface EncryptionKey {
  readonly name?: string
  /** In Base64. */
  readonly secret?: string
}

const keyed = (name: string) =>
  struct(name, { keys: listOf(struct('v1.Key', { name: configText, secret: configText })) })

const provider = struct('v1.ProviderConfiguration', {
  aesgcm: keyed('v1.AESConfiguration'),
  aescbc: keyed('v1.AESConfiguration'),
  secretbox: keyed('v1.SecretboxConfiguration'),
  identity: struct('v1.IdentityConfiguration', {}),
  kms: struct('v1.KMSConfiguration', {
    apiVersion: configText,
    name: configText,
    cachesize: configNumber,
    endpoint: configText,
    timeout: duration,
  }),
})

const encryptionKind: ConfigKind = {
  kind: 'EncryptionConfiguration',
  versions: ['v1'],
  schema: struct('v1.EncryptionConfiguration', {
    resources: listOf(
      struct('v1.ResourceConfiguration', {
        resources: listOf(configText),
        providers: listOf(provider),
      }),
    ),
  }),
}

/** The configuration of a file, not yet validated. @throws Error */
export function parseEncryptionConfiguration(content: string): EncryptionConfiguration {
  // Cast: what the schema has left.
  return readConfig(content, encryptionKind) as EncryptionConfiguration
}
