import { type Client, discoverResources } from '#client'
import { KnarrError } from '#lib'
import { findResource, groupResourceOf, noSuchResource } from '#machinery'

export interface NamedObject {
  /** `deployments.apps`. */
  readonly resource: string
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
}

/**
 * Reads `pod/web`, `deploy/web`, `nodes/node-1`: every name by which kubectl knows a resource that the
 * cluster serves at this moment.
 * @throws KnarrError `WrongObject`, and `UnknownType` for what the cluster does not serve
 */
export async function resolveObjectName(
  text: string,
  namespace: string,
  open: () => Pick<Client, 'getPath'>,
): Promise<NamedObject> {
  const [type = '', name = '', ...rest] = text.split('/')
  if (!type || !name || rest.length > 0) {
    throw new KnarrError('WrongObject', `'${text}' does not name an object`, {
      hint: "Name it by its type and its name, as in 'pod/web-1'.",
    })
  }
  const { resources } = await discoverResources(open())
  const resource = findResource(resources, type)
  if (!resource) {
    throw new KnarrError('UnknownType', noSuchResource(type), {
      hint: "'kubectl api-resources' lists those that the cluster serves now.",
    })
  }
  const isNamespaced = resource.scope === 'Namespaced'
  return { resource: groupResourceOf(resource), namespace: isNamespaced ? namespace : '', name }
}
