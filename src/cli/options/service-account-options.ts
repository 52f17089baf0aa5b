import { createPublicKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { ClusterOptions } from '#cluster'
import { KnarrError, messageOf, pemBlocks, pemOf } from '#lib'
import { parseDuration } from '#machinery'
import { collect } from './options.ts'

/** The flags of `knarr up` about tokens of service accounts, named as upstream's. */
export interface ServiceAccountFlags {
  readonly serviceAccountKeyFile?: readonly string[]
  readonly serviceAccountSigningKeyFile?: string
  readonly serviceAccountIssuer?: readonly string[]
  readonly serviceAccountMaxTokenExpiration?: string
  readonly apiAudiences?: string
}

export function addServiceAccountOptions(command: Command): Command {
  return command
    .option(
      '--service-account-key-file <file>',
      'further keys by which tokens of service accounts hold (PEM; repeatable)',
      collect,
    )
    .option(
      '--service-account-signing-key-file <file>',
      'what signs tokens of service accounts (PEM; default: a key of the cluster)',
    )
    .option(
      '--service-account-issuer <url>',
      'who issues them: the first is written into them, all hold (repeatable)',
      collect,
    )
    .option('--service-account-max-token-expiration <duration>', 'how long they may hold at most')
    .option('--api-audiences <list>', 'what this API answers to (default: its issuers)')
}

const hourSeconds = 3600

/** @throws KnarrError for files that are not there or hold no key, and for times that are out of bounds. */
export function serviceAccountsOf(
  flags: ServiceAccountFlags,
): Pick<ClusterOptions, 'serviceAccountSigningKey' | 'serviceAccountIssuer' | 'serviceAccounts'> {
  const { serviceAccountSigningKeyFile: signing, serviceAccountIssuer: issuers = [] } = flags
  const [issuer, ...otherIssuers] = issuers
  const repeated = issuers.find((each, i) => issuers.indexOf(each) < i)
  if (repeated !== undefined) {
    throw bad(`service-account-issuer ${JSON.stringify(repeated)} is already specified`)
  }
  const keys = (flags.serviceAccountKeyFile ?? []).map(keyIn)
  const audiences = flags.apiAudiences?.split(',')
  const longestTokenSeconds = longestOf(flags)
  const settings = {
    ...(keys.length > 0 && { keys }),
    ...(otherIssuers.length > 0 && { otherIssuers }),
    ...(audiences && { audiences }),
    ...(longestTokenSeconds !== undefined && { longestTokenSeconds }),
  }
  return {
    ...(signing !== undefined && { serviceAccountSigningKey: signingKeyIn(signing) }),
    ...(issuer !== undefined && { serviceAccountIssuer: issuer }),
    ...(Object.keys(settings).length > 0 && { serviceAccounts: settings }),
  }
}

function longestOf({
  serviceAccountMaxTokenExpiration: text,
}: ServiceAccountFlags): number | undefined {
  if (text === undefined) return undefined
  const seconds = secondsOf(text)
  if (seconds >= hourSeconds && seconds <= 2 ** 32) return seconds
  throw bad('the service-account-max-token-expiration must be between 1 hour and 2^32 seconds')
}

function secondsOf(text: string): number {
  try {
    return parseDuration(text) / 1000
  } catch (error) {
    throw bad(`--service-account-max-token-expiration: ${messageOf(error)}`)
  }
}

function keyIn(file: string): string {
  const pem = contentOf(file)
  if (pemBlocks(pem).some(({ type, bytes }) => isKey(pemOf(type, bytes)))) return pem
  throw bad(`${file}: data does not contain any valid RSA or ECDSA public keys`)
}

const curves = ['prime256v1', 'secp384r1', 'secp521r1']

function isKey(pem: string): boolean {
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey(pem)
    return type === 'rsa' || curves.includes(details?.namedCurve ?? '')
  } catch {
    return false
  }
}

function signingKeyIn(file: string): string {
  const pem = keyIn(file)
  if (pem.includes('PRIVATE KEY-----')) return pem
  throw bad(`${file} holds no private key, which signs tokens`)
}

function contentOf(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8')
  throw new KnarrError('NoSuchFile', `there is no file ${file}`)
}

function bad(message: string): KnarrError {
  return new KnarrError('BadFlags', message)
}

/** @throws KnarrError in a simulation, whose tokens are its own. */
export function refuseServiceAccountFlags(flags: ServiceAccountFlags): void {
  if (Object.keys(serviceAccountsOf(flags)).length === 0) return
  throw new KnarrError('SimulatedTokens', 'with --sim tokens of service accounts are its own', {
    hint: 'Leave out the flags --service-account-… and --api-audiences.',
  })
}
