import {
  add,
  article,
  base,
  collectionPath,
  idOf,
  meta,
  type Operation,
  objectTypes,
  type Paths,
  scopeParameters,
  statusName,
  tagOf,
  titleOf,
  watchTypesOf,
} from './operation.ts'
import { actionParameters, nameParameter, type Parameter, pretty } from './parameters.ts'
import { partOperations } from './part-operations.ts'
import { rootPath, type ServedResource } from './served.ts'
import { addSubresource } from './subresources.ts'

/** All paths of the resources of one group version, and the one of its discovery. */
export function openApiPathsOf(resources: readonly ServedResource[]): Paths {
  const paths: Paths = new Map()
  const [first] = resources
  if (first) paths.set(`${rootPath(first)}/`, [discoveryOperation(first)])
  for (const resource of resources) {
    addCollection(paths, resource)
    addItem(paths, resource)
    addWatches(paths, resource)
    for (const [name, subresource] of Object.entries(resource.subresources ?? {})) {
      addSubresource(paths, resource, name, subresource)
    }
  }
  return paths
}

function discoveryOperation(resource: ServedResource): Operation {
  return {
    method: 'get',
    id: `get${titleOf(resource)}APIResources`,
    tag: tagOf(resource),
    description: 'get available resources',
    parameters: [],
    consumes: objectTypes,
    produces: objectTypes,
    answers: { 200: `${meta}.APIResourceList` },
  }
}

function addCollection(paths: Paths, resource: ServedResource): void {
  const { kind, schemaName, verbs } = resource
  const scope = [...scopeParameters(resource), pretty]
  const body = { schemaName, isRequired: true }
  add(paths, collectionPath(resource), [
    verbs.includes('list') && listOperation(resource, idOf('list', resource), scope),
    verbs.includes('create') && {
      ...base(resource),
      method: 'post',
      action: 'post',
      id: idOf('create', resource),
      description: `create ${article(kind)} ${kind}`,
      parameters: [...actionParameters.post, ...scope],
      body,
      answers: { 200: schemaName, 201: schemaName, 202: schemaName },
    },
    verbs.includes('deletecollection') && {
      ...base(resource),
      method: 'delete',
      action: 'deletecollection',
      id: idOf('delete', resource, '', 'Collection'),
      description: `delete collection of ${kind}`,
      parameters: [...actionParameters.deletecollection, ...scope],
      body: { schemaName: `${meta}.DeleteOptions`, isRequired: false },
      answers: { 200: statusName },
    },
  ])
  if (resource.namespaced && verbs.includes('list')) {
    const id = `list${titleOf(resource)}${kind}ForAllNamespaces`
    add(paths, `${rootPath(resource)}/${resource.plural}`, [listOperation(resource, id, [pretty])])
  }
}

function listOperation(
  resource: ServedResource,
  id: string,
  scope: readonly Parameter[],
): Operation {
  return {
    ...base(resource),
    method: 'get',
    action: 'list',
    id,
    description: `list or watch objects of kind ${resource.kind}`,
    parameters: [...actionParameters.list, ...scope],
    produces: watchTypesOf(resource),
    answers: { 200: `${resource.schemaName}List` },
  }
}

function addItem(paths: Paths, resource: ServedResource): void {
  const { kind, schemaName, verbs } = resource
  const path = `${collectionPath(resource)}/{name}`
  const scope = [nameParameter(kind), ...scopeParameters(resource), pretty]
  const operations = partOperations(resource, { verbs, schemaName, scope })
  const remove: Operation = {
    ...base(resource),
    method: 'delete',
    action: 'delete',
    id: idOf('delete', resource),
    description: `delete ${article(kind)} ${kind}`,
    parameters: [...actionParameters.delete, ...scope],
    body: { schemaName: `${meta}.DeleteOptions`, isRequired: false },
    answers: { 200: deleteAnswer(resource), 202: deleteAnswer(resource) },
  }
  add(paths, path, [...operations, verbs.includes('delete') && remove])
}

/** Kinds that upstream answers a delete with; others answer with a Status. */
const returnedWhenDeleted = new Set([
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Pod',
  'PodTemplate',
  'ResourceQuota',
  'Service',
  'ServiceAccount',
])

function deleteAnswer({ group, kind, schemaName }: ServedResource): string {
  return group === '' && returnedWhenDeleted.has(kind) ? schemaName : statusName
}

function addWatches(paths: Paths, resource: ServedResource): void {
  if (!resource.verbs.includes('watch')) return
  const { kind, plural } = resource
  const root = `${rootPath(resource)}/watch`
  const scope = resource.namespaced ? '/namespaces/{namespace}' : ''
  const parameters = [...actionParameters.list, ...scopeParameters(resource), pretty]
  const watch = (action: string, id: string, own: readonly Parameter[]): Operation => ({
    ...base(resource),
    method: 'get',
    action,
    id,
    description: `watch objects of kind ${kind}. deprecated: use the 'watch' parameter of a list.`,
    parameters: own,
    produces: watchTypesOf(resource),
    answers: { 200: `${meta}.WatchEvent` },
  })
  add(paths, `${root}${scope}/${plural}`, [
    watch('watchlist', idOf('watch', resource, 'List'), parameters),
  ])
  add(paths, `${root}${scope}/${plural}/{name}`, [
    watch('watch', idOf('watch', resource), [...parameters, nameParameter(kind)]),
  ])
  if (!resource.namespaced) return
  const id = `watch${titleOf(resource)}${kind}ListForAllNamespaces`
  const everywhere = [...actionParameters.list, pretty]
  add(paths, `${root}/${plural}`, [watch('watchlist', id, everywhere)])
}
