import { resources } from '#api'
import { KnarrError } from '#lib'
import { groupResourceOf, type Resource } from '#machinery'

export interface NamedObject {
  /** `deployments.apps`. */
  readonly resource: string
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
}

/** Reads `pod/web`, `deploy/web`, `nodes/node-1`: every name by which kubectl knows a resource. */
export function parseObjectName(text: string, namespace: string): NamedObject {
  const [type = '', name = '', ...rest] = text.split('/')
  if (!type || !name || rest.length > 0) {
    throw new KnarrError('WrongObject', `'${text}' does not name an object`, {
      hint: "Name it by its type and its name, as in 'pod/web-1'.",
    })
  }
  const resource = resources.find((each) => namesOf(each).includes(type.toLowerCase()))
  if (!resource) {
    throw new KnarrError('UnknownType', `there is no resource type '${type}'`, {
      hint: "'kubectl api-resources' lists those that there are.",
    })
  }
  const isNamespaced = resource.scope === 'Namespaced'
  return { resource: groupResourceOf(resource), namespace: isNamespaced ? namespace : '', name }
}

function namesOf(resource: Resource): readonly string[] {
  const { plural, kind, shortNames = [] } = resource
  return [plural, kind.toLowerCase(), groupResourceOf(resource), ...shortNames]
}
