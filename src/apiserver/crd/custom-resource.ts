import { type CustomResourceDefinition, hasStatusPart } from '#api'
import {
  goValue,
  groupVersionOf,
  type KubeObject,
  type Resource,
  type Stored,
  type Strategy,
  type Subresource,
  type Verb,
} from '#machinery'
import { parseJsonPath } from '#machinery/json-path'
import { subdomainName, validateMetaOnCreate, validateMetaOnUpdate } from '#machinery/validation'
import { compareVersions } from '../served/discovery-order.ts'
import { columnsOf } from './columns.ts'
import type { CustomType, DefinedVersion } from './custom-type.ts'
import { finalizerWarnings } from './finalizer-names.ts'
import { customScale, type ScalePaths, validateScalePaths } from './scale.ts'
import type { Converter } from './webhook-conversion.ts'

const verbs: readonly Verb[] = [
  ...(['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'] as const),
]

/** The object of a custom resource: nothing but its metadata and status has a place that is known. */
interface CustomObject extends KubeObject {
  readonly status?: unknown
}

/** The resource of one version of a definition whose names have been accepted. */
export function customResource(
  definition: CustomResourceDefinition,
  version: DefinedVersion,
  { type, converter }: VersionParts,
): Resource {
  const { group, scope } = definition.spec
  const names = definition.status?.acceptedNames ?? definition.spec.names
  const { plural, kind, singular = '', listKind = `${kind}List`, shortNames, categories } = names
  const isNamespaced = scope === 'Namespaced'
  const scale = version.subresources?.scale
  const apiVersion = groupVersionOf({ group, version: version.name })
  const deprecation = deprecationOf(definition, version)
  return Object.freeze({
    ...{ group, version: version.name, kind, plural, singular, listKind, verbs },
    scope: isNamespaced ? 'Namespaced' : 'Cluster',
    ...(shortNames?.length && { shortNames }),
    ...(categories?.length && { categories }),
    schemaName: [...group.split('.').reverse(), version.name, kind].join('.'),
    columns: columnsOf(version),
    selectableFields: selectableFieldsOf(version),
    strategy: strategyOf(version, type, isNamespaced),
    subresources: {
      ...(hasStatusPart(version) && { status: statusPart(type, scale) }),
      ...(scale && { scale: customScale(scale) }),
    },
    isCustom: true,
    ...(deprecation !== undefined && { deprecation }),
    ...(converter && { convert: convertTo(apiVersion, type, converter) }),
    // What only a webhook can convert stays as it is until somebody waits for it.
    fromStore: (object: KubeObject) =>
      converter && object.apiVersion !== apiVersion ? object : inVersion(object, apiVersion, type),
  } satisfies Resource)
}

/** What makes a version what it is: the type of its schema, and who converts objects of others. */
interface VersionParts {
  readonly type: CustomType
  /** Undefined: versions differ by their apiVersion alone. */
  readonly converter: Converter | undefined
}

function convertTo(
  apiVersion: string,
  type: CustomType,
  converter: Converter,
): NonNullable<Resource['convert']> {
  return async (objects) => {
    const others = objects.filter((object) => object.apiVersion !== apiVersion)
    const converted = (await converter(others, apiVersion)).values()
    return objects.map((object) => {
      if (object.apiVersion === apiVersion) return object
      return inVersion(converted.next().value ?? object, apiVersion, type)
    })
  }
}

/** The same kind in another version than the one that is stored. */
export function asViewOf(stored: Resource, own: Resource, type: CustomType): Resource {
  const { fromStore: _, ...resource } = own
  const apiVersion = groupVersionOf(own)
  const view: NonNullable<Resource['view']> = {
    of: stored,
    toStored: (object) => object,
    fromStored: (object) => inVersion(object, apiVersion, type),
  }
  return Object.freeze({ ...resource, view })
}

/** An object as a version shows it: by its schema, with its defaults. */
function inVersion(object: KubeObject, apiVersion: string, type: CustomType): KubeObject {
  const named = object.apiVersion === apiVersion ? object : { ...object, apiVersion }
  return type.withDefaults(type.pruned(named))
}

function strategyOf(version: DefinedVersion, type: CustomType, namespaced: boolean): Strategy {
  const keepsStatus = hasStatusPart(version)
  const scale = version.subresources?.scale
  return Object.freeze({
    tracksGeneration: 'status too',
    allowUnconditionalUpdate: false,
    default: type.withDefaults,
    prepareForCreate: (draft) => (keepsStatus ? withStatus(draft, {}) : draft),
    prepareForUpdate: (draft, old) => (keepsStatus ? withStatus(draft, old) : draft),
    validate: (object) => [
      ...validateMetaOnCreate(object, { namespaced, checkName: subdomainName }),
      ...type.validate(object),
      ...validateScalePaths(object, scale, ['spec', 'status']),
    ],
    validateUpdate: (object, old) => [
      ...validateMetaOnUpdate(object, old),
      ...type.validate(object, { old }),
      ...validateScalePaths(object, scale, ['spec', 'status']),
    ],
    warnings: (object, old) => [...type.tolerated(object), ...finalizerWarnings(object, old)],
  } satisfies Strategy)
}

/** `/status`: nothing but the status changes, and who manages its fields. */
function statusPart(type: CustomType, scale: ScalePaths | undefined): Subresource {
  return {
    kind: 'part',
    verbs: ['get', 'patch', 'update'],
    prepareForUpdate(draft, old) {
      const { managedFields: _, ...kept } = old.metadata
      const managedFields = draft.metadata?.managedFields
      const metadata = { ...kept, ...(managedFields && { managedFields }) }
      return withStatus({ ...old, metadata }, draft)
    },
    validateUpdate: (object, old) => [
      ...validateMetaOnUpdate(object, old),
      ...type.validate(object, { old, part: 'status' }),
      ...validateScalePaths(object, scale, ['status']),
    ],
  }
}

/** An object with the status of another one, or without where that has none. */
function withStatus<T extends CustomObject>(object: T, { status }: CustomObject): T {
  if (object.status === status) return object
  const { status: _, ...others } = object
  // Cast: only the status differs.
  return (status === undefined ? others : { ...others, status }) as T
}

function selectableFieldsOf({ selectableFields = [] }: DefinedVersion) {
  const fields = selectableFields.map(({ jsonPath }) => {
    const path = parseJsonPath(jsonPath)
    const read = (object: Stored) => {
      const value = path.first(object)
      return value === undefined || value === null ? '' : goValue(value)
    }
    return [jsonPath.replace(/^\./, ''), read] as const
  })
  return Object.fromEntries(fields)
}

/** What clients of a version that is on its way out are told. */
function deprecationOf(
  { spec: { group, names, versions } }: CustomResourceDefinition,
  { name, deprecated, deprecationWarning }: DefinedVersion,
): string | undefined {
  if (!deprecated) return undefined
  if (deprecationWarning !== undefined) return deprecationWarning
  const [better] = versions
    .filter((each) => each.served && !each.deprecated && compareVersions(each.name, name) < 0)
    .sort((a, b) => compareVersions(a.name, b.name))
  const warning = `${group}/${name} ${names.kind} is deprecated`
  return better ? `${warning}; use ${group}/${better.name} ${names.kind}` : warning
}
