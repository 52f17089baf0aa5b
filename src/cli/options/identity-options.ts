import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { AuthenticationSettings, ClusterOptions } from '#cluster'
import { KnarrError, messageOf } from '#lib'
import { parseDuration } from '#machinery'
import { collect } from './options.ts'

/** The flags of `knarr up` about identity and secrets, named as upstream's. */
export interface IdentityFlags extends AuthenticationFlags, AuthorizationFlags {
  readonly encryptionProviderConfig?: string
  readonly encryptionProviderConfigAutomaticReload?: boolean
}

/** The flags that say whose tokens hold. */
export interface AuthenticationFlags {
  readonly authenticationConfig?: string
  readonly anonymousAuth?: 'true' | 'false'
  readonly oidcIssuerUrl?: string
  readonly oidcClientId?: string
  readonly oidcCaFile?: string
  readonly oidcUsernameClaim?: string
  readonly oidcUsernamePrefix?: string
  readonly oidcGroupsClaim?: string
  readonly oidcGroupsPrefix?: string
  readonly oidcSigningAlgs?: string
  readonly oidcRequiredClaim?: readonly string[]
}

/** The flags that say who is asked whether somebody may do something. */
export interface AuthorizationFlags {
  readonly authorizationConfig?: string
  readonly authorizationMode?: string
  readonly authorizationWebhookConfigFile?: string
  readonly authorizationWebhookVersion?: string
  readonly authorizationWebhookCacheAuthorizedTtl?: string
  readonly authorizationWebhookCacheUnauthorizedTtl?: string
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
    .option(
      '--authentication-config <file>',
      'an AuthenticationConfiguration: whose tokens hold, and what may be asked without one',
    )
    .addOption(
      new Option(
        '--anonymous-auth <boolean>',
        'whether requests without credentials are somebody (default: those for health and version)',
      ).choices(['true', 'false']),
    )
    .option('--oidc-issuer-url <url>', 'an issuer of tokens, the short form of such a file')
    .option('--oidc-client-id <id>', 'the audience of its tokens')
    .option('--oidc-ca-file <file>', 'the authority of its certificate (PEM; default: the system)')
    .option('--oidc-username-claim <claim>', "the claim that names the user (default: 'sub')")
    .option('--oidc-username-prefix <prefix>', "before each name; '-' for none (default: the URL)")
    .option('--oidc-groups-claim <claim>', 'the claim that names the groups')
    .option('--oidc-groups-prefix <prefix>', 'before each group')
    .option('--oidc-signing-algs <list>', 'what may sign its tokens (default: RS256)')
    .option(
      '--authorization-config <file>',
      'an AuthorizationConfiguration: who is asked whether somebody may do something',
    )
    .option('--authorization-mode <list>', 'its short form (default: Node,RBAC)')
    .option('--authorization-webhook-config-file <file>', 'with the mode Webhook: its kubeconfig')
    .option(
      '--authorization-webhook-version <version>',
      'of SubjectAccessReview (default: v1beta1)',
    )
    .option('--authorization-webhook-cache-authorized-ttl <duration>', 'default: 5m')
    .option('--authorization-webhook-cache-unauthorized-ttl <duration>', 'default: 30s')
    .option('--oidc-required-claim <key=value>', 'a claim that must be there (repeatable)', collect)
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
  return { encryptionConfigFile: existing(file), ...(reload && { reloadEncryption: true }) }
}

/** @throws KnarrError for flags that do not go together, and for files that are not there. */
export function authenticationOf(
  flags: AuthenticationFlags,
): Pick<ClusterOptions, 'authenticationConfigFile' | 'oidc' | 'anonymousAuth'> {
  const { authenticationConfig: file, anonymousAuth } = flags
  const oidc = oidcOf(flags)
  if (file !== undefined && oidc) {
    throw bad('authentication-config file and oidc-* flags are mutually exclusive')
  }
  return {
    ...(file !== undefined && { authenticationConfigFile: existing(file) }),
    ...(oidc && { oidc }),
    ...(anonymousAuth !== undefined && { anonymousAuth: anonymousAuth === 'true' }),
  }
}

/** Flags of an issuer as the configuration that they are short for (upstream: `ToAuthenticationConfig`). */
function oidcOf(flags: AuthenticationFlags): AuthenticationSettings | undefined {
  const isAsked = Object.keys(flags).some((name) => name.startsWith('oidc'))
  if (!isAsked) return undefined
  const { oidcIssuerUrl: url = '', oidcClientId: audience = '', oidcCaFile: caFile } = flags
  if (url === '' || audience === '') {
    throw bad(
      'oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set',
    )
  }
  const { oidcUsernameClaim: claim = 'sub', oidcUsernamePrefix: given = '' } = flags
  const byDefault = claim === 'email' ? '' : `${url}#`
  const prefix = given === '-' ? '' : given || byDefault
  const { oidcGroupsClaim: groups, oidcGroupsPrefix: groupsPrefix = '' } = flags
  const jwt = {
    issuer: {
      url,
      audiences: [audience],
      ...(caFile !== undefined && { certificateAuthority: readFileSync(existing(caFile), 'utf8') }),
    },
    claimMappings: {
      username: { claim, prefix },
      ...(groups !== undefined && { groups: { claim: groups, prefix: groupsPrefix } }),
    },
    claimValidationRules: (flags.oidcRequiredClaim ?? []).map(requiredClaim),
  }
  const algorithms = (flags.oidcSigningAlgs ?? 'RS256').split(',')
  return { configuration: { jwt: [jwt] }, algorithms }
}

function requiredClaim(pair: string): { readonly claim: string; readonly requiredValue: string } {
  const equals = pair.indexOf('=')
  if (equals < 0) throw bad(`--oidc-required-claim: malformed pair, expect string=string: ${pair}`)
  return { claim: pair.slice(0, equals).trim(), requiredValue: pair.slice(equals + 1).trim() }
}

/** @throws KnarrError for flags that do not go together, and for files that are not there. */
export function authorizationOf(
  flags: AuthorizationFlags,
): Pick<ClusterOptions, 'authorizationConfigFile' | 'authorizationModes'> {
  const { authorizationConfig: file, authorizationMode, authorizationWebhookConfigFile } = flags
  const asked = Object.keys(flags).filter((name) => name.startsWith('authorization'))
  if (file !== undefined) {
    if (asked.length === 1) return { authorizationConfigFile: existing(file) }
    throw bad(
      '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined',
    )
  }
  if (asked.length === 0) return {}
  const modes = (authorizationMode ?? 'Node,RBAC').split(',')
  const isRepeated = new Set(modes).size < modes.length
  if (isRepeated)
    throw bad(`authorization-mode ${modes.join(',')} has mode specified more than once`)
  const isAsked = modes.includes('Webhook')
  if (isAsked && authorizationWebhookConfigFile === undefined) {
    throw bad("authorization-mode Webhook's authorization config file not passed")
  }
  if (!isAsked && authorizationWebhookConfigFile !== undefined) {
    throw bad('cannot specify --authorization-webhook-config-file without mode Webhook')
  }
  const authorizers = modes.map((type) =>
    type === 'Webhook'
      ? { type, name: 'default', webhook: webhookOf(flags) }
      : { type, name: type.toLowerCase() },
  )
  return { authorizationModes: { authorizers } }
}

/** What an old flag leaves open is as upstream has it. */
function webhookOf(flags: AuthorizationFlags) {
  const {
    authorizationWebhookCacheAuthorizedTtl: authorized = '5m',
    authorizationWebhookCacheUnauthorizedTtl: unauthorized = '30s',
  } = flags
  const isKept = (name: string, ttl: string) => durationMs(name, ttl) !== 0
  return {
    authorizedTTL: authorized,
    cacheAuthorizedRequests: isKept('--authorization-webhook-cache-authorized-ttl', authorized),
    unauthorizedTTL: unauthorized,
    cacheUnauthorizedRequests: isKept(
      '--authorization-webhook-cache-unauthorized-ttl',
      unauthorized,
    ),
    timeout: '30s',
    failurePolicy: 'NoOpinion',
    subjectAccessReviewVersion: flags.authorizationWebhookVersion ?? 'v1beta1',
    connectionInfo: {
      type: 'KubeConfigFile',
      kubeConfigFile: existing(flags.authorizationWebhookConfigFile ?? ''),
    },
  }
}

function durationMs(flag: string, text: string): number {
  try {
    return parseDuration(text)
  } catch (error) {
    throw bad(`${flag}: ${messageOf(error)}`)
  }
}

function existing(file: string): string {
  if (existsSync(file)) return resolve(file)
  throw new KnarrError('NoSuchFile', `there is no file ${file}`)
}

function bad(message: string): KnarrError {
  return new KnarrError('BadFlags', message)
}

/** @throws KnarrError where a flag makes no sense in a simulation. */
export function refuseInSimulation({ encryptionProviderConfig: file }: IdentityFlags): void {
  if (file === undefined) return
  throw new KnarrError(
    'NothingToEncrypt',
    'with --sim objects are kept in memory: no --encryption-provider-config',
  )
}
