import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { type RequestHeaderSettings, usualRequestHeaders } from '#cluster'
import { KnarrError, pemBlocks, pemOf } from '#lib'

/** The flags of `knarr up` about proxies that speak for users, named as upstream's. */
export interface RequestHeaderFlags {
  readonly requestheaderClientCaFile?: string
  readonly requestheaderAllowedNames?: readonly string[]
  readonly requestheaderUsernameHeaders?: readonly string[]
  readonly requestheaderUidHeaders?: readonly string[]
  readonly requestheaderGroupHeaders?: readonly string[]
  readonly requestheaderExtraHeadersPrefix?: readonly string[]
}

/** Lists come with commas, or as a flag given again. */
function list(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...value.split(',')]
}

export function addRequestHeaderOptions(command: Command): Command {
  return command
    .option(
      '--requestheader-client-ca-file <file>',
      'authorities of proxies that say in headers who asks (PEM)',
    )
    .option(
      '--requestheader-allowed-names <names>',
      'common names of such proxies (default: any)',
      list,
    )
    .option('--requestheader-username-headers <names>', 'who asks (default: X-Remote-User)', list)
    .option('--requestheader-uid-headers <names>', 'and their UID (default: X-Remote-Uid)', list)
    .option('--requestheader-group-headers <names>', 'and groups (default: X-Remote-Group)', list)
    .option(
      '--requestheader-extra-headers-prefix <prefixes>',
      'and what else is known (default: X-Remote-Extra-)',
      list,
    )
}

/** @throws KnarrError for flags that make no sense, and for files without a certificate. */
export function requestHeaderOf(flags: RequestHeaderFlags): {
  readonly requestHeader?: RequestHeaderSettings
} {
  const { requestheaderClientCaFile: file, ...lists } = flags
  const given = Object.entries(lists).filter(
    ([name, value]) => name.startsWith('requestheader') && value !== undefined,
  )
  if (file === undefined) {
    if (given.length === 0) return {}
    throw bad('--requestheader-… flags trust nobody without --requestheader-client-ca-file')
  }
  const usual = usualRequestHeaders
  const headers = {
    allowedNames: trimmed('allowed-names', flags.requestheaderAllowedNames ?? []),
    usernameHeaders: trimmed(
      'username-headers',
      flags.requestheaderUsernameHeaders ?? usual.usernameHeaders,
    ),
    uidHeaders: trimmed('uid-headers', flags.requestheaderUidHeaders ?? usual.uidHeaders),
    groupHeaders: trimmed('group-headers', flags.requestheaderGroupHeaders ?? usual.groupHeaders),
    extraHeaderPrefixes: trimmed(
      'extra-headers-prefix',
      flags.requestheaderExtraHeadersPrefix ?? usual.extraHeaderPrefixes,
    ),
  }
  if (!headers.uidHeaders.some((name) => name.toLowerCase() === 'x-remote-uid')) {
    throw bad(
      '--requestheader-uid-headers is set without specifying the standard X-Remote-Uid header - API aggregation will not work',
    )
  }
  return { requestHeader: { ...headers, authorities: authoritiesIn(file) } }
}

function trimmed(flag: string, values: readonly string[]): readonly string[] {
  const names = values.map((value) => value.trim())
  if (!names.includes('')) return names
  throw bad(`empty value in "requestheader-${flag}"`)
}

function authoritiesIn(file: string): string {
  if (!existsSync(file)) throw new KnarrError('NoSuchFile', `there is no file ${file}`)
  const blocks = pemBlocks(readFileSync(file, 'utf8')).filter(({ type }) => type === 'CERTIFICATE')
  const certificates = blocks.map(({ type, bytes }) => pemOf(type, bytes))
  if (certificates.length > 0 && certificates.every(isCertificate)) return certificates.join('')
  throw bad(
    `unable to load bundle from "${file}": data does not contain any valid RSA or ECDSA certificates`,
  )
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem)
    return true
  } catch {
    return false
  }
}

function bad(message: string): KnarrError {
  return new KnarrError('BadFlags', message)
}
