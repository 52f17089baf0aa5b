import { existsSync, statSync } from 'node:fs'
import {
  type AuthorizationConfiguration,
  type ConnectionFiles,
  createStructuredAuthorization,
  parseAuthorizationConfiguration,
  type StructuredAuthorization,
  type WebhookConnection,
} from '#apiserver'
import type { Clock, Logger } from '#lib'
import { readConfigFile, usableConfig } from '../config-files/config-file.ts'
import { followFile } from '../config-files/follow-file.ts'
import { connectionIn } from './webhook-kubeconfig.ts'

const what = 'authorization configuration'

/** Who is asked whether somebody may do something, as plain data. */
export interface AuthorizationSettings {
  readonly configuration: AuthorizationConfiguration
  /** How webhooks are reached, by the paths of their kubeconfigs. */
  readonly connections: Readonly<Record<string, WebhookConnection>>
}

/** What a cluster is told of who may do what. */
export interface AuthorizationOptions {
  /** The path of an AuthorizationConfiguration. */
  readonly authorizationConfigFile?: string
  /** What flags like `--authorization-mode` come to, which are a short form of such a file. */
  readonly authorizationModes?: AuthorizationConfiguration
}

/** What files and flags say of authorization; nothing where nothing is said. @throws KnarrError */
export function authorizationSettingsOf(options: AuthorizationOptions): {
  readonly authorization?: AuthorizationSettings
} {
  const { authorizationConfigFile: file, authorizationModes: modes } = options
  if (file === undefined && modes === undefined) return {}
  return usableConfig({ what, code: 'BadAuthorizationConfig', file }, () => {
    const configuration =
      file === undefined ? (modes ?? {}) : parseAuthorizationConfiguration(contentOf(file))
    createStructuredAuthorization(configuration, files)
    const paths = (configuration.authorizers ?? []).flatMap(
      ({ webhook }) => webhook?.connectionInfo?.kubeConfigFile ?? [],
    )
    const connections = paths.map((path) => [path, connectionIn(path)] as const)
    return { authorization: { configuration, connections: Object.fromEntries(connections) } }
  })
}

/** Settings ready for use. @throws Error with upstream's words for what is wrong with them */
export function structuredAuthorization({
  configuration,
  connections,
}: AuthorizationSettings): StructuredAuthorization {
  return createStructuredAuthorization(configuration, {
    faultOf: () => undefined,
    connectionOf(path) {
      const found = connections[path]
      if (!found) throw new Error(`stat ${path}: no such file or directory`)
      return found
    },
  })
}

/** The same with its file followed until `signal` aborts. @throws KnarrError */
export function followedAuthorization(
  options: AuthorizationOptions,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
): StructuredAuthorization | undefined {
  const { authorization } = authorizationSettingsOf(options)
  if (!authorization) return undefined
  const structured = structuredAuthorization(authorization)
  const { authorizationConfigFile: path } = options
  if (path !== undefined) {
    const content = contentOf(path)
    const take = (next: string) => structured.replace(parseAuthorizationConfiguration(next), files)
    void followFile({ path, content, clock, log }, take, signal)
  }
  return structured
}

const files: ConnectionFiles = {
  faultOf(path) {
    if (!existsSync(path)) return `error loading file: stat ${path}: no such file or directory`
    return statSync(path).isFile() ? undefined : 'must be a regular file'
  },
  connectionOf: connectionIn,
}

function contentOf(path: string): string {
  return readConfigFile(what, path)
}
