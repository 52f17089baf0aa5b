import type { Resource } from '#machinery'

/** Kind and verbs of a subresource; group and version where its body is of another group. */
export function partFacts(resource: Resource, name: string) {
  const part = resource.subresources?.[name]
  switch (part?.kind) {
    case 'projection':
      return { group: part.group, version: part.version, kind: part.objectKind, verbs: part.verbs }
    case 'action': {
      const foreign =
        part.group === resource.group ? {} : { group: part.group, version: part.version }
      return { ...foreign, kind: part.objectKind, verbs: ['create'] }
    }
    case 'connect':
      return { kind: connectKinds[name] ?? resource.kind, verbs: part.methods.map(verbOfMethod) }
    default:
      return { kind: resource.kind, verbs: part?.verbs ?? [] }
  }
}

const connectKinds: Readonly<Record<string, string>> = {
  attach: 'PodAttachOptions',
  exec: 'PodExecOptions',
  portforward: 'PodPortForwardOptions',
}

function verbOfMethod(method: string): string {
  const verbs: Readonly<Record<string, string>> = {
    GET: 'get',
    POST: 'create',
    PUT: 'update',
    DELETE: 'delete',
  }
  return verbs[method] ?? method.toLowerCase()
}
