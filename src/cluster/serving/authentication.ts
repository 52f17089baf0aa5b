import {
  type AuthenticationConfiguration,
  createStructuredAuthentication,
  parseAuthenticationConfiguration,
  type ServiceAccountSettings,
  type StructuredAuthentication,
} from '#apiserver'
import type { Clock, Logger } from '#lib'
import { readConfigFile, usableConfig } from '../config-files/config-file.ts'
import { followFile } from '../config-files/follow-file.ts'
import { issuerOf } from '../control-plane/issuer.ts'

const what = 'authentication configuration'

/** Whose tokens hold, as plain data. */
export interface AuthenticationSettings {
  readonly configuration: AuthenticationConfiguration
  /** What may sign tokens; default: all that can be checked. */
  readonly algorithms?: readonly string[]
}

/** What a cluster is told of who is who. */
export interface AuthenticationChoice {
  readonly clusterDomain: string
  readonly serviceAccountIssuer?: string
  readonly serviceAccounts?: ServiceAccountSettings
  /** The path of an AuthenticationConfiguration. */
  readonly authenticationConfigFile?: string
  /** What flags like `--oidc-issuer-url` come to, which are a short form of such a file. */
  readonly oidc?: AuthenticationSettings
  /** Whether requests without credentials are somebody's. */
  readonly anonymousAuth?: boolean
}

/** What files and flags say of authentication; nothing where nothing is said. @throws KnarrError */
export function authenticationSettingsOf(options: AuthenticationChoice): {
  readonly authentication?: AuthenticationSettings
} {
  const { authenticationConfigFile: file, oidc, anonymousAuth } = options
  if (file === undefined && oidc === undefined && anonymousAuth === undefined) return {}
  return usableConfig({ what, code: 'BadAuthenticationConfig', file }, () => {
    const given = file === undefined ? {} : parseAuthenticationConfiguration(contentOf(file))
    if (given.anonymous && anonymousAuth !== undefined) {
      const why =
        '--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file'
      throw new Error(`anonymous: Forbidden: ${why}`)
    }
    const settings = {
      ...oidc,
      configuration: {
        ...given,
        ...oidc?.configuration,
        ...(anonymousAuth !== undefined && { anonymous: { enabled: anonymousAuth } }),
      },
    }
    structuredAuthentication(settings, options)
    return { authentication: settings }
  })
}

/** Settings ready for use. @throws Error with upstream's words for what is wrong with them */
export function structuredAuthentication(
  { configuration, algorithms }: AuthenticationSettings,
  options: Pick<AuthenticationChoice, 'clusterDomain' | 'serviceAccountIssuer' | 'serviceAccounts'>,
): StructuredAuthentication {
  const ownIssuers = [issuerOf(options), ...(options.serviceAccounts?.otherIssuers ?? [])]
  return createStructuredAuthentication(configuration, {
    ownIssuers,
    ...(algorithms && { algorithms }),
  })
}

/** The same with its file followed until `signal` aborts. @throws KnarrError */
export function followedAuthentication(
  options: AuthenticationChoice,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
): StructuredAuthentication | undefined {
  const { authentication } = authenticationSettingsOf(options)
  if (!authentication) return undefined
  const structured = structuredAuthentication(authentication, options)
  const { authenticationConfigFile: path } = options
  if (path !== undefined) {
    const content = contentOf(path)
    const take = (next: string) => structured.replace(parseAuthenticationConfiguration(next))
    void followFile({ path, content, clock, log }, take, signal)
  }
  return structured
}

function contentOf(path: string): string {
  return readConfigFile(what, path)
}
