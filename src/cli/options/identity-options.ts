import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { ClusterOptions } from '#cluster'
import { KnarrError } from '#lib'

/** The flags of `knarr up` about identity and secrets, named as upstream's. */
export interface IdentityFlags {
  readonly encryptionProviderConfig?: string
  readonly encryptionProviderConfigAutomaticReload?: boolean
}

export function addIdentityOptions(command: Command): Command {
  return command
    .option(
      '--encryption-provider-config <file>',
      'an EncryptionConfiguration (default: a key of this machine encrypts Secrets)',
    )
    .option(
      '--encryption-provider-config-automatic-reload',
      'read the EncryptionConfiguration again when it has changed',
    )
}

/** @throws KnarrError for flags that do not go together, and for files that are not there. */
export function encryptionFilesOf({
  encryptionProviderConfig: file,
  encryptionProviderConfigAutomaticReload: reload,
}: IdentityFlags): Pick<ClusterOptions, 'encryptionConfigFile' | 'reloadEncryption'> {
  if (file === undefined) {
    if (!reload) return {}
    throw new KnarrError(
      'NothingToReload',
      '--encryption-provider-config-automatic-reload must be set with --encryption-provider-config',
    )
  }
  if (!existsSync(file)) throw new KnarrError('NoSuchFile', `there is no file ${file}`)
  return { encryptionConfigFile: resolve(file), ...(reload && { reloadEncryption: true }) }
}

/** @throws KnarrError where a flag makes no sense in a simulation. */
export function refuseInSimulation({ encryptionProviderConfig: file }: IdentityFlags): void {
  if (file === undefined) return
  throw new KnarrError(
    'NothingToEncrypt',
    'with --sim objects are kept in memory: no --encryption-provider-config',
  )
}
