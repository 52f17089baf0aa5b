import { deepEqual, type Stored } from '#machinery'
import {
  type FieldErrors,
  fieldPath,
  invalidField,
  requiredField,
  validateImmutable,
} from '#machinery/validation'
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
} from '../../../generated/types/apiextensions-v1.ts'
import { eachItem, ensure, requireKnown } from '../../../shared/checks.ts'
import { validateApproval } from './api-approval.ts'
import { allowsBadBundle, isEstablished, validateConversion } from './conversion.ts'
import {
  requireLabel,
  requireNames,
  validateGroup,
  validateNames,
  validateStatus,
} from './names.ts'
import {
  hasStatus,
  type VersionParts,
  validateDeprecation,
  validateVersionParts,
} from './versions.ts'

const spec = fieldPath('spec')

/** The name of a definition says which kind it defines. */
export function nameRule({ metadata, spec: { names, group } }: CustomResourceDefinition) {
  const name = metadata?.name ?? ''
  return ensure(name === `${names.plural}.${group}`, () =>
    invalidField(fieldPath('metadata', 'name'), name, 'must be spec.names.plural+"."+spec.group'),
  )
}

/** Errors of a definition, besides those of its name and metadata. */
export function validateDefinition(
  definition: CustomResourceDefinition,
  old?: Stored<CustomResourceDefinition>,
): FieldErrors {
  return [
    ...validateSpec(definition.spec, old),
    ...(old ? validateStays(definition.spec, old) : []),
    ...validateStatus(definition.status),
    ...validateStoredVersions(definition),
    ...validateApproval(definition.spec.group, definition, old),
    ...validatePreserve(definition.spec, old),
  ]
}

/** Errors of a definition that takes the place of another; what was wrong before may stay. */
export function validateDefinitionUpdate(
  definition: CustomResourceDefinition,
  old: Stored<CustomResourceDefinition>,
): FieldErrors {
  return validateDefinition(definition, old)
}

function validateSpec(
  own: CustomResourceDefinitionSpec,
  old: Stored<CustomResourceDefinition> | undefined,
): FieldErrors {
  const { versions = [] } = own
  const { shared, perVersion } = partsOf(versions)
  const oldSchemas = (old?.spec.versions ?? []).flatMap(({ schema }) =>
    schema?.openAPIV3Schema ? [schema.openAPIV3Schema] : [],
  )
  return [
    ...validateGroup(own.group, spec.child('group')),
    ...requireKnown(own.scope, spec.child('scope'), ['Cluster', 'Namespaced']),
    ...requireSchemas(versions, old),
    ...eachItem(versions, spec.child('versions'), (version, path, index) => [
      ...requireLabel(version.name, path.child('name')),
      ...validateDeprecation(version, path),
      ...validateVersionParts(perVersion[index] ?? {}, {
        ...{ path, schema: 'schema', statusEnabled: hasStatus(version), oldSchemas },
        old: old?.spec.versions.find(({ name }) => name === version.name),
        props: version.schema?.openAPIV3Schema,
      }),
    ]),
    ...validateVersionSet(versions),
    ...requireNames(own.names, spec.child('names')),
    ...validateNames(own.names, spec.child('names')),
    ...validateVersionParts(shared, {
      ...{ path: spec, schema: 'validation', statusEnabled: versions.some(hasStatus), oldSchemas },
      old: old?.spec.versions[0],
      props: versions[0]?.schema?.openAPIV3Schema,
    }),
    ...validateConversion(own, spec.child('conversion'), allowsBadBundle(old)),
  ]
}

const partNames = [
  'schema',
  'subresources',
  'additionalPrinterColumns',
  'selectableFields',
] as const

/** What all versions say alike is one thing, and upstream's messages place it above the versions. */
function partsOf(versions: readonly CustomResourceDefinitionVersion[]): {
  readonly shared: VersionParts
  readonly perVersion: readonly VersionParts[]
} {
  const [first] = versions
  const isShared = (name: (typeof partNames)[number]) =>
    versions.every((version) => deepEqual(version[name], first?.[name]))
  const sharedNames = partNames.filter(isShared)
  const pick = (from: VersionParts | undefined, wanted: boolean): VersionParts =>
    Object.fromEntries(
      partNames
        .filter((name) => sharedNames.includes(name) === wanted && from?.[name] !== undefined)
        .map((name) => [name, from?.[name]]),
    )
  return { shared: pick(first, true), perVersion: versions.map((each) => pick(each, false)) }
}

function requireSchemas(
  versions: readonly CustomResourceDefinitionVersion[],
  old: Stored<CustomResourceDefinition> | undefined,
): FieldErrors {
  const isMissing = ({ schema }: CustomResourceDefinitionVersion) => !schema?.openAPIV3Schema
  const isTolerated = old?.spec.versions.some(isMissing) ?? false
  return eachItem(versions, spec.child('versions'), (version, path) => {
    if (!isMissing(version) || (isTolerated && !version.served)) return []
    const detail = isTolerated ? 'because otherwise all fields are pruned' : ''
    return [requiredField(path.child('schema', 'openAPIV3Schema'), detail)]
  })
}

function validateVersionSet(versions: readonly CustomResourceDefinitionVersion[]): FieldErrors {
  const path = spec.child('versions')
  const names = new Set(versions.map(({ name }) => name))
  const stored = versions.filter(({ storage }) => storage)
  return [
    ...ensure(names.size === versions.length, () =>
      invalidField(path, versions, 'must contain unique version names'),
    ),
    ...ensure(stored.length === 1, () =>
      invalidField(path, versions, 'must have exactly one version marked as storage version'),
    ),
  ]
}

function validateStays(
  own: CustomResourceDefinitionSpec,
  old: Stored<CustomResourceDefinition>,
): FieldErrors {
  const before = old.spec
  const whenEstablished = isEstablished(old)
    ? [
        ...validateImmutable(own.scope, before.scope, spec.child('scope')),
        ...validateImmutable(own.names.kind, before.names.kind, spec.child('names', 'kind')),
      ]
    : []
  return [
    ...whenEstablished,
    ...validateImmutable(own.group, before.group, spec.child('group')),
    ...validateImmutable(own.names.plural, before.names.plural, spec.child('names', 'plural')),
  ]
}

const maxMissing = 10

function validateStoredVersions({ spec: own, status }: CustomResourceDefinition): FieldErrors {
  const path = fieldPath('status', 'storedVersions')
  const { storedVersions = [] } = status ?? {}
  if (storedVersions.length === 0) {
    return [invalidField(path, storedVersions, 'must have at least one stored version')]
  }
  const versions = own.versions ?? []
  const stored = new Set(storedVersions)
  // Each error of this kind shows all versions, so that only so many are given.
  const missing = versions
    .filter(({ name, storage }) => storage && !stored.has(name))
    .slice(0, maxMissing)
  const known = new Set(versions.map(({ name }) => name))
  return [
    ...missing.map(({ name }) =>
      invalidField(path, storedVersions, `must have the storage version ${name}`),
    ),
    ...eachItem(storedVersions, path, (name, at) =>
      ensure(known.has(name), () =>
        invalidField(
          at,
          name,
          `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
        ),
      ),
    ),
  ]
}

function validatePreserve(
  { preserveUnknownFields }: CustomResourceDefinitionSpec,
  old: Stored<CustomResourceDefinition> | undefined,
): FieldErrors {
  if (!preserveUnknownFields || old?.spec.preserveUnknownFields) return []
  const detail =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'
  return [invalidField(spec.child('preserveUnknownFields'), true, detail)]
}
