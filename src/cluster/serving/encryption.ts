import { existsSync } from 'node:fs'
import { createEncryption, type Encryption } from '#apiserver'
import { type Clock, type Logger, secretBytes } from '#lib'
import { readConfigFile, usableConfig } from '../config-files/config-file.ts'
import { followFile } from '../config-files/follow-file.ts'
import { writeSecret } from '../data-dir/secret-file.ts'

/** What a cluster is told of how its objects are to stand in its store. */
export interface EncryptionOptions {
  readonly store: { readonly kind: string }
  readonly encryptionConfigFile?: string
  readonly reloadEncryption?: boolean
}

interface EncryptionWorld {
  /** The EncryptionConfiguration of this machine, which is made where it is missing. */
  readonly path: string
  readonly clock: Clock
  readonly log: Logger
}

/**
 * How objects are encrypted: as the file of `--encryption-provider-config` says, else Secrets by a key of
 * this machine, so that neither the store's files nor an etcd hold them as they are. A store in memory
 * has nothing to hide. @throws KnarrError `NoSuchFile`, `BadEncryptionConfig`
 */
export function encryptionOf(
  { store, encryptionConfigFile: file, reloadEncryption }: EncryptionOptions,
  { path, clock, log }: EncryptionWorld,
  signal: AbortSignal,
): Encryption | undefined {
  if (file === undefined) {
    if (store.kind === 'memory') return undefined
    if (!existsSync(path)) writeSecret(path, machineConfiguration())
    return read(path).encryption
  }
  const { encryption, content } = read(file)
  if (reloadEncryption)
    void followFile({ path: file, content, clock, log }, encryption.replace, signal)
  return encryption
}

function read(path: string): { readonly encryption: Encryption; readonly content: string } {
  const what = 'encryption configuration'
  const content = readConfigFile(what, path)
  const encryption = usableConfig({ what, code: 'BadEncryptionConfig', file: path }, () =>
    createEncryption(content),
  )
  return { encryption, content }
}

/** What stood in the store before there was a key stays readable. */
function machineConfiguration(): string {
  const secret = Buffer.from(secretBytes(32)).toString('base64')
  return [
    '# Made by knarr. Whoever has lost it has lost the Secrets in the store: keep a copy with each backup.',
    'apiVersion: apiserver.config.k8s.io/v1',
    'kind: EncryptionConfiguration',
    'resources:',
    '- resources: [secrets]',
    '  providers:',
    '  - secretbox:',
    '      keys:',
    '      - name: machine',
    `        secret: ${secret}`,
    '  - identity: {}',
    '',
  ].join('\n')
}
