import { invariant } from '#lib'
import {
  type Column,
  groupVersionOf,
  type KubeObject,
  type Resource,
  type ResourceRef,
  type Stored,
  type Strategy,
  type Subresource,
  type Verb,
} from '#machinery'
import {
  type CheckObjectName,
  type FieldErrors,
  subdomainName,
  validateMetaOnCreate,
  validateMetaOnUpdate,
} from '#machinery/validation'
import { findKind, type GroupVersionKind, type KindInfo } from '../served/kinds.ts'

/** Where a kind differs from others; what discovery says of it comes from the table of kinds. */
export interface ResourceRules<T extends KubeObject>
  extends Omit<Strategy<T>, 'validate' | 'validateUpdate'> {
  readonly columns: readonly Column<T>[]
  /** Where fewer are served than the API has. */
  readonly verbs?: readonly Verb[]
  readonly selectableFields?: Readonly<Record<string, (object: Stored<T>) => string>>
  readonly subresources?: Readonly<Record<string, Subresource<T>>>
  readonly timeToLiveSeconds?: number
  readonly deprecation?: Resource<T>['deprecation']
  readonly view?: Resource<T>['view']
  /** What names are allowed; a DNS subdomain unless told. */
  readonly checkName?: CheckObjectName
  /** Errors besides those of metadata. */
  validate?(object: T): FieldErrors
  /** Errors of an update besides those of metadata; `validate` alone unless told. */
  validateUpdate?(object: T, old: Stored<T>): FieldErrors
}

/** A resource from the table of kinds and its rules. Metadata is validated for all kinds alike. */
export function defineResource<T extends KubeObject>(
  gvk: GroupVersionKind,
  rules: ResourceRules<T>,
): Resource<T> {
  const info = findKind(gvk)
  invariant(info, `no kind ${groupVersionOf(gvk)} ${gvk.kind} in the API`)
  const { columns, verbs, selectableFields, subresources, ...others } = rules
  const { timeToLiveSeconds, deprecation, view, ...hooks } = others
  return Object.freeze({
    ...gvk,
    plural: info.plural,
    singular: info.singular,
    listKind: info.listKind ?? `${gvk.kind}List`,
    scope: info.namespaced ? 'Namespaced' : 'Cluster',
    ...(info.shortNames && { shortNames: info.shortNames }),
    ...(info.categories && { categories: info.categories }),
    verbs: verbs ?? (info.verbs as readonly Verb[]),
    schemaName: info.schemaName,
    columns,
    ...(selectableFields && { selectableFields }),
    ...(subresources && { subresources }),
    ...(timeToLiveSeconds !== undefined && { timeToLiveSeconds }),
    ...(deprecation && { deprecation }),
    ...(view && { view }),
    strategy: strategyOf(info, hooks),
  } satisfies Resource<T>)
}

type Hooks<T extends KubeObject> = Pick<
  ResourceRules<T>,
  'checkName' | 'validate' | 'validateUpdate' | keyof Omit<Strategy<T>, 'validate'>
>

/** Kinds that are only ever created are questions: they need no name and nothing stores them. */
function strategyOf<T extends KubeObject>(
  { namespaced, verbs }: KindInfo,
  hooks: Hooks<T>,
): Strategy<T> {
  const isStored = verbs.includes('get')
  const { checkName = subdomainName, validate, validateUpdate, ...rest } = hooks
  const own = (object: T) => validate?.(object) ?? []
  return Object.freeze({
    ...rest,
    validate: (object: T) => [
      ...(isStored ? validateMetaOnCreate(object, { namespaced, checkName }) : []),
      ...own(object),
    ],
    validateUpdate: (object: T, old: Stored<T>) => [
      ...validateMetaOnUpdate(object, old),
      ...(validateUpdate ? validateUpdate(object, old) : own(object)),
    ],
  })
}

/**
 * Resources of different kinds as one list. Their hooks take only their own kind, so whoever serves
 * the list must hand each resource only objects of its kind, as decoding by its schema makes sure.
 */
export function resourceList(resources: readonly ResourceRef[]): readonly Resource[] {
  return Object.freeze(resources as readonly Resource[])
}
