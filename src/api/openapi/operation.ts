import type { GroupVersionKind } from '../served/kinds.ts'
import { namespaceParameter, type Parameter } from './parameters.ts'
import { rootPath, type ServedResource } from './served.ts'

/** One operation of a path, in a form from which both versions of OpenAPI are written. */
export interface Operation {
  readonly method: Method
  readonly id: string
  readonly tag: string
  readonly description: string
  /** `x-kubernetes-action` and `x-kubernetes-group-version-kind`; discovery has neither. */
  readonly action?: string
  readonly kind?: GroupVersionKind
  readonly parameters: readonly Parameter[]
  readonly body?: { readonly schemaName: string; readonly isRequired: boolean }
  readonly consumes: readonly string[]
  readonly produces: readonly string[]
  /** The schema name of each answer by its code; undefined for plain text. */
  readonly answers: Readonly<Record<number, string | undefined>>
}

export type Method = 'delete' | 'get' | 'head' | 'options' | 'patch' | 'post' | 'put'

export type Paths = Map<string, Operation[]>

/** The package of what all groups share. */
export const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'
export const statusName = `${meta}.Status`

/** Media types by what is sent. */
export const anyType = ['*/*']
export const objectTypes = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
]
const watchTypes = [
  ...objectTypes,
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
]
/** Those of custom resources, which have no protobuf form. */
const customTypes = ['application/json', 'application/yaml']
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]

/** What a list or a watch of a resource is sent as. */
export function watchTypesOf({ isCustom }: ServedResource): readonly string[] {
  return isCustom ? [...customTypes, 'application/json;stream=watch'] : watchTypes
}

/** What a resource is patched by; only types of Go have strategies to merge by. */
export function patchTypesOf({ isCustom }: ServedResource): readonly string[] {
  return isCustom ? patchTypes.filter((each) => !each.includes('strategic')) : patchTypes
}

/** `rbac.authorization.k8s.io` → `RbacAuthorization`, the core group → `Core`. */
function groupTitle(group: string): string {
  const name = group === '' ? 'core' : group.replace(/\.k8s\.io$/, '')
  return name.split('.').map(capital).join('')
}

/** `pods` → `Pods` */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** `BatchV1` */
export function titleOf({ group, version }: ServedResource): string {
  return groupTitle(group) + capital(version)
}

/** `batch_v1` */
export function tagOf({ group, version }: ServedResource): string {
  const title = groupTitle(group)
  return `${title.slice(0, 1).toLowerCase()}${title.slice(1)}_${version}`
}

/** Adds operations to a path; those that are false are not served. */
export function add(paths: Paths, path: string, operations: readonly (Operation | false)[]): void {
  const own = operations.filter((operation) => operation !== false)
  if (own.length > 0) paths.set(path, [...(paths.get(path) ?? []), ...own])
}

/** `/apis/apps/v1/namespaces/{namespace}/deployments` */
export function collectionPath(resource: ServedResource): string {
  const scope = resource.namespaced ? '/namespaces/{namespace}' : ''
  return `${rootPath(resource)}${scope}/${resource.plural}`
}

/** What all operations on a resource have in common. */
export function base(resource: ServedResource) {
  return {
    tag: tagOf(resource),
    kind: { group: resource.group, version: resource.version, kind: resource.kind },
    consumes: anyType,
    produces: resource.isCustom ? customTypes : objectTypes,
  }
}

/** The parameters of the path before the name. */
export function scopeParameters(resource: ServedResource): readonly Parameter[] {
  return resource.namespaced ? [namespaceParameter] : []
}

/** `createCoreV1NamespacedPod` */
export function idOf(verb: string, resource: ServedResource, suffix = '', infix = ''): string {
  const scope = resource.namespaced ? 'Namespaced' : ''
  return `${verb}${titleOf(resource)}${infix}${scope}${resource.kind}${suffix}`
}

/** The article of a kind in a description. */
export function article(kind: string): string {
  return /^[AEIO]/.test(kind) ? 'an' : 'a'
}
