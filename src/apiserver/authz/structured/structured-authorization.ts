import { aggregateMessage } from '#machinery/validation'
import type { AuthorizationConfiguration } from './configuration.ts'
import { type CompiledAuthorizer, compileAuthorization, type FileFault } from './validate.ts'
import type { WebhookConnection } from './webhook-authorizer.ts'

/** Who is asked whether somebody may do something; it may change while the server runs. */
export interface StructuredAuthorization {
  /** In the order in which they are asked; another list after each change. */
  readonly authorizers: () => readonly ConnectedAuthorizer[]
  /** Takes another configuration. @throws Error, and leaves all as it is, for a bad one. */
  replace(configuration: AuthorizationConfiguration, files: ConnectionFiles): void
}

/** An authorizer with how it is reached, where it is a webhook. */
export interface ConnectedAuthorizer extends CompiledAuthorizer {
  readonly connection?: WebhookConnection
}

/** The kubeconfigs that a configuration names. */
export interface ConnectionFiles {
  readonly faultOf: FileFault
  /** @throws Error for one that cannot be used */
  connectionOf(path: string): WebhookConnection
}

/** What an AuthorizationConfiguration asks for. @throws Error with upstream's words */
export function createStructuredAuthorization(
  configuration: AuthorizationConfiguration,
  files: ConnectionFiles,
): StructuredAuthorization {
  let current = connected(configuration, files)
  const first = typesOf(current)
  return {
    authorizers: () => current,
    replace(next, nextFiles) {
      const replaced = connected(next, nextFiles)
      const types = typesOf(replaced)
      const missing = first.filter((type) => !types.includes(type))
      if (missing.length > 0) throw new Error(`missing required types: [${missing.join(' ')}]`)
      const added = types.find((type) => persistent.has(type) && !first.includes(type))
      if (added) {
        const why = 'is not allowed if it was not enabled at initial server startup'
        throw new Error(`authorizer type ${added} ${why}`)
      }
      current = replaced
    },
  }
}

/** What upstream makes once, when it starts. */
const persistent: ReadonlySet<string> = new Set(['Node', 'RBAC'])

function typesOf(authorizers: readonly CompiledAuthorizer[]): readonly string[] {
  const types = authorizers.map(({ type }) => type).filter((type) => type !== 'Webhook')
  return types.toSorted()
}

/** What client-go says where a process is in no pod. */
const notInCluster =
  'unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined'

function connected(
  configuration: AuthorizationConfiguration,
  files: ConnectionFiles,
): readonly ConnectedAuthorizer[] {
  const { authorizers, errors } = compileAuthorization(configuration, files.faultOf)
  if (errors.length > 0) throw new Error(aggregateMessage(errors))
  const misnamed = authorizers.flatMap(({ type, name }) => {
    const expected = type.toLowerCase()
    if (type === 'Webhook' || name === expected) return []
    return [`expected name ${expected} for authorizer ${type} instead of ${name}`]
  })
  if (misnamed.length > 0) {
    throw new Error(misnamed.length === 1 ? misnamed[0] : `[${misnamed.join(', ')}]`)
  }
  return authorizers.map((each) => {
    if (!each.webhook) return each
    const { kubeConfigFile } = each.webhook
    if (kubeConfigFile === '') throw new Error(notInCluster)
    return { ...each, connection: files.connectionOf(kubeConfigFile) }
  })
}
