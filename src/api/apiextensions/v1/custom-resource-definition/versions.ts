import { deepEqual, isPrintable } from '#machinery'
import type { CustomSchemaProps } from '#machinery/structural'
import {
  type FieldErrors,
  type FieldPath,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
} from '../../../generated/types/apiextensions-v1.ts'
import { eachItem, ensure, invalidWith } from '../../../shared/checks.ts'
import { validateSchema, validateSelectable } from './schema.ts'

/** What versions may say alike. */
export type VersionParts = Partial<
  Pick<
    CustomResourceDefinitionVersion,
    'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields'
  >
>

/** Whether objects of a version have their status at a path of its own. */
export function hasStatus({ subresources }: VersionParts): boolean {
  return subresources?.status !== undefined && subresources.status !== null
}

/** Where upstream's messages place the parts of a version, and what was said before. */
export interface PartContext {
  readonly path: FieldPath
  readonly schema: 'schema' | 'validation'
  readonly statusEnabled: boolean
  readonly oldSchemas: readonly CustomSchemaProps[]
  /** The same parts as they are stored. */
  readonly old?: VersionParts | undefined
  /** All that the parts may refer to: the schema may be said alike by all versions. */
  readonly props?: CustomSchemaProps | undefined
}

/** Errors of the parts that one version says alone, or all of them alike. */
export function validateVersionParts(parts: VersionParts, context: PartContext): FieldErrors {
  const { path, schema, statusEnabled, oldSchemas, old, props } = context
  const { selectableFields = [] } = parts
  const tolerates = deepEqual(old?.selectableFields, selectableFields)
  return [
    ...validateSchema(parts.schema?.openAPIV3Schema, {
      path: path.child(schema),
      statusEnabled,
      old: oldSchemas,
    }),
    ...validateScale(parts.subresources, path.child('subresources')),
    ...eachItem(
      parts.additionalPrinterColumns,
      path.child('additionalPrinterColumns'),
      validateColumn,
    ),
    ...(props && selectableFields.length > 0
      ? validateSelectable(selectableFields, props, {
          path: path.child('selectableFields'),
          tolerates,
        })
      : []),
  ]
}

/** The text of a warning about a version that is on its way out. */
export function validateDeprecation(
  { deprecated = false, deprecationWarning: text }: CustomResourceDefinitionVersion,
  path: FieldPath,
): FieldErrors {
  if (text === undefined) return []
  const at = path.child('deprecationWarning')
  if (!deprecated) return [invalidField(at, text, 'can only be set for deprecated versions')]
  return invalidWith(at, text, [
    ...(Buffer.byteLength(text) > 256 ? ['must be <= 256 characters long'] : []),
    ...(text === '' ? ['must not be an empty string'] : []),
    ...firstUnprintable(text),
  ])
}

function firstUnprintable(text: string): readonly string[] {
  let at = 0
  for (const character of text) {
    if (!isPrintable(character)) {
      return [
        `must only contain printable UTF-8 characters; non-printable character found at index ${at}`,
      ]
    }
    at += Buffer.byteLength(character)
  }
  return []
}

function validateScale(
  subresources: CustomResourceSubresources | undefined,
  path: FieldPath,
): FieldErrors {
  const scale = subresources?.scale
  if (!scale) return []
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale
  return [
    ...validateReplicas(specReplicasPath, path.child('scale.specReplicasPath'), '.spec'),
    ...validateReplicas(statusReplicasPath, path.child('scale.statusReplicasPath'), '.status'),
    ...(labelSelectorPath ? validateSelectorPath(labelSelectorPath, path) : []),
  ]
}

function validateReplicas(value: string, path: FieldPath, under: string): FieldErrors {
  if (!value) return [requiredField(path)]
  const errors = validateSimplePath(value, path)
  if (errors.length > 0 || value.startsWith(`${under}.`)) return errors
  return [invalidField(path, value, `should be a json path under ${under}`)]
}

function validateSelectorPath(value: string, path: FieldPath): FieldErrors {
  const at = path.child('scale.labelSelectorPath')
  const errors = validateSimplePath(value, at)
  if (errors.length > 0 || /^\.(spec|status)\./.test(value)) return errors
  return [invalidField(at, value, 'should be a json path under either .spec or .status')]
}

function validateSimplePath(value: string, path: FieldPath): FieldErrors {
  return ensure(value.startsWith('.'), () =>
    invalidField(path, value, 'must be a simple json path starting with .'),
  )
}

const columnTypes: readonly string[] = ['boolean', 'date', 'integer', 'number', 'string']
const columnFormats: readonly string[] = [
  ...['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'],
]

function validateColumn(
  { name, type, format, jsonPath }: CustomResourceColumnDefinition,
  path: FieldPath,
): FieldErrors {
  const types = `must be one of ${columnTypes.join(',')}`
  const formats = `must be one of ${columnFormats.join(',')}`
  const at = path.child('JSONPath')
  return [
    ...ensure(Boolean(name), () => requiredField(path.child('name'))),
    ...ensure(Boolean(type), () => requiredField(path.child('type'), types)),
    ...ensure(!type || columnTypes.includes(type), () =>
      invalidField(path.child('type'), type, types),
    ),
    ...ensure(!format || columnFormats.includes(format), () =>
      invalidField(path.child('format'), format, formats),
    ),
    ...(jsonPath ? validateSimplePath(jsonPath, at) : [requiredField(at)]),
  ]
}
